import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAtLimit } from '../../../src/writers/git/limited-git.ts';
import { openClone } from '../../../src/writers/git/clone.ts';
import { fetchCommand } from '../../../src/writers/git/commands.ts';
import { startGitHttpServer } from '../../helpers/git-servers.ts';
import { git, gitEnvironment, headOf, readAt } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const MEBIBYTE = 1024 * 1024;
const UPDATE = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

/** What all clones take on disc, in bytes, and what is half written. */
function onDisc(): { readonly bytes: number; readonly halves: readonly string[] } {
  const names = readdirSync(world.cacheDirectory, { recursive: true, encoding: 'utf8' });
  const sizes = names.map((name) => statSync(join(world.cacheDirectory, name)));
  return {
    bytes: sizes.filter((stat) => stat.isFile()).reduce((sum, { size }) => sum + size, 0),
    halves: names.filter((name) => /tmp_|\.lock$/.test(name)),
  };
}

/** The outcome of an update of a remote, and then that of a good one by the same session. */
async function updateBoth(remote: string, gitMiB: number): Promise<readonly string[]> {
  const good = world.remote({ 'app.yaml': 'tag: 1.0\n' }, 'good.git');
  const session = world.writer({ gitBytes: gitMiB * MEBIBYTE, timeout: 60_000 }).open();
  try {
    const outcomes: string[] = [];
    for (const one of [remote, good]) {
      const [result] = await session.apply(aSet(aPlaceAt(one), UPDATE), LASTING);
      outcomes.push(result === undefined ? 'nothing' : outcomeOf(result));
    }
    expect(readAt(good, 'main', 'app.yaml')).toBe('tag: "1.1"\n');
    return outcomes;
  } finally {
    await session.close();
  }
}

/** A remote whose file `app.yaml` is so many zeros: nothing on the way, and large once it is unpacked. */
function remoteOfZeros(mebibytes: number, files: number): string {
  const remote = world.remote({ 'app.yaml': 'tag: 1.0\n' }, 'zeros.git');
  const blobs = Array.from({ length: files }, (_, index) => {
    const bytes = Buffer.alloc(mebibytes * MEBIBYTE);
    bytes.writeUInt32BE(index);
    return git(remote, ['hash-object', '-w', '--stdin'], bytes).trim();
  });
  const entries = blobs.map(
    (blob, index) => `100644 blob ${blob}\t${index === 0 ? 'app.yaml' : `f${index}`}\n`,
  );
  const tree = git(remote, ['mktree'], Buffer.from(entries.join(''))).trim();
  const commit = git(remote, ['commit-tree', '-m', 'zeros', tree]).trim();
  git(remote, ['update-ref', 'refs/heads/main', commit]);
  return remote;
}

describe('a remote that is too much', () => {
  it.each([
    ['one file is refused by its size, and never held in memory', 1, 'target-unsupported'],
    ['files that are small on the way is given up', 2, 'git-too-large'],
  ])('by %s', async (_title, files, outcome) => {
    remoteOfZeros(100, files);
    const server = await startGitHttpServer({ root: world.root });
    try {
      const url = `${server.url}/zeros.git`;
      expect(await updateBoth(url, 96)).toEqual([outcome, 'pushed']);
      expect(onDisc().bytes).toBeLessThan(8 * MEBIBYTE);
    } finally {
      await server.stop();
    }
  });

  it('by a clone that became too large is removed', async () => {
    const remote = world.remote({ 'app.yaml': 'tag: 1.0\n', noise: noise(3 * MEBIBYTE) }, 'noise.git');
    const folder = join(world.cacheDirectory, 'clone.git');
    const options = { folder, environment: gitEnvironment(), loginEnvironment: {}, timeout: 60_000 };
    const command = fetchCommand(['main'], { url: remote, depth: 1, withoutFiles: false });

    const clone = await openClone({ ...options, largest: 2 * MEBIBYTE }, LASTING);
    await expect(clone.runRemote(command, LASTING)).rejects.toMatchObject({
      code: 'git-too-large',
      retryable: false,
      message: expect.stringContaining('it took 4 MiB, more than 2 MiB') as string,
    });
    expect(onDisc().bytes).toBeLessThan(MEBIBYTE);
    expect(await clone.keptHead('main')).toBeUndefined();

    const roomy = await openClone({ ...options, largest: 8 * MEBIBYTE }, LASTING);
    expect(await roomy.runRemote(command, LASTING)).toMatchObject({ code: 0 });
    expect(await roomy.keptHead('main')).toBe(headOf(remote, 'main'));
  });
});

