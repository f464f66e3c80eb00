import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeSet } from '../../../src/core/change.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import type { GitWriterOptions } from '../../../src/writers/git/git-writer.ts';
import {
  branchesOf,
  commitTo,
  createBranch,
  deleteBranch,
  git,
  headOf,
  logOf,
  readAt,
  setPreReceiveHook,
  treeOf,
} from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

async function apply(
  set: ChangeSet,
  options: Partial<GitWriterOptions> = {},
): Promise<readonly CommitResult[]> {
  const session = world.writer(options).open();
  try {
    return await session.apply(set, LASTING);
  } finally {
    await session.close();
  }
}

describe('a change set without trouble', () => {
  it('changes one line and nothing else, as the configured author', async () => {
    const remote = world.remote({ 'app.yaml': '# mine\ntag: 1.0\nother: x\n', 'b/c.yaml': 'tag: 1.0\n' });
    const before = treeOf(remote, 'main');
    const set = aSet(
      aPlaceAt(remote),
      aCommit('update app\n\nwith a body', aFile('app.yaml', { from: '1.0', to: '1.1' })),
    );
    const [result] = await apply(set);
    expect(result?.ending).toEqual({ kind: 'pushed', sha: headOf(remote, 'main'), branch: 'main' });
    expect(readAt(remote, 'main', 'app.yaml')).toBe('# mine\ntag: "1.1"\nother: x\n');
    const after = treeOf(remote, 'main');
    expect(after.filter(({ path }) => path !== 'app.yaml')).toEqual(
      before.filter(({ path }) => path !== 'app.yaml'),
    );
    const [commit] = logOf(remote, 'main');
    expect(commit).toMatchObject({
      author: 'lynceus <lynceus@example.com>',
      committer: 'lynceus <lynceus@example.com>',
      message: 'update app\n\nwith a body\n',
    });
  });

  it('shows the difference', async () => {
    const remote = world.remote();
    const set = aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' })));
    const [result] = await apply(set);
    expect(result?.diff).toBe('--- a/app.yaml\n+++ b/app.yaml\n@@ -1,1 +1,1 @@\n-tag: 1.0\n+tag: "1.1"\n');
  });

  it('brings fifty commits there with one fetch and one push', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `apps/app-${index}/values.yaml`);
    const remote = world.remote(Object.fromEntries(names.map((name) => [name, 'tag: 1.0\n'])));
    const commits = names.map((name) => aCommit(`update ${name}`, aFile(name, { from: '1.0', to: '1.1' })));
    const session = world.writer().open();
    await session.read(
      aPlaceAt(remote),
      names.map((name) => ({ candidates: [name] })),
      LASTING,
    );
    const results = await session.apply(aSet(aPlaceAt(remote), ...commits), LASTING);
    await session.close();
    expect(world.operations).toEqual(['fetch', 'push']);
    expect(results.map(outcomeOf)).toEqual(names.map(() => 'pushed'));
    const log = logOf(remote, 'main').toReversed().slice(1);
    expect(log.map(({ message }) => message.trim())).toEqual(names.map((name) => `update ${name}`));
    expect(results.map(({ ending }) => (ending.kind === 'pushed' ? ending.sha : ''))).toEqual(
      log.map(({ sha }) => sha),
    );
    expect(log.every(({ parents }) => parents.length === 1)).toBe(true);
  });

  it('pushes nothing when the branch says it all', async () => {
    const remote = world.remote({ 'app.yaml': 'tag: "1.0"\n' });
    const head = headOf(remote, 'main');
    const [result] = await apply(
      aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '0.9', to: '1.0' }))),
    );
    expect(result).toMatchObject({ ending: { kind: 'unchanged', branch: 'main' }, refused: [], diff: '' });
    expect(world.operations).toEqual(['fetch']);
    expect(headOf(remote, 'main')).toBe(head);
  });

  it('writes nothing the second time, and does not even fetch', async () => {
    const remote = world.remote();
    const set = aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' })));
    expect((await apply(set)).map(outcomeOf)).toEqual(['pushed']);
    world.operations.length = 0;
    expect((await apply(set)).map(outcomeOf)).toEqual(['unchanged']);
    expect(world.operations).toEqual([]);
  });

  it('lets a later commit see what an earlier one wrote', async () => {
    const remote = world.remote();
    const set = aSet(
      aPlaceAt(remote),
      aCommit('one', aFile('app.yaml', { from: '1.0', to: '1.1' })),
      aCommit('same', aFile('app.yaml', { from: '1.0', to: '1.1' })),
      aCommit('two', aFile('app.yaml', { from: '1.1', to: '1.2' })),
    );
    expect((await apply(set)).map(outcomeOf)).toEqual(['pushed', 'unchanged', 'pushed']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: "1.2"\n');
    expect(logOf(remote, 'main')).toHaveLength(3);
  });

  it('keeps the mode of a file and gives a new one 100644', async () => {
    const remote = world.remote({ 'run.yaml': { content: 'tag: 1.0\n', mode: '100755' } });
    const set = aSet(
      aPlaceAt(remote),
      aCommit('m', aFile('run.yaml', { from: '1.0', to: '1.1' }), aFile('new/deep.yaml', { to: '2.0' })),
    );
    await apply(set, { editOptions: { createMissing: true } });
    const modes = treeOf(remote, 'main').map(({ mode, path }) => `${mode} ${path}`);
    expect(modes).toEqual(['100644 new/deep.yaml', '100755 run.yaml']);
  });

  it('changes no line end and no byte order mark, whatever .gitattributes says', async () => {
    const before = '\uFEFF# mine\r\nother: x\r\ntag: 1.0\n\r\n\n';
    const files = {
      '.gitattributes': '* text=auto eol=crlf\n*.yaml filter=lfs diff=lfs\n',
      'app.yaml': before,
    };
    const remote = world.remote(files);
    await apply(aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))));
    expect(readAt(remote, 'main', 'app.yaml')).toBe(before.replace('1.0', '"1.1"'));
    expect(readAt(remote, 'main', '.gitattributes')).toBe(files['.gitattributes']);
  });

  it('continues a signed commit as it is', async () => {
    const remote = world.remote();
    const unsigned = git(remote, ['cat-file', 'commit', 'main']);
    const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----';
    const signed = unsigned.replace(/^(committer .*)$/m, `$1\n${signature}`);
    const sha = git(remote, ['hash-object', '-w', '-t', 'commit', '--stdin'], Buffer.from(signed)).trim();
    git(remote, ['update-ref', 'refs/heads/main', sha]);
    await apply(aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))));
    expect(logOf(remote, 'main').map((commit) => commit.parents)).toEqual([[sha], []]);
    expect(git(remote, ['cat-file', 'commit', 'main^'])).toBe(signed);
  });

  it('writes file names and messages in any language', async () => {
    const path = 'bücher/日本 "zitat" \\ 🚀.yaml';
    const remote = world.remote({ [path]: 'tag: 1.0\n' });
    await apply(aSet(aPlaceAt(remote), aCommit('größer: 日本 🚀', aFile(path, { from: '1.0', to: '1.1' }))));
    expect(readAt(remote, 'main', path)).toBe('tag: "1.1"\n');
    expect(logOf(remote, 'main')[0]?.message).toBe('größer: 日本 🚀\n');
    expect(treeOf(remote, 'main')).toHaveLength(1);
  });
});

