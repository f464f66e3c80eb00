import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSet } from '../../../src/core/change.ts';
import { branchLine, recordLine } from '../../../src/core/overrides/record.ts';
import { addTrailers } from '../../../src/core/plan/trailers.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import type { GitWriterOptions } from '../../../src/writers/git/git-writer.ts';
import { commitTo, createBranch, git, headOf, logOf, readAt } from '../../helpers/git-world.ts';
import { startGitHttpServer } from '../../helpers/git-servers.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

const FILES = { 'app.yaml': 'tag: 1.0\n', 'web.yaml': 'tag: 5.0\n' };
const RECORD = recordLine({
  kind: 'update',
  application: { namespace: 'argocd', name: 'shop' },
  alias: 'tag',
  image: 'ghcr.io/acme/api',
  file: 'app.yaml',
  key: 'tag',
  from: '1.0',
  to: '1.1',
});

interface Wish {
  readonly push?: string;
  readonly to?: string;
  readonly file?: string;
  readonly from?: string;
  readonly may?: boolean;
  /** As an older version wrote it. */
  readonly isOld?: boolean;
}

function wish(
  remote: string,
  { push, to = '1.1', file = 'app.yaml', from = '1.0', may, isOld }: Wish,
): ChangeSet {
  const named = push === undefined || isOld === true ? [] : [branchLine(push)];
  const commit = {
    ...aCommit(addTrailers(`update to ${to}`, [RECORD, ...named]), aFile(file, { from, to })),
    ...(may === true ? { mayUseForeignBranch: true } : {}),
  };
  return aSet(aPlaceAt(remote, push === undefined ? {} : { push }), commit);
}

async function apply(
  set: ChangeSet,
  options: Partial<GitWriterOptions> = {},
): Promise<readonly CommitResult[]> {
  const session = world.writer({ trailers: true, ...options }).open();
  const results = await session.apply(set, LASTING);
  await session.close();
  return results;
}

async function outcomeAt(
  remote: string,
  wanted: Wish,
  options: Partial<GitWriterOptions> = {},
): Promise<string> {
  return (await apply(wish(remote, wanted), options)).map(outcomeOf).join();
}

async function remove(remote: string, branch: string): Promise<string> {
  const session = world.writer({ trailers: true }).open();
  const ending = session.deleteBranch(aPlaceAt(remote, { push: branch }), branch, LASTING);
  const word = await ending.then(String, (error: { readonly code: string }) => error.code);
  await session.close();
  return word;
}

/** A commit with this message and committer on top of a branch. */
function commitAs(remote: string, branch: string, message: string, who?: string): void {
  commitTo(remote, branch, { 'app.yaml': 'tag: "1.1"\n' }, message, who);
}

const moveTo = (remote: string, branch: string, revision: string) =>
  git(remote, ['update-ref', `refs/heads/${branch}`, git(remote, ['rev-parse', revision]).trim()]);

interface Other {
  readonly name: string;
  /** Puts `production` where it is. */
  readonly make: (remote: string) => unknown;
}

