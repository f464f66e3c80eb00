import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { commitTo, createRemote, git, headOf, readAt } from '../../helpers/git-world.ts';
import { removeFolder } from '../../helpers/remove-folder.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000 });

let world: WriterWorld;
let server: GitHttpServer;
beforeEach(async () => {
  world = createWriterWorld();
  server = await startGitHttpServer({ root: world.root, filters: true });
});
afterEach(async () => {
  await server.stop();
  world.remove();
});

const FILES = {
  'apps/shop/app.yaml': 'tag: 1.0\n',
  'link.yaml': { content: 'apps/shop/app.yaml', mode: '120000' },
};

describe('a repository of SHA-256', () => {
  it.each(['http', 'path'] as const)('is read, written and read again over %s', async (transport) => {
    const remote = createRemote(world.root, 'deploy.git', FILES, 'main', 'sha256');
    const url = transport === 'http' ? `${server.url}/deploy.git` : remote;
    const writer = world.writer();
    const place = aPlaceAt(url);
    const update = async (from: string, to: string, push?: string) => {
      const session = writer.open();
      const set = aSet({ ...place, push }, aCommit(`to ${to}`, aFile('link.yaml', { from, to })));
      const results = await session.apply(set, LASTING);
      await session.close();
      return results.map(outcomeOf);
    };

    expect(await update('1.0', '1.1')).toEqual(['pushed']);
    expect(readAt(remote, 'main', 'apps/shop/app.yaml')).toBe('tag: "1.1"\n');
    expect(headOf(remote, 'main')).toHaveLength(64);
    const operations = world.operations.length;
    expect(await update('1.0', '1.1')).toEqual(['unchanged']);
    expect(world.operations.length).toBe(operations);
    commitTo(remote, 'main', { 'note.txt': 'x' });
    expect(await update('1.1', '1.2', 'updates')).toEqual(['pushed']);
    expect(await update('1.1', '1.3', 'updates')).toEqual(['pushed']);
    expect(readAt(remote, 'updates', 'apps/shop/app.yaml')).toBe('tag: "1.3"\n');
    const session = writer.open();
    const history = await session.history(place, { paths: ['apps/shop/app.yaml'], reach: 'far' }, LASTING);
    await session.close();
    expect(history.map(({ message, paths }) => [message.trim(), paths])).toEqual([
      ['a change by hand', []],
      ['to 1.1', ['apps/shop/app.yaml']],
      ['first commit', ['apps/shop/app.yaml']],
    ]);
    expect(git(remote, ['fsck', '--strict', '--no-dangling'])).toBe('');
  });
});

it('takes another format when the remote was made anew with it', async () => {
  const url = `${server.url}/deploy.git`;
  const writer = world.writer();
  const read = async () => {
    const session = writer.open();
    const [state] = await session.read(aPlaceAt(url), [{ candidates: ['app.yaml'] }], LASTING);
    await session.close();
    return state;
  };
  for (const [format, text] of [
    ['sha1', 'tag: 1\n'],
    ['sha256', 'tag: 2\n'],
    ['sha1', 'tag: 3\n'],
  ] as const) {
    const folder = createRemote(world.root, 'deploy.git', { 'app.yaml': text }, 'main', format);
    expect(await read()).toMatchObject({ kind: 'text', text });
    removeFolder(folder);
  }
});