describe('a file that is not what the plan expects', () => {
  it('refuses a change when the file says something else meanwhile, and makes the others of the commit', async () => {
    const remote = world.remote({ 'app.yaml': 'a: 7.7\nb: 1.0\n' });
    const file = aFile(
      'app.yaml',
      { key: 'a', from: '1.0', to: '1.1' },
      { key: 'b', from: '1.0', to: '1.1' },
    );
    const [result] = await apply(aSet(aPlaceAt(remote), aCommit('m', file)));
    expect(result?.ending.kind).toBe('pushed');
    expect(result?.refused.map(({ change, error }) => [change.alias, error.code])).toEqual([
      ['a', 'changed-meanwhile'],
    ]);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('a: 7.7\nb: "1.1"\n');
  });

  it('fails one commit and pushes the other', async () => {
    const remote = world.remote({ 'a.yaml': 'tag: 1.0\n', 'b.yaml': 'tag: 1.0\n' });
    const set = aSet(
      aPlaceAt(remote),
      aCommit('a', aFile('a.yaml', { from: '1.0', to: '' })),
      aCommit('b', aFile('b.yaml', { from: '1.0', to: '1.1' })),
    );
    expect((await apply(set)).map(outcomeOf)).toEqual(['edit-unsafe', 'pushed']);
    expect(logOf(remote, 'main')).toHaveLength(2);
  });

  it('says which file is missing and does not make it', async () => {
    const remote = world.remote();
    const [result] = await apply(aSet(aPlaceAt(remote), aCommit('m', aFile('no.yaml', { to: '1.1' }))));
    expect(result && outcomeOf(result)).toBe('target-missing');
    expect(result?.refused).toHaveLength(1);
    expect(headOf(remote, 'main')).toBe(logOf(remote, 'main').at(-1)?.sha);
  });
});