const OTHERS: readonly Other[] = [
  {
    name: 'trails the base',
    make: (remote) => {
      createBranch(remote, 'production');
      commitTo(remote, 'main', { 'README.md': 'hello\n' });
    },
  },
  { name: 'is where the base is', make: (remote) => createBranch(remote, 'production') },
  {
    name: 'is at a commit that we made on the base',
    make: async (remote) => {
      await apply(wish(remote, { file: 'web.yaml', from: '5.0', to: '5.1' }));
      moveTo(remote, 'production', 'main');
      commitTo(remote, 'main', { 'README.md': 'hello\n' });
    },
  },
  {
    name: 'is at a proposal of ours for another branch that the base followed',
    make: async (remote) => {
      await apply(wish(remote, { push: 'updates', file: 'web.yaml', from: '5.0', to: '5.1' }));
      moveTo(remote, 'main', 'updates');
      moveTo(remote, 'production', 'updates');
    },
  },
  {
    name: 'is at an older proposal of ours that the base followed',
    make: async (remote) => {
      await apply(wish(remote, { push: 'updates', isOld: true, file: 'web.yaml', from: '5.0', to: '5.1' }));
      moveTo(remote, 'main', 'updates');
      moveTo(remote, 'production', 'updates');
    },
  },
  {
    name: 'is at a commit of a person who wrote our record and its name',
    make: (remote) => {
      commitAs(remote, 'main', addTrailers('x', [RECORD, branchLine('production')]));
      commitTo(remote, 'main', { 'app.yaml': 'tag: 1.0\n' });
      moveTo(remote, 'production', 'main~1');
    },
  },
  {
    name: 'has a commit of a person who wrote our record and its name',
    make: (remote) => {
      createBranch(remote, 'production');
      commitAs(remote, 'production', addTrailers('x', [RECORD, branchLine('production')]));
    },
  },
  {
    name: 'has the cherry-pick of a commit of ours',
    make: async (remote) => {
      await apply(wish(remote, {}));
      createBranch(remote, 'production', 'main~1');
      commitAs(remote, 'production', logOf(remote, 'main')[0]?.message ?? '');
      moveTo(remote, 'main', 'main~1');
    },
  },
  {
    name: 'is a proposal of ours for another branch under another name',
    make: async (remote) => {
      await apply(wish(remote, { push: 'updates' }));
      moveTo(remote, 'production', 'updates');
    },
  },
  {
    name: 'has a commit that says we made it, without a record',
    make: (remote) => {
      createBranch(remote, 'production');
      commitAs(remote, 'production', 'release', 'lynceus <lynceus@example.com>');
    },
  },
  {
    name: 'has commits of a person with our address and another name',
    make: (remote) => {
      createBranch(remote, 'production');
      commitAs(remote, 'production', addTrailers('x', [RECORD]), 'somebody <lynceus@example.com>');
    },
  },
  {
    name: 'has a merge that says we made it',
    make: (remote) => {
      createBranch(remote, 'production');
      commitTo(remote, 'production', { 'note.md': 'x\n' });
      const args = [
        'commit-tree',
        'production^{tree}',
        '-p',
        'main',
        '-p',
        'production',
        '-m',
        `m\n\n${RECORD}`,
      ];
      const us = { GIT_COMMITTER_NAME: 'lynceus', GIT_COMMITTER_EMAIL: 'lynceus@example.com' };
      const sha = git(remote, args).trim();
      const raw = git(remote, ['cat-file', 'commit', sha]).replace(
        /^(author|committer) .*?>/gm,
        `$1 ${us.GIT_COMMITTER_NAME} <${us.GIT_COMMITTER_EMAIL}>`,
      );
      const made = git(remote, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(raw)).trim();
      git(remote, ['update-ref', 'refs/heads/production', made]);
    },
  },
];

