import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileState, WriterSession } from '../../../src/ports/writer.ts';
import {
  startGitHttpServer,
  type GitHttpServer,
  type GitHttpServerOptions,
} from '../../helpers/git-servers.ts';
import { commitTo, git, logOf, readAt, treeOf } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

/** A remote of two small files, one of them behind a link, and one large one that nobody asks for. */
const FILES = {
  'app.yaml': 'tag: 1.0\n',
  'b/c.yaml': 'tag: 1.0\n',
  link: { content: 'b/c.yaml', mode: '120000' },
  large: Buffer.concat(
    Array.from({ length: 5_000 }, (_, index) => createHash('sha512').update(`${index}`).digest()),
  ),
};

let world: WriterWorld;
let server: GitHttpServer;
let url: string;
let remote: string;

async function start(options: Partial<GitHttpServerOptions>): Promise<void> {
  server = await startGitHttpServer({ root: world.root, ...options });
  remote = world.remote(FILES);
  url = `${server.url}/deploy.git`;
}

beforeEach(() => {
  world = createWriterWorld();
});
afterEach(async () => {
  await server.stop();
  world.remove();
});

async function inSession<T>(work: (session: WriterSession) => Promise<T>): Promise<T> {
  const session = world.writer().open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function read(paths: readonly string[]): Promise<readonly FileState[]> {
  const requests = paths.map((path) => ({ candidates: [path] }));
  return inSession((session) => session.read(aPlaceAt(url), requests, LASTING));
}

function update(path: string, from: string, to: string) {
  const set = aSet(aPlaceAt(url), aCommit(`to ${to}`, aFile(path, { from, to })));
  return inSession((session) => session.apply(set, LASTING));
}

describe('a remote that lets clients leave out files', () => {
  beforeEach(() => start({ filters: true }));

  it('is asked for commits, and then once for all files that matter', async () => {
    const states = await read(['app.yaml', 'b/c.yaml', 'none.yaml']);
    expect(states.map(({ kind }) => kind)).toEqual(['text', 'text', 'missing']);
    expect(world.operations).toEqual(['fetch', 'fetch']);
    expect(server.traffic.sent).toBeLessThan(20_000);
  });

  it('is not asked again for what is here', async () => {
    await read(['app.yaml']);
    await read(['app.yaml']);
    expect(world.operations).toEqual(['fetch', 'fetch']);
    commitTo(remote, 'main', { 'b/c.yaml': 'tag: 1.5\n' });
    await read(['app.yaml']);
    expect(world.operations).toEqual(['fetch', 'fetch', 'fetch']);
  });

  it('follows links, whose content is a file as well', async () => {
    expect(await read(['link'])).toMatchObject([{ kind: 'text', path: 'b/c.yaml', text: 'tag: 1.0\n' }]);
  });

  it('gets commits that change one file and leave all others as they are', async () => {
    const before = treeOf(remote, 'main');
    expect((await update('app.yaml', '1.0', '1.1')).map(outcomeOf)).toEqual(['pushed']);
    expect((await update('app.yaml', '1.1', '1.2')).map(outcomeOf)).toEqual(['pushed']);
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.3\n', 'new.yaml': 'x\n' });
    expect((await update('app.yaml', '1.3', '1.4')).map(outcomeOf)).toEqual(['pushed']);

    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.4"\n');
    expect(logOf(remote, 'main')).toHaveLength(5);
    const others = ({ path }: { readonly path: string }) => path !== 'app.yaml' && path !== 'new.yaml';
    expect(treeOf(remote, 'main').filter(others)).toEqual(before.filter(others));
    git(remote, ['fsck', '--strict', '--connectivity-only']);
    expect(server.traffic.sent + server.traffic.received).toBeLessThan(50_000);
  });

  it('gets a new branch without the files of the old one', async () => {
    const place = { ...aPlaceAt(url), push: 'updates' };
    const commit = aCommit('to 1.1', aFile('app.yaml', { from: '1.0', to: '1.1' }));
    const set = { ...aSet(place, commit), pushBranch: 'updates' };
    const results = await inSession((session) => session.apply(set, LASTING));
    expect(results.map(outcomeOf)).toEqual(['pushed']);
    expect(readAt(remote, 'updates', 'app.yaml')).toBe('tag: "1.1"\n');
    expect(server.traffic.sent + server.traffic.received).toBeLessThan(20_000);
  });

  it('gets a new branch also when its base moved on in the same moment', async () => {
    server.inject('refs for push', {
      do: 'call',
      call: () => void commitTo(remote, 'main', { 'b/c.yaml': 'tag: 1.7\n' }),
    });
    const place = { ...aPlaceAt(url), push: 'updates' };
    const commit = aCommit('to 1.1', aFile('app.yaml', { from: '1.0', to: '1.1' }));
    const results = await inSession((session) =>
      session.apply({ ...aSet(place, commit), pushBranch: 'updates' }, LASTING),
    );
    expect(results).toMatchObject([{ ending: { kind: 'pushed' } }]);
    expect(readAt(remote, 'updates', 'app.yaml')).toBe('tag: "1.1"\n');
    git(remote, ['fsck', '--strict', '--connectivity-only']);
  });

  it('tells its history without its files', async () => {
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.1\n' }, 'a change');
    const history = await inSession((session) =>
      session.history(aPlaceAt(url), { paths: ['app.yaml'], reach: 'recent' }, LASTING),
    );
    expect(history.map(({ message, paths }) => [message, paths])).toEqual([
      ['a change', ['app.yaml']],
      ['first commit', ['app.yaml']],
    ]);
    expect(world.operations).toEqual(['fetch']);
  });

  it('is nowhere written down as one that gives missing objects, so that no git asks it for one after the other', async () => {
    await read(['app.yaml']);
    const [clone = ''] = readdirSync(world.cacheDirectory).filter((name) => name.endsWith('.git'));
    const config = git(join(world.cacheDirectory, clone), ['config', '--list', '--local']);
    expect(config).not.toMatch(/remote|promisor|partial/i);
  });
});

describe('a remote that leaves out files and does not give them by hash', () => {
  beforeEach(() => start({ filters: true, oldProtocol: true }));

  it('is asked for everything from then on', async () => {
    const states = await read(['app.yaml', 'b/c.yaml']);
    expect(states.map(({ kind }) => kind)).toEqual(['text', 'text']);
    expect(world.operations).toEqual(['fetch', 'fetch!', 'fetch']);
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.1\n' });
    expect(await read(['app.yaml'])).toMatchObject([{ text: 'tag: 1.1\n' }]);
    expect(world.operations).toEqual(['fetch', 'fetch!', 'fetch', 'fetch']);
    expect((await update('app.yaml', '1.1', '1.2')).map(outcomeOf)).toEqual(['pushed']);
  });
});

describe('a remote that knows nothing of leaving out', () => {
  beforeEach(() => start({}));

  it('gives everything with the first fetch', async () => {
    const states = await read(['app.yaml', 'link']);
    expect(states.map(({ kind }) => kind)).toEqual(['text', 'text']);
    expect((await update('app.yaml', '1.0', '1.1')).map(outcomeOf)).toEqual(['pushed']);
    expect(world.operations).toEqual(['fetch', 'push']);
  });
});
