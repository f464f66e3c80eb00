import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommitResult, WriterSession } from '../../../src/ports/writer.ts';
import { startGitHttpServer, startGitSshServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { commitTo, headOf, logOf, setPreReceiveHook } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

const UPDATE = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));
const NEXT = aCommit('next', aFile('app.yaml', { from: '1.1', to: '1.2' }));
const REQUEST = [{ candidates: ['app.yaml'] }];

/** Processes whose arguments name this text, but not the one that looks. */
function processesWith(text: string): readonly string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !line.includes('http-backend'));
}

/** Programs that this process started for a remote and that have not ended, or ended and were not collected (proc(5)). */
function childrenOfOurs(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, program = '', state = '', parent = ''] =
          /^\d+ \((.*)\) (\S) (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return Number(parent) === process.pid && /^(?:git|ssh$)/.test(program) ? [`${program} ${state}`] : [];
      } catch {
        return [];
      }
    });
}

function clones(): readonly string[] {
  return readdirSync(world.cacheDirectory).filter((name) => name.endsWith('.git'));
}

function clonePath(): string {
  const [name] = clones();
  if (name === undefined) throw new Error('there is no clone');
  return join(world.cacheDirectory, name);
}

async function once(work: (session: WriterSession) => Promise<unknown>): Promise<void> {
  const session = world.writer().open();
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

async function update(remote: string): Promise<readonly CommitResult[]> {
  let results: readonly CommitResult[] = [];
  await once(async (session) => {
    results = await session.apply(aSet(aPlaceAt(remote), UPDATE), LASTING);
  });
  return results;
}

describe('stopped in the middle', () => {
  let server: GitHttpServer;
  beforeEach(async () => {
    server = await startGitHttpServer({ root: world.root });
  });
  afterEach(() => server.stop());

  it.each(['refs for fetch', 'upload-pack', 'refs for push', 'receive-pack'] as const)(
    'leaves no process when it is stopped during %s, and the next run is clean',
    async (kind) => {
      const remote = world.remote();
      const url = `${server.url}/deploy.git`;
      const stop = new AbortController();
      let reached = false;
      server.inject(kind, {
        do: 'call',
        call: () => {
          reached = true;
          return new Promise(() => undefined);
        },
      });
      const session = world.writer().open();
      const applied = session.apply(aSet(aPlaceAt(url), UPDATE), stop.signal);
      await vi.waitUntil(() => reached && processesWith(url).length > 0, { timeout: 20_000, interval: 10 });
      stop.abort();
      expect((await applied).map(outcomeOf)).toEqual(['aborted']);
      expect(processesWith(url)).toEqual([]);
      expect(childrenOfOurs()).toEqual([]);
      await session.close();
      expect((await update(url)).map(outcomeOf)).toEqual(['pushed']);
      expect(logOf(remote, 'main')).toHaveLength(2);
    },
  );

  it('leaves no process after a timeout', async () => {
    world.remote();
    const url = `${server.url}/deploy.git`;
    server.inject('receive-pack', { do: 'hang' });
    const session = world.writer({ timeout: 700 }).open();
    const results = await session.apply(aSet(aPlaceAt(url), UPDATE), LASTING);
    await session.close();
    expect(results.map(outcomeOf)).toEqual(['git-timeout']);
    expect(processesWith(url)).toEqual([]);
    expect(childrenOfOurs()).toEqual([]);
  });

  it('starts nothing once it is stopped', async () => {
    world.remote();
    const session = world.writer().open();
    const results = await session.apply(
      aSet(aPlaceAt(`${server.url}/deploy.git`), UPDATE),
      AbortSignal.abort(),
    );
    await session.close();
    expect(results.map(outcomeOf)).toEqual(['aborted']);
    expect(server.requests).toEqual([]);
  });
});

it('ends ssh too when it is stopped', async () => {
  const remote = world.remote();
  const server = await startGitSshServer();
  try {
    const stop = new AbortController();
    const url = server.urlOf(remote);
    writeFileSync(join(remote, 'gate'), '');
    // The remote's side waits in this hook, with ssh open on ours.
    mkdirSync(join(remote, 'hooks'));
    const hook = join(remote, 'hooks', 'pre-receive');
    writeFileSync(
      hook,
      `#!/bin/sh\ntouch '${join(remote, 'waits')}'\nwhile [ -e '${join(remote, 'gate')}' ]; do sleep 0.05; done\n`,
      { mode: 0o755 },
    );
    const { privateKeyFile, knownHostsFile } = server;
    const session = world.writer({ login: { kind: 'ssh', privateKeyFile, knownHostsFile } }).open();
    const applied = session.apply(aSet(aPlaceAt(url), UPDATE), stop.signal);
    await vi.waitUntil(() => existsSync(join(remote, 'waits')), { timeout: 20_000, interval: 10 });
    expect(processesWith(knownHostsFile).length).toBeGreaterThan(0);
    stop.abort();
    expect((await applied).map(outcomeOf)).toEqual(['aborted']);
    expect(processesWith(knownHostsFile)).toEqual([]);
    rmSync(join(remote, 'gate'));
    await session.close();
  } finally {
    await server.stop();
  }
});

describe('the folder of clones', () => {
  it('is left with the clone and nothing else', async () => {
    await update(world.remote());
    expect(readdirSync(world.cacheDirectory)).toEqual(clones());
    expect(clones()).toHaveLength(1);
  });

  it('sweeps the locks of a process that was killed', async () => {
    const remote = world.remote();
    await update(remote);
    const clone = clonePath();
    const [claim] = [`${clone}.claim`];
    writeFileSync(claim, `${deadProcess()} ${hostname()}`);
    const refs = readdirSync(join(clone, 'refs', 'lynceus'));
    const locks = [
      'shallow.lock',
      'HEAD.lock',
      'packed-refs.lock',
      'config.lock',
      ...refs.map((ref) => `refs/lynceus/${ref}.lock`),
    ];
    for (const lock of [...locks, 'marker']) writeFileSync(join(clone, lock), '');
    writeFileSync(join(clone, 'objects', 'pack', 'tmp_pack_abc'), 'half');
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.0\n' });
    expect((await update(remote)).map(outcomeOf)).toEqual(['pushed']);
    // The clone was mended, not made anew.
    expect(existsSync(join(clone, 'marker'))).toBe(true);
    expect(locks.filter((lock) => existsSync(join(clone, lock)))).toEqual([]);
    expect(existsSync(join(clone, 'objects', 'pack', 'tmp_pack_abc'))).toBe(false);
  });

  it('removes what a killed process left, and keeps what a living one uses', async () => {
    mkdirSync(world.cacheDirectory, { recursive: true });
    const dead = join(world.cacheDirectory, 'work-00000000-0000-4000-8000-000000000000');
    const living = join(world.cacheDirectory, 'work-11111111-1111-4111-8111-111111111111');
    const foreign = join(world.cacheDirectory, 'somebody-elses-file');
    for (const [folder, pid] of [[dead, deadProcess()] as const, [living, process.ppid] as const]) {
      mkdirSync(folder);
      writeFileSync(`${folder}.claim`, `${pid} ${hostname()}`);
    }
    writeFileSync(foreign, '');
    await update(world.remote());
    expect([existsSync(dead), existsSync(`${dead}.claim`), existsSync(living), existsSync(foreign)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('removes a clone that nobody used for two weeks', async () => {
    await update(world.remote());
    const old = clonePath();
    const longAgo = new Date(Date.now() - 15 * 24 * 60 * 60 * 1000);
    utimesSync(old, longAgo, longAgo);
    await update(world.remote({ 'app.yaml': 'tag: 1.0\n' }, 'other.git'));
    expect(existsSync(old)).toBe(false);
    expect(clones()).toHaveLength(1);
  });

  it('keeps within its budget: the least recently used clones go, and those in use stay', async () => {
    const files = { 'app.yaml': 'tag: 1.0\n', large: randomBytes(200_000) };
    const remotes = ['a', 'b', 'c', 'd'].map((name) => world.remote(files, `${name}.git`));
    const byRemote = new Map<string, string>();
    mkdirSync(world.cacheDirectory);
    for (const [index, remote] of remotes.entries()) {
      const before = new Set(clones());
      await once((session) => session.read(aPlaceAt(remote), REQUEST, LASTING));
      const [clone = ''] = clones().filter((name) => !before.has(name));
      const usedAt = new Date(Date.now() - (10 - index) * 60_000);
      utimesSync(join(world.cacheDirectory, clone), usedAt, usedAt);
      byRemote.set(remote, clone);
    }
    const [a = '', b = '', c = '', d = ''] = remotes.map((remote) => byRemote.get(remote));
    writeFileSync(join(world.cacheDirectory, `${a}.claim`), `${process.ppid} ${hostname()}`);
    expect(world.logLines.filter((line) => line.includes('cacheMiB'))).toEqual([]);

    const session = world.writer({ cacheBytes: 600_000 }).open();
    await session.read(aPlaceAt(remotes[1] ?? ''), REQUEST, LASTING);
    await session.close();

    // a is in use and counts, b was used last; c and d go in this order until there is room for two.
    expect(clones().toSorted()).toEqual([a, b].toSorted());
    expect([c, d].map((clone) => existsSync(join(world.cacheDirectory, `${clone}.claim`)))).toEqual([
      false,
      false,
    ]);
    expect(world.logLines.filter((line) => line.includes('cacheMiB'))).toEqual([
      expect.stringContaining('"clones":2'),
    ]);
  });

  it.each<[string, (clone: string) => void]>([
    ['HEAD is empty', (clone) => truncateSync(join(clone, 'HEAD'), 0)],
    ['the config is garbage', (clone) => writeFileSync(join(clone, 'config'), '\0\0garbage')],
    ['the objects are gone', (clone) => rmSync(join(clone, 'objects'), { recursive: true })],
    [
      'it is an empty folder',
      (clone) => {
        rmSync(clone, { recursive: true });
        mkdirSync(clone);
      },
    ],
    ['the shallow file is garbage', (clone) => writeFileSync(join(clone, 'shallow'), 'garbage\n')],
  ])('makes a clone anew when %s', async (_case, damage) => {
    const remote = world.remote();
    await update(remote);
    damage(clonePath());
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.0\n' });
    // Reading asks first in a cycle, and by itself.
    await once(async (session) => {
      const states = await session.read(aPlaceAt(remote), REQUEST, LASTING);
      expect(states).toMatchObject([{ text: 'tag: 1.0\n' }]);
    });
    damage(clonePath());
    expect((await update(remote)).map(outcomeOf)).toEqual(['pushed']);
  });

  it('makes a push once when the clone is damaged by the time it has arrived', async () => {
    const remote = world.remote();
    await update(remote);
    setPreReceiveHook(remote, `printf '[' > '${join(clonePath(), 'config')}'`);
    await once(async (session) => {
      const release = { ...aCommit('release'), evenIfEmpty: true };
      const results = await session.apply(aSet(aPlaceAt(remote), release), LASTING);
      expect(results.map(outcomeOf)).toEqual(['pushed']);
    });
    expect(logOf(remote, 'main').map(({ message }) => message.trim())).toEqual([
      'release',
      'update',
      'first commit',
    ]);
  });

  it.each<[string, (objects: string) => void]>([
    ['all', (objects) => removeObjects(objects, () => true)],
    ['some', (objects) => removeObjects(objects, (index) => index % 2 === 0)],
    ['other', (objects) => removeObjects(objects, (index) => index % 2 === 1)],
  ])('makes a clone anew when %s objects in it were lost', async (_which, damage) => {
    const remote = world.remote({ 'app.yaml': 'tag: 1.0\n', 'a/b/c.yaml': 'tag: 1.0\n' });
    await update(remote);
    damage(join(clonePath(), 'objects'));
    const session = world.writer().open();
    const requests = ['app.yaml', 'a/b/c.yaml'].map((path) => ({ candidates: [path] }));
    const states = await session.read(aPlaceAt(remote), requests, LASTING);
    await session.close();
    expect(states).toMatchObject([{ text: 'tag: "1.1"\n' }, { text: 'tag: 1.0\n' }]);
  });

  it('does not share a clone with another living process', async () => {
    const remote = world.remote();
    await update(remote);
    const clone = clonePath();
    writeFileSync(`${clone}.claim`, `${process.ppid} ${hostname()}`);
    await once((session) => session.read(aPlaceAt(remote), REQUEST, LASTING));
    expect(clones()).toHaveLength(2);
    expect(readFileSync(`${clone}.claim`, 'utf8')).toBe(`${process.ppid} ${hostname()}`);
  });

  it('says that it cannot be used when it is a file', async () => {
    writeFileSync(world.cacheDirectory, '');
    const [result] = await update(world.remote());
    expect(result?.ending).toMatchObject({ error: { code: 'git-failed' } });
    expect(result?.ending.kind === 'failed' && result.ending.error.message).toContain(world.cacheDirectory);
  });
});

it('deals with one remote by one piece of work at a time, and with two remotes side by side', async () => {
  const one = world.remote(undefined, 'one.git');
  const two = world.remote(undefined, 'two.git');
  const server = await startGitHttpServer({ root: world.root });
  try {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    server.inject('receive-pack', { do: 'call', call: () => gate });
    const writer = world.writer();
    const [first, second] = [writer.open(), writer.open()];
    const slow = first.apply(aSet(aPlaceAt(`${server.url}/one.git`), UPDATE), LASTING);
    await vi.waitUntil(() => server.counts['refs for push'] === 1, { timeout: 20_000, interval: 10 });
    const queued = second.apply(aSet(aPlaceAt(`${server.url}/one.git`, { push: 'other' }), NEXT), LASTING);
    const other = await second.apply(aSet(aPlaceAt(`${server.url}/two.git`), UPDATE), LASTING);
    expect(other.map(outcomeOf)).toEqual(['pushed']);
    expect(headOf(one, 'other')).toBeUndefined();
    open();
    expect([...(await slow), ...(await queued)].map(outcomeOf)).toEqual(['pushed', 'pushed']);
    expect(headOf(one, 'other')).toBeDefined();
    expect(headOf(two, 'main')).toBeDefined();
    await Promise.all([first.close(), second.close()]);
  } finally {
    await server.stop();
  }
});

it.each([
  ['name', { name: 'a <b>', email: 'a@b' }],
  ['name', { name: ' ', email: 'a@b' }],
  ['email', { name: 'a', email: 'a@b\ncommitter x' }],
])('refuses an author with an impossible %s', (key, author) => {
  expect(() => world.writer({ author })).toThrow(
    expect.objectContaining({ code: 'config-invalid', hint: `set git.author.${key}` }),
  );
});

function removeObjects(objects: string, chosen: (index: number) => boolean): void {
  const folders = readdirSync(objects).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const lost = folders.filter((_, index) => chosen(index));
  for (const name of lost) rmSync(join(objects, name), { recursive: true });
  expect(lost.length).toBeGreaterThan(0);
}

function deadProcess(): number {
  return spawnSync('true').pid;
}