describe('a branch that is not ours', () => {
  it.each(OTHERS)(
    '$name: it is left alone, or gets commits on top where that is allowed',
    async ({ make }) => {
      const remote = world.remote(FILES);
      await make(remote);
      const [head, main] = [headOf(remote, 'production'), headOf(remote, 'main')];
      // Of a history that is cut off, nothing is taken for ours either.
      for (const history of [20, 1]) {
        const options = { history, cacheDirectory: `${world.cacheDirectory}-${history}` };
        expect(await outcomeAt(remote, { push: 'production', to: '1.2' }, options)).toBe('branch-foreign');
      }
      expect(['false', 'branch-foreign']).toContain(await remove(remote, 'production'));
      expect([headOf(remote, 'production'), headOf(remote, 'main')]).toEqual([head, main]);
      expect(await outcomeAt(remote, { push: 'good', to: '1.2' })).toBe('pushed');

      const next = (to: string) => outcomeAt(remote, { push: 'production', to, may: true });
      expect(await next('1.2')).toBe('pushed');
      const [first] = logOf(remote, 'production');
      expect(first?.parents).toEqual([head]);
      // What the base has meanwhile is no reason to make it anew, and without leave it is left alone again.
      commitTo(remote, 'main', { 'later.md': 'later\n' });
      expect(await next('1.2')).toBe('unchanged');
      expect(await next('1.3')).toBe('pushed');
      const [second] = logOf(remote, 'production');
      expect(second?.parents).toEqual([first?.sha]);
      const refused = await apply({ ...wish(remote, { push: 'production', to: '1.4' }), isProposed: true });
      expect(refused.map(outcomeOf)).toEqual(['branch-foreign']);
      await remove(remote, 'production');
      expect(headOf(remote, 'production')).toBe(second?.sha);
    },
  );

  it('gets the commits of those who may, beside the refusal of those who may not', async () => {
    const remote = world.remote(FILES);
    createBranch(remote, 'production');
    const mine = wish(remote, { push: 'production', may: true });
    const theirs = wish(remote, { push: 'production', file: 'web.yaml', from: '5.0', to: '5.1' });
    const hinted = theirs.commits.map((commit) => ({ ...commit, foreignBranchHint: 'add the rule' }));
    const results = await apply({ ...mine, commits: [...hinted, ...mine.commits] });
    expect(results.map(outcomeOf)).toEqual(['branch-foreign', 'pushed']);
    expect(results[0]?.ending).toMatchObject({
      error: {
        message: expect.stringMatching(
          /^the branch "production" of .* was not made by Lynceus \(it is at commit [0-9a-f]{7} by "A Human", which the base has already\), so it is left alone$/,
        ) as string,
        hint: expect.stringMatching(/ in git-branch; add the rule$/) as string,
      },
    });
    expect(readAt(remote, 'production', 'web.yaml')).toBe('tag: 5.0\n');
    expect(readAt(remote, 'production', 'app.yaml')).toBe('tag: "1.1"\n');
  });

  it('is not taken by a push that finds it made meanwhile', async () => {
    const remote = world.remote(FILES);
    const server = await startGitHttpServer({ root: world.root });
    server.inject('refs for push', { do: 'call', call: () => createBranch(remote, 'production') });
    const head = headOf(remote, 'main');
    const results = await apply(wish(`${server.url}/deploy.git`, { push: 'production' }));
    await server.stop();
    expect(results.map(outcomeOf)).toEqual(['branch-foreign']);
    expect(headOf(remote, 'production')).toBe(head);
  });
});

const MINE: readonly (Other & { readonly isOld?: true })[] = [
  { name: 'is as we left it', make: () => undefined },
  { name: 'was followed by the base', make: (remote) => moveTo(remote, 'main', 'updates') },
  {
    name: 'came into the base by a merge',
    make: (remote) => merge(remote),
  },
  {
    name: 'is of an older version, and came into the base by a merge',
    isOld: true,
    make: (remote) => merge(remote),
  },
  { name: 'is of an older version', isOld: true, make: () => undefined },
];

function merge(remote: string): void {
  const tip = headOf(remote, 'updates') ?? '';
  const base = commitTo(remote, 'main', { 'README.md': 'hello\n' });
  const args = ['commit-tree', `${tip}^{tree}`, '-p', base, '-p', tip, '-m', 'Merge updates'];
  git(remote, ['update-ref', 'refs/heads/main', git(remote, args).trim()]);
}

describe('a branch of ours', () => {
  it.each(MINE)('$name: it is made anew, and goes when nothing is left', async ({ make, isOld = false }) => {
    const remote = world.remote(FILES);
    await apply(wish(remote, { push: 'updates', isOld }));
    await make(remote);
    const from = readAt(remote, 'main', 'app.yaml')?.includes('1.1') === true ? '1.1' : '1.0';
    const results = await apply(wish(remote, { push: 'updates', from, to: '1.2', isOld }));
    expect(results.map(outcomeOf)).toEqual(['pushed']);
    expect(logOf(remote, 'updates')[0]?.parents).toEqual([headOf(remote, 'main')]);
    await make(remote);
    expect(await remove(remote, 'updates')).toBe('true');
    expect(headOf(remote, 'updates')).toBeUndefined();
  });
});