/** Bytes that no packing makes smaller. */
function noise(length: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${index}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, length);
}

describe('a server that never stops sending', () => {
  let server: Server;
  let url = '';
  let sent = 0;

  /** The list of branches of a remote (gitprotocol-v2), and a pack without an end. */
  beforeEach(async () => {
    sent = 0;
    server = createServer((request, response) => {
      let asked = '';
      request.on('data', (chunk: Buffer) => (asked += chunk.toString('latin1')));
      if (request.url?.includes('/info/refs') === true) {
        response.setHeader('Content-Type', 'application/x-git-upload-pack-advertisement');
        response.end(
          `${line('# service=git-upload-pack\n')}0000${line(`${'a'.repeat(40)} HEAD\0symref=HEAD:refs/heads/main shallow side-band-64k ofs-delta\n`)}${line(`${'a'.repeat(40)} refs/heads/main\n`)}0000`,
        );
        return;
      }
      response.setHeader('Content-Type', 'application/x-git-upload-pack-result');
      request.on('end', () => {
        response.write(`${line(`shallow ${'a'.repeat(40)}`)}0000`);
        // Without the word it only asks where the history ends.
        if (!asked.includes('done')) response.end();
        else {
          response.write(line('NAK\n'));
          endlessPack(response);
        }
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/endless.git`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function line(text: string): string {
    return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
  }

  function band(bytes: Buffer): Buffer {
    return Buffer.concat([
      Buffer.from((bytes.length + 5).toString(16).padStart(4, '0')),
      Buffer.from([1]),
      bytes,
    ]);
  }

  function endlessPack(response: ServerResponse): void {
    const header = Buffer.alloc(12);
    header.write('PACK');
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(100_000, 8);
    const body = noise(48_000);
    // Type 3 is a file; its size in four bits and then seven a byte.
    const size = [0xb0 | (48_000 & 15), 0x80 | ((48_000 >> 4) & 127), 48_000 >> 11];
    const entry = band(Buffer.concat([Buffer.from(size), deflateSync(body)]));
    response.write(band(header));
    const more = (): void => {
      while (!response.destroyed && response.write(entry)) sent += entry.length;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  }

  it('is cut off by the size, and nothing of it is left', async () => {
    expect(await updateBoth(url, 96)).toEqual(['git-too-large', 'pushed']);
    expect(sent).toBeLessThan(200 * MEBIBYTE);
    expect(onDisc().halves).toEqual([]);
    expect(onDisc().bytes).toBeLessThan(MEBIBYTE);
  });
});

describe('what git prints at a limit', () => {
  it.each([
    ['fatal: Out of memory, malloc failed (tried to allocate 529530881 bytes)', true],
    ['error: inflate: out of memory\nfatal: serious inflate inconsistency', true],
    ['fatal: write error: File too large', true],
    ['fatal: packfile x cannot be mapped: Cannot allocate memory', true],
    ['fatal: mmap failed: Cannot allocate memory', true],
    ['remote: fatal: Out of memory, malloc failed', false],
    ['remote: error: File too large\nfatal: the remote end hung up unexpectedly', false],
    ['fatal: repository not found', false],
  ])('%j: %j', (stderr, expected) => {
    expect(isAtLimit(stderr)).toBe(expected);
  });
});
