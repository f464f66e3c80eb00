import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileRequest, FileState, WriterSession } from '../../../src/ports/writer.ts';
import type { Connection } from '../../../src/writers/git/connection.ts';
import type { GitWriter } from '../../../src/writers/git/git-writer.ts';
import { createRevisionFiles } from '../../../src/writers/git/revision-files.ts';
import {
  startGitHttpServer,
  type GitHttpServer,
  type GitHttpServerOptions,
} from '../../helpers/git-servers.ts';
import { commitTo, createBranch, createGitRoot, createRemote, git, headOf } from '../../helpers/git-world.ts';
import { aPlaceAt } from '../plans.ts';
import { createWriterWorld, LASTING, type WriterWorld } from './writer-world.ts';

const APP: readonly FileRequest[] = [{ candidates: ['app.yaml'] }];

const { root, remove } = createGitRoot();
let prepared: ReturnType<typeof prepare>;
let world: WriterWorld;
let server: GitHttpServer | undefined;
beforeAll(() => {
  prepared = prepare();
});
afterAll(remove);
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  world.remove();
});

/** A remote whose file said `tag: 0` to `tag: 5`, and the commits that said so. */
async function start(
  options: Partial<GitHttpServerOptions> = {},
): Promise<{ readonly remote: string; readonly url: string; readonly shas: readonly string[] }> {
  server = await startGitHttpServer({ root: world.root, filters: true, ...options });
  const remote = join(world.root, 'deploy.git');
  cpSync(prepared.remote, remote, { recursive: true });
  return { remote, url: `${server.url}/deploy.git`, shas: prepared.shas };
}

/** What each test has a copy of. */
function prepare(): { readonly remote: string; readonly shas: readonly string[] } {
  const remote = createRemote(root, 'deploy.git', { 'app.yaml': 'tag: 0\n' });
  const later = [1, 2, 3, 4, 5].map((tag) => commitTo(remote, 'main', { 'app.yaml': `tag: ${tag}\n` }));
  return { remote, shas: [git(remote, ['rev-list', '--max-parents=0', 'main']).trim(), ...later] };
}

function tipOf(remote: string, branch: string): string {
  const sha = headOf(remote, branch);
  if (sha === undefined) throw new Error(`there is no branch ${branch}`);
  return sha;
}