describe('branches', () => {
  it('reads the base, and the push branch when asked for it', async () => {
    const remote = world.remote();
    const place = aPlaceAt(remote, { push: 'updates' });
    const request = [{ candidates: ['app.yaml'] }];
    const session = world.writer().open();
    expect(await session.readProposal(place, request, LASTING)).toBeUndefined();
    await session.close();
    await apply(aSet(place, aCommit('one', aFile('app.yaml', { from: '1.0', to: '1.1' }))));
    const next = world.writer().open();
    expect(await next.read(place, request, LASTING)).toMatchObject([{ text: 'tag: 1.0\n' }]);
    expect(await next.readProposal(place, request, LASTING)).toMatchObject([{ text: 'tag: "1.1"\n' }]);
    const rendered = { ...place, push: 'updates-{{.SHA256}}' };
    expect(await next.readProposal(rendered, request, LASTING)).toBeUndefined();
    await next.close();
  });

  it.each(['', 'HEAD'])('takes the default branch of the remote for %j', async (base) => {
    const remote = world.remote();
    const set = aSet(aPlaceAt(remote, { base }), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' })));
    expect((await apply(set))[0]?.ending).toMatchObject({ kind: 'pushed', branch: 'main' });
  });

  it('says which base is not a branch, and what to do', async () => {
    const remote = world.remote();
    const session = world.writer().open();
    for (const base of [
      'v1.0.0',
      '1.*',
      '0123456789012345678901234567890123456789',
      '-x',
      'gone',
      ':(top)',
    ]) {
      const set = aSet(
        aPlaceAt(remote, { base }),
        aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' })),
      );
      const [result] = await session.apply(set, LASTING);
      expect(result?.ending).toMatchObject({
        error: {
          code: 'git-branch-missing',
          message: expect.stringContaining(`"${base}"`),
          hint: expect.stringContaining('argocd-image-updater.argoproj.io/git-branch'),
        },
      });
    }
    await session.close();
  });

  it.each(['', 'main'])('says that an empty remote has no branch (%j)', async (base) => {
    const remote = world.remote({});
    const session = world.writer().open();
    await expect(session.read(aPlaceAt(remote, { base }), [], LASTING)).rejects.toMatchObject({
      code: 'git-branch-missing',
      hint: 'the remote is empty: push a first commit',
    });
    await session.close();
  });

  it('does not push to a branch whose name git does not allow', async () => {
    const remote = world.remote();
    const session = world.writer().open();
    const set = aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' })));
    for (const pushBranch of [
      '-x',
      'a..b',
      'a b',
      'a.lock',
      'a/.b',
      '',
      'a:b',
      '@',
      'a\u0000b',
      'a@{b',
      'x~1',
      'a//b',
    ]) {
      const results = await session.apply({ ...set, pushBranch }, LASTING);
      expect([pushBranch, ...results.map(outcomeOf)]).toEqual([pushBranch, 'config-invalid']);
    }
    await session.close();
    expect(branchesOf(remote)).toEqual(['main']);
  });

  it('does not bring back a branch that was deleted after it was read', async () => {
    const remote = world.remote();
    createBranch(remote, 'staging');
    const place = aPlaceAt(remote, { base: 'staging' });
    const session = world.writer().open();
    await session.read(place, [{ candidates: ['app.yaml'] }], LASTING);
    deleteBranch(remote, 'staging');
    const results = await session.apply(
      aSet(place, aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))),
      LASTING,
    );
    await session.close();
    expect(results.map(outcomeOf)).toEqual(['git-branch-missing']);
    expect(branchesOf(remote)).toEqual(['main']);
  });

  it('fetches each branch of a remote once, whoever asks', async () => {
    const remote = world.remote();
    createBranch(remote, 'dev');
    commitTo(remote, 'dev', { 'app.yaml': 'tag: dev\n' });
    const session = world.writer().open();
    const request = [{ candidates: ['app.yaml'] }];
    const states = await Promise.all(
      ['main', 'dev', 'main', 'dev', ''].map((base) =>
        session.read(aPlaceAt(remote, { base }), request, LASTING),
      ),
    );
    await session.close();
    expect(states.flat().map((state) => (state.kind === 'text' ? state.text : state.kind))).toEqual([
      'tag: 1.0\n',
      'tag: dev\n',
      'tag: 1.0\n',
      'tag: dev\n',
      'tag: 1.0\n',
    ]);
    expect(world.operations).toEqual(['fetch', 'fetch']);
  });

  it('survives that a branch became a folder of branches', async () => {
    const remote = world.remote();
    createBranch(remote, 'team');
    const change = aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }));
    await apply(aSet(aPlaceAt(remote, { base: 'team' }), change));
    deleteBranch(remote, 'team');
    createBranch(remote, 'team/a');
    expect((await apply(aSet(aPlaceAt(remote, { base: 'team/a' }), change))).map(outcomeOf)).toEqual([
      'pushed',
    ]);
  });

  it('does not wait for a branch name that is taken by a folder of branches', async () => {
    const remote = world.remote();
    createBranch(remote, 'team/a');
    const place = aPlaceAt(remote, { push: 'team' });
    const results = await apply(aSet(place, aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))));
    expect(results.map(outcomeOf)).toEqual(['git-denied']);
    expect(world.sleeps).toEqual([]);
  });
});