async function inSession<T>(writer: GitWriter, work: (session: WriterSession) => Promise<T>): Promise<T> {
  const session = writer.open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function readAt(
  writer: GitWriter,
  url: string,
  revision: string,
  requests = APP,
): Promise<readonly FileState[]> {
  return inSession(writer, (session) => session.readAt(aPlaceAt(url), { revision, requests }, LASTING));
}

function textOf(states: readonly FileState[]): readonly string[] {
  return states.map((state) => (state.kind === 'text' ? state.text : state.kind));
}

describe('files of a commit', () => {
  it('are read from what is here, and then from memory', async () => {
    const { url, shas } = await start();
    const writer = world.writer();
    await inSession(writer, (session) => session.read(aPlaceAt(url), APP, LASTING));
    const requests = [...APP, { candidates: ['none.yaml'] }];

    expect(textOf(await readAt(writer, url, shas[3] ?? '', requests))).toEqual(['tag: 3\n', 'missing']);
    const before = [...world.operations];
    const asked = server?.requests.length;
    expect(textOf(await readAt(writer, url, shas[3] ?? '', requests.toReversed()))).toEqual([
      'missing',
      'tag: 3\n',
    ]);
    expect(world.operations).toEqual(before);
    expect(server?.requests).toHaveLength(asked ?? 0);
  });

  it.each<[string, Partial<GitHttpServerOptions>]>([
    ['that leaves out files', {}],
    ['that sends all of them', { filters: false }],
    ['of the old protocol', { filters: false, oldProtocol: true }],
  ])('are fetched from a remote %s when they are older than what is kept', async (_, options) => {
    const { url, shas } = await start(options);
    const writer = world.writer({ history: 2 });

    for (const tag of [1, 0, 4, 5])
      expect(textOf(await readAt(writer, url, shas[tag] ?? ''))).toEqual([`tag: ${tag}\n`]);
  });

  it('may be newer than what was fetched, and of another branch', async () => {
    const { remote, url } = await start();
    const writer = world.writer();
    await inSession(writer, (session) => session.read(aPlaceAt(url), APP, LASTING));
    commitTo(remote, 'main', { 'app.yaml': 'tag: new\n' });
    createBranch(remote, 'beside', 'main');
    commitTo(remote, 'beside', { 'app.yaml': 'tag: beside\n' });

    expect(textOf(await readAt(writer, url, tipOf(remote, 'main')))).toEqual(['tag: new\n']);
    expect(textOf(await readAt(writer, url, tipOf(remote, 'beside')))).toEqual(['tag: beside\n']);
  });

  it('leave the history as it was', async () => {
    const { url, shas } = await start();
    const writer = world.writer({ history: 2 });
    await readAt(writer, url, shas[1] ?? '');

    const histories = await inSession(writer, async (session) => {
      const recent = await session.history(aPlaceAt(url), { paths: ['app.yaml'], reach: 'recent' }, LASTING);
      const far = await session.history(aPlaceAt(url), { paths: ['app.yaml'], reach: 'far' }, LASTING);
      return [recent, far].map((commits) => commits.map(({ sha }) => sha));
    });

    expect(histories).toEqual([shas.slice(-2).toReversed(), shas.toReversed()]);
  });

  it('of SHA-256', async () => {
    server = await startGitHttpServer({ root: world.root, filters: true });
    const remote = createRemote(world.root, 'deploy.git', { 'app.yaml': 'tag: 0\n' }, 'main', 'sha256');
    const [first, writer] = [tipOf(remote, 'main'), world.writer({ history: 1 })];
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1\n' });

    expect(textOf(await readAt(writer, `${server.url}/deploy.git`, first))).toEqual(['tag: 0\n']);
  });
});

describe('a commit is unknown', () => {
  it.each([
    ['nothing', ''],
    ['a branch', 'main'],
    ['a short hash', 'a'.repeat(7)],
    ['capitals', 'A'.repeat(40)],
    ['a version', '1.2.3'],
    ['an option', `--upload-pack=${'a'.repeat(40)}`],
    ['a line break', `${'a'.repeat(40)}\n`],
    ['a path', `${'a'.repeat(40)}:app.yaml`],
    ['a long text', 'x'.repeat(10_000)],
  ])('by its text: %s', async (_, revision) => {
    const { url } = await start();

    const reading = readAt(world.writer(), url, revision);

    await expect(reading).rejects.toMatchObject({ code: 'revision-unknown' });
    await expect(reading).rejects.toThrow(/^.{0,300}$/);
    expect(world.operations).toEqual([]);
  });

  it.each<[string, Partial<GitHttpServerOptions>, string]>([
    ['another commit', {}, 'a'.repeat(40)],
    ['another commit, by the old protocol', { filters: false, oldProtocol: true }, 'a'.repeat(40)],
    ['a hash of another kind', {}, 'a'.repeat(64)],
  ])(
    'to the remote: %s, and asked for again only when the branch has moved',
    async (_, options, revision) => {
      const { remote, url } = await start(options);
      const writer = world.writer();

      await expect(readAt(writer, url, revision)).rejects.toMatchObject({ code: 'revision-unknown' });
      const { length } = world.operations;
      await expect(readAt(writer, url, revision)).rejects.toMatchObject({ code: 'revision-unknown' });
      expect(world.operations).toHaveLength(length);
      commitTo(remote, 'main', { 'app.yaml': 'tag: 6\n' });
      await expect(readAt(writer, url, revision)).rejects.toMatchObject({ code: 'revision-unknown' });
      expect(world.operations.length).toBeGreaterThan(length);
      expect(textOf(await readAt(writer, url, tipOf(remote, 'main')))).toEqual(['tag: 6\n']);
    },
  );

  it('when it is no commit', async () => {
    const { remote, url } = await start();
    const blob = git(remote, ['rev-parse', 'main:app.yaml']).trim();

    await expect(readAt(world.writer(), url, blob)).rejects.toMatchObject({ code: 'revision-unknown' });
  });

  it('but not because the remote cannot be reached', async () => {
    const { url, shas } = await start();
    const writer = world.writer({ history: 2 });
    await inSession(writer, (session) => session.read(aPlaceAt(url), APP, LASTING));
    server?.inject('refs for fetch', { do: 'call', call: () => undefined });
    server?.inject('refs for fetch', { do: 'answer', status: 503 });

    await expect(readAt(writer, url, shas[0] ?? '')).rejects.toMatchObject({ code: 'git-unreachable' });
    expect(textOf(await readAt(writer, url, shas[0] ?? ''))).toEqual(['tag: 0\n']);
  });
});

it('no more text is kept than there is room for', async () => {
  const reads: string[] = [];
  const files = createRevisionFiles(2_000);
  const connection = {
    heads: () => Promise.resolve({ default: 'main', commits: new Map([['main', 'f'.repeat(40)]]) }),
    obtainCommit: () => Promise.resolve(true),
    readerOf: ({ sha }: { readonly sha: string }) => ({
      read: () => {
        reads.push(sha.slice(0, 1));
        return Promise.resolve([{ kind: 'text', path: 'app.yaml', text: 'x'.repeat(500) }]);
      },
    }),
  } as unknown as Connection;
  const read = (digit: string) =>
    files.read(
      {
        place: aPlaceAt('https://git.example/a.git'),
        revision: digit.repeat(40),
        requests: APP,
        signal: LASTING,
      },
      (work) => work(connection),
    );

  for (const digit of ['a', 'b', 'a', 'c', 'a', 'b']) await read(digit);

  expect(reads).toEqual(['a', 'b', 'c', 'b']);
});