describe('what the remote decides', () => {
  it('does not try again when a hook refuses, and repeats what it says', async () => {
    const remote = world.remote();
    setPreReceiveHook(
      remote,
      'echo "Branch main is frozen until Monday" >&2; printf "\\033[31mred\\033[0m\\n" >&2; exit 1',
    );
    const [result] = await apply(
      aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))),
    );
    const error = result?.ending.kind === 'failed' ? result.ending.error : undefined;
    expect(error?.code).toBe('git-denied');
    expect(error?.message).toContain('pre-receive hook declined');
    expect(error?.message).toContain('Branch main is frozen until Monday; red');
    expect(world.operations).toEqual(['fetch', 'push!']);
    expect(world.sleeps).toEqual([]);
  });

  it('leaves nothing out of what it says', async () => {
    const remote = world.remote();
    setPreReceiveHook(
      remote,
      'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "rule $n is broken"; done; echo "To get an exemption, ask Ada"; exit 1',
    );
    const [result] = await apply(
      aSet(aPlaceAt(remote), aCommit('m', aFile('app.yaml', { from: '1.0', to: '1.1' }))),
    );
    const message = result?.ending.kind === 'failed' ? result.ending.error.message : '';
    expect(message).toContain('rule 1 is broken; rule 2');
    expect(message).toContain('rule 12 is broken; To get an exemption, ask Ada');
  });
});
