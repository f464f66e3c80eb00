import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSet, PlannedCommit } from '../../../src/core/change.ts';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import { apiUrlOf } from '../../../src/writers/git/api/api-url.ts';
import { createCommitApis, graphqlUrl, type CommitApis } from '../../../src/writers/git/api/commit-apis.ts';
import { createPrivateCa } from '../../helpers/certificates.ts';
import { startConnectProxy } from '../../helpers/connect-proxy.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import {
  branchesOf,
  commitTo,
  createGitRoot,
  createRemote,
  git,
  headOf,
  logOf,
  readAt,
  treeOf,
  type WorldFiles,
} from '../../helpers/git-world.ts';
import {
  graphqlError,
  startGithubCommits,
  type GithubCommitsStandIn,
} from '../../helpers/github-commits-stand-in.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, NOW, outcomeOf, type WriterWorld } from './writer-world.ts';

const TOKEN = 'ghs_s3cretT0ken';
const LOGIN: GitLogin = { kind: 'basic', username: 'x-access-token', password: TOKEN, caFile: undefined };
const FILES = { 'app.yaml': 'tag: 1.0\n', 'web.yaml': 'tag: 5.0\n' };
const RECORD = 'Lynceus-Update: app=shop namespace=argocd alias=api file=app.yaml key=tag';

let world: WriterWorld;
let root: ReturnType<typeof createGitRoot>;
let server: GitHttpServer;
let github: GithubCommitsStandIn;
let count = 0;

beforeAll(async () => {
  root = createGitRoot();
  server = await startGitHttpServer({ root: root.root });
});

beforeEach(async () => {
  world = createWriterWorld();
  github = await startGithubCommits(root.root, TOKEN);
});

afterEach(async () => {
  await github.stop();
  world.remove();
});

afterAll(async () => {
  await server.stop();
  root.remove();
});

/** A repository at the stand-in: its folder, and its URL. */
function aRepository(files: WorldFiles = FILES): { readonly folder: string; readonly url: string } {
  count += 1;
  const name = `acme/deploy-${count}.git`;
  return { folder: createRemote(root.root, name, files), url: `${server.url}/${name}` };
}

const GITHUB = 'GitHub <noreply@github.com>';

function update(to: string, from = '1.0', path = 'app.yaml'): PlannedCommit {
  return aCommit(
    `update ${path} to ${to}\n\nWhy it was done.\n\n${RECORD} to=${to}\n`,
    aFile(path, { from, to }),
  );
}

function theApis(apiUrl = github.apiUrl): CommitApis {
  return createCommitApis({
    apiUrlOf: () => (apiUrl === '' ? undefined : apiUrl),
    userAgent: 'lynceus/test',
    clock: {
      now: () => NOW,
      random: () => 0.5,
      sleep: (time) => Promise.resolve(void world.sleeps.push(time)),
    },
    log: world.log,
    env: {},
  });
}

function writer(login: GitLogin = LOGIN, isGithub = true) {
  return world.writer({ login, commitApis: theApis(isGithub ? github.apiUrl : '') });
}

async function apply(set: ChangeSet, by = writer()) {
  const session = by.open();
  const results = await session.apply(set, LASTING);
  await session.close();
  return results;
}

async function outcomesOf(set: ChangeSet, by = writer()): Promise<readonly string[]> {
  return (await apply(set, by)).map(outcomeOf);
}

function pushing(url: string, ...commits: readonly PlannedCommit[]): ChangeSet {
  return aSet(aPlaceAt(url, { push: 'proposals/shop' }), ...commits);
}

const tag = (folder: string, branch = 'main', path = 'app.yaml') => readAt(folder, branch, path);

describe('commits through the API of GitHub', () => {
  it('are made by it, and then there is nothing more to do', async () => {
    const { folder, url } = aRepository();
    const set = aSet(aPlaceAt(url), update('1.1'));
    const [result] = await apply(set);
    expect(result?.ending).toEqual({ kind: 'pushed', sha: headOf(folder, 'main'), branch: 'main' });
    const [made] = logOf(folder, 'main');
    expect(made?.committer).toBe('GitHub <noreply@github.com>');
    expect(made?.message.trimEnd()).toBe(`update app.yaml to 1.1\n\nWhy it was done.\n\n${RECORD} to=1.1`);
    expect(tag(folder)).toBe('tag: "1.1"\n');
    expect(await outcomesOf(set)).toEqual(['unchanged']);
    expect(github.asked).toEqual(['createCommitOnBranch']);
    expect(server.counts['receive-pack']).toBe(0);
  });

  it('are as many as planned, in order', async () => {
    const { folder, url } = aRepository();
    expect(await outcomesOf(aSet(aPlaceAt(url), update('1.1'), update('5.1', '5.0', 'web.yaml')))).toEqual([
      'pushed',
      'pushed',
    ]);
    const subjects = logOf(folder, 'main').map(({ message }) => message.split('\n')[0]);
    expect(subjects).toEqual(['update web.yaml to 5.1', 'update app.yaml to 1.1', 'first commit']);
  });

  it('are replayed on the new head when somebody was faster', async () => {
    const { folder, url } = aRepository();
    github.inject('createCommitOnBranch', {
      do: 'call',
      call: () => void commitTo(folder, 'main', { 'other.txt': 'x' }),
    });
    expect(await outcomesOf(aSet(aPlaceAt(url), update('1.1')))).toEqual(['pushed']);
    expect(treeOf(folder, 'main').map(({ path }) => path)).toEqual(['app.yaml', 'other.txt', 'web.yaml']);
  });

  it('are not made a second time when somebody was faster after the first', async () => {
    const { folder, url } = aRepository();
    github.inject('createCommitOnBranch', { do: 'call', call: () => undefined });
    github.inject('createCommitOnBranch', {
      do: 'call',
      call: () => void commitTo(folder, 'main', { 'other.txt': 'x' }),
    });
    const results = await apply(aSet(aPlaceAt(url), update('1.1'), update('5.1', '5.0', 'web.yaml')));
    expect(results.map(outcomeOf)).toEqual(['pushed', 'pushed']);
    const log = logOf(folder, 'main');
    expect(log.map(({ message }) => message.split('\n')[0])).toEqual([
      'update web.yaml to 5.1',
      'a change by hand',
      'update app.yaml to 1.1',
      'first commit',
    ]);
    const shas = results.map(({ ending }) => (ending.kind === 'pushed' ? ending.sha : ''));
    expect(shas).toEqual([log[2]?.sha, log[0]?.sha]);
  });

  it('are told apart when one is made and the next is refused', async () => {
    const { folder, url } = aRepository();
    github.inject('createCommitOnBranch', { do: 'call', call: () => undefined });
    github.inject('createCommitOnBranch', { do: 'answer', answer: graphqlError('FORBIDDEN', 'not you') });
    const set = aSet(aPlaceAt(url), update('1.1'), update('5.1', '5.0', 'web.yaml'));
    expect(await outcomesOf(set)).toEqual(['pushed', 'git-denied']);
    expect([tag(folder), tag(folder, 'main', 'web.yaml')]).toEqual(['tag: "1.1"\n', 'tag: 5.0\n']);
  });

  it('go on after one that a rule of the repository refuses', async () => {
    const { folder, url } = aRepository();
    // The first commit is refused in the push of both, and then alone.
    for (let time = 0; time < 2; time += 1) {
      const answer = graphqlError(
        'UNPROCESSABLE',
        'Repository rule violations: app.yaml is a restricted path',
      );
      github.inject('createCommitOnBranch', { do: 'answer', answer });
    }
    const set = aSet(aPlaceAt(url), update('1.1'), update('5.1', '5.0', 'web.yaml'));
    expect(await outcomesOf(set)).toEqual(['git-denied', 'pushed']);
    expect([tag(folder), tag(folder, 'main', 'web.yaml')]).toEqual(['tag: 1.0\n', 'tag: "5.1"\n']);
  });

  it('are found again when the connection broke before the answer', async () => {
    const { folder, url } = aRepository();
    github.inject('createCommitOnBranch', { do: 'serve and drop' });
    const set = aSet(aPlaceAt(url), update('1.1'), update('5.1', '5.0', 'web.yaml'));
    expect(await outcomesOf(set)).toEqual(['pushed', 'pushed']);
    expect(logOf(folder, 'main')).toHaveLength(3);
    expect(github.asked).toEqual(['createCommitOnBranch', 'history', 'createCommitOnBranch']);
  });

  it('leave alone a file that is executable, and go on with the others', async () => {
    const { folder, url } = aRepository({
      'app.yaml': { content: 'tag: 1.0\n', mode: '100755' },
      'web.yaml': 'tag: 5.0\n',
    });
    const commit = aCommit(
      'both',
      aFile('app.yaml', { from: '1.0', to: '1.1' }),
      aFile('web.yaml', { from: '5.0', to: '5.1' }),
    );
    const [result] = await apply(aSet(aPlaceAt(url), commit));
    expect(result && outcomeOf(result)).toBe('pushed');
    expect(result?.refused.map(({ error }) => [error.code, error.hint])).toEqual([
      ['target-unsupported', 'make it a regular file, or set git.commitMethod to git'],
    ]);
    expect([tag(folder), tag(folder, 'main', 'web.yaml')]).toEqual(['tag: 1.0\n', 'tag: "5.1"\n']);
  });
});

describe('a push branch made through the API of GitHub', () => {
  it('is made whole, known again, and made anew for a newer version', async () => {
    const { folder, url } = aRepository();
    const first = pushing(url, update('1.1'), update('5.1', '5.0', 'web.yaml'));
    expect(await outcomesOf(first)).toEqual(['pushed', 'pushed']);
    expect(branchesOf(folder)).toEqual(['main', 'proposals/shop']);
    expect(await outcomesOf(first)).toEqual(['unchanged', 'unchanged']);
    commitTo(folder, 'main', { 'other.txt': 'x' });
    expect(await outcomesOf(pushing(url, update('1.2')))).toEqual(['pushed']);
    expect(branchesOf(folder)).toEqual(['main', 'proposals/shop']);
    expect(logOf(folder, 'proposals/shop').map(({ message }) => message.split('\n')[0])).toEqual([
      'update app.yaml to 1.2',
      'a change by hand',
      'first commit',
    ]);
    expect(server.counts['receive-pack']).toBe(0);
  });

  it('is left alone when somebody edited it on the pages of GitHub', async () => {
    const { folder, url } = aRepository();
    await apply(pushing(url, update('1.1')));
    // What such a page sends has the same committer, and no trailer.
    const by = writer();
    const plain = aSet(
      aPlaceAt(url, { base: 'proposals/shop' }),
      aCommit('Update app.yaml', aFile('app.yaml', { from: '1.1', to: '9' })),
    );
    await apply(plain, by);
    expect(await outcomesOf(pushing(url, update('1.2')))).toEqual(['branch-foreign']);
    expect(tag(folder, 'proposals/shop')).toBe('tag: "9"\n');
  });

  it.each([
    ['a person on the pages of GitHub, with our record', 'edit', 'eve <eve@example.com>'],
    [
      'somebody who writes our names into a commit',
      'pushed by hand',
      'updater[bot] <7+updater[bot]@users.noreply.github.com>',
    ],
    ['an App of a name like ours', 'edit', 'updater[bot] <8+updater[bot]@users.noreply.github.com>'],
  ])('is not by %s: its record does not count, nor is the branch ours', async (_, subject, author) => {
    const { folder, url } = aRepository();
    await apply(pushing(url, update('1.1')));
    const message = `${subject}\n\n${RECORD} to=9\n`;
    const made = commitTo(folder, 'proposals/shop', { 'app.yaml': 'tag: "9"\n' }, message, GITHUB);
    const raw = git(folder, ['cat-file', 'commit', made]).replace(/^author .*?>/m, `author ${author}`);
    const sha = git(folder, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(raw)).trim();
    git(folder, ['update-ref', 'refs/heads/proposals/shop', sha]);
    const by = writer();
    const session = by.open();
    const place = aPlaceAt(url, { base: 'proposals/shop' });
    const history = await session.history(place, { paths: ['app.yaml'], reach: 'recent' }, LASTING);
    await session.close();
    expect(history.map(({ committedBy }) => committedBy)).toEqual(['others', 'us', 'others']);
    expect(await outcomesOf(pushing(url, update('1.2')), by)).toEqual(['branch-foreign']);
    expect(headOf(folder, 'proposals/shop')).toBe(sha);
    expect(await outcomesOf(aSet(aPlaceAt(url, { push: 'good' }), update('1.2')), by)).toEqual(['pushed']);
  });

  it('is not taken from somebody who pushed to it meanwhile', async () => {
    const { folder, url } = aRepository();
    await apply(pushing(url, update('1.1')));
    github.inject('updateRefs', { do: 'call', call: () => undefined });
    github.inject('updateRefs', {
      do: 'call',
      call: () => void commitTo(folder, 'proposals/shop', { 'other.txt': 'x' }),
    });
    expect(await outcomesOf(pushing(url, update('1.2')))).toEqual(['branch-foreign']);
    expect(branchesOf(folder)).toEqual(['main', 'proposals/shop']);
    expect(readAt(folder, 'proposals/shop', 'other.txt')).toBe('x');
  });

  it('leaves nothing behind when its commit is refused', async () => {
    const { folder, url } = aRepository();
    github.inject('createCommitOnBranch', {
      do: 'answer',
      answer: graphqlError('UNPROCESSABLE', 'A rule is violated'),
    });
    expect(await outcomesOf(pushing(url, update('1.1')))).toEqual(['git-denied']);
    expect(branchesOf(folder)).toEqual(['main']);
  });

  it('counts as pushed when the last answer was lost', async () => {
    const { folder, url } = aRepository();
    github.inject('updateRefs', { do: 'call', call: () => undefined });
    github.inject('updateRefs', { do: 'serve and drop' });
    expect(await outcomesOf(pushing(url, update('1.1')))).toEqual(['pushed']);
    expect(branchesOf(folder)).toEqual(['main', 'proposals/shop']);
  });
});

describe('a refusal by the API of GitHub', () => {
  const limited = { status: 403, headers: { 'retry-after': '3600' }, body: '{"message":"slow down"}' };
  it.each([
    ['a refused login', { status: 401, body: `{"message":"Bad credentials ${TOKEN}"}` }, 'git-denied'],
    ['a missing right', { status: 403, body: '{"message":"Resource not accessible"}' }, 'git-denied'],
    ['a repository that is not seen', { status: 404, body: '{"message":"Not Found"}' }, 'git-denied'],
    ['a limit', limited, 'host-rate-limited'],
    ['a limit of GraphQL', graphqlError('RATE_LIMITED', 'API rate limit exceeded'), 'host-rate-limited'],
    [
      'a rule of the branch',
      graphqlError('UNPROCESSABLE', `Changes must be made through ${TOKEN}`),
      'git-denied',
      'refused',
    ],
    ['an error without a type', graphqlError(undefined, 'Something went wrong'), 'host-failed'],
    ['a server that fails', { status: 502, body: '<html>' }, 'git-unreachable'],
    ['no JSON', { status: 200, body: 'hello' }, 'host-failed'],
    ['too much', { status: 200, body: 'x'.repeat(2 * 1024 * 1024) }, 'host-failed'],
  ] as const)('is told: %s', async (_, answer, code, kind: string = 'failed') => {
    github.inject('createCommitOnBranch', { do: 'answer', answer });
    const parent = '1'.repeat(40);
    const api = theApis().find({ remote: parseGitRemote('http://127.0.0.1/acme/deploy') }, LOGIN);
    const published = await api?.publish(
      {
        commits: [{ message: 'a', files: [] }],
        shas: ['2'.repeat(40)],
        parent,
        branch: 'main',
        expected: parent,
      },
      { treeOf: () => Promise.resolve(''), headNow: () => Promise.resolve(parent), signal: LASTING },
    );
    expect(published).toEqual({
      shas: [],
      outcome: { kind, error: expect.objectContaining({ code }) as unknown },
    });
    expect(inspect(published, { depth: 9 })).not.toContain(TOKEN);
    expect(github.asked.filter((word) => word === 'createCommitOnBranch')).toHaveLength(1);
  });

  it('is told whole', async () => {
    const rules = Array.from({ length: 15 }, (_, index) => `- rule ${index} is violated`);
    const words = ['Repository rule violations found', ...rules, 'To bypass them, ask in #platform'];
    github.inject('createCommitOnBranch', {
      do: 'answer',
      answer: graphqlError('UNPROCESSABLE', words.join('\n')),
    });
    const [result] = await apply(pushing(aRepository().url, update('1.1')));
    const message = result?.ending.kind === 'failed' ? result.ending.error.message : '';
    expect(message).toContain(words.join('; '));
  });

  it('ends at once when it is not wanted any more', async () => {
    const { folder, url } = aRepository();
    const ending = new AbortController();
    github.inject('createCommitOnBranch', { do: 'call', call: () => ending.abort() });
    const session = writer().open();
    const results = await session.apply(
      aSet(aPlaceAt(url), update('1.1'), update('1.2', '1.1')),
      ending.signal,
    );
    await session.close();
    expect(results.map(outcomeOf)).toEqual(['aborted', 'aborted']);
    expect(logOf(folder, 'main').length).toBeLessThan(3);
  });

  it('for haste is waited out', async () => {
    const { url } = aRepository();
    const answer = { ...limited, headers: { 'retry-after': '7' } };
    github.inject('createCommitOnBranch', { do: 'answer', answer });
    expect(await outcomesOf(aSet(aPlaceAt(url), update('1.1')))).toEqual(['pushed']);
    expect(world.sleeps).toEqual([7_000]);
  });
});

describe('the way to the API of GitHub', () => {
  it('is that of the remote: its authority, its proxy', async () => {
    const ca = createPrivateCa(world.root);
    const read = (name: string): string => readFileSync(join(world.root, name), 'utf8');
    const caFile = join(world.root, 'ca.pem');
    writeFileSync(caFile, ca);
    const tls = { key: read('server.key'), cert: read('server.pem') };
    const secure = await startGithubCommits(root.root, TOKEN, { tls });
    const proxy = await startConnectProxy({ leadsTo: secure.host });
    const { folder } = aRepository();
    const parent = headOf(folder, 'main') ?? '';
    const publication = {
      commits: [{ message: 'by proxy', files: [{ path: 'app.yaml', text: 'tag: 2\n', mode: '100644' }] }],
      shas: [''],
      parent,
      branch: 'main',
      expected: parent,
    };
    const surroundings = {
      treeOf: () => Promise.resolve(''),
      headNow: () => Promise.resolve(parent),
      signal: LASTING,
    };
    const remote = parseGitRemote(`https://registry.test/acme/deploy-${count}.git`);
    const route = { caFile, proxy: { url: proxy.url, except: '' } };
    const apis = theApis('https://registry.test/api/v3');
    try {
      const trusting = await apis
        .find({ remote }, { ...LOGIN, ...route })
        ?.publish(publication, surroundings);
      expect(trusting).toEqual({ outcome: { kind: 'pushed' }, shas: [headOf(folder, 'main')] });
      expect(proxy.asked).toEqual(['registry.test:443']);
      expect(tag(folder)).toBe('tag: 2\n');
      const login = { ...LOGIN, ...route, caFile: undefined };
      const doubting = await apis.find({ remote }, login)?.publish(publication, surroundings);
      expect(doubting?.outcome).toMatchObject({ kind: 'failed', error: { code: 'git-unreachable' } });
    } finally {
      proxy.stop();
      await secure.stop();
    }
  });
});

describe('a remote without such an API', () => {
  it.each([
    ['its host is not known to be GitHub', LOGIN, false],
    ['there is no token for it', { kind: 'none', caFile: undefined } as const, true],
  ])('is pushed to with git, and told once: %s', async (why, login, isGithub) => {
    const { folder, url } = aRepository();
    const by = writer(login, isGithub);
    expect(await outcomesOf(aSet(aPlaceAt(url), update('1.1')), by)).toEqual(['pushed']);
    expect(await outcomesOf(aSet(aPlaceAt(url), update('1.2', '1.1')), by)).toEqual(['pushed']);
    expect(github.asked).toEqual([]);
    expect(logOf(folder, 'main')[0]?.committer).toBe('lynceus <lynceus@example.com>');
    expect(world.logLines.filter((line) => line.includes('pushed to with git'))).toEqual([
      expect.stringContaining(why),
    ]);
  });

  it.each([
    ['https://github.com/acme/deploy', 'https://api.github.com', 'https://api.github.com/graphql'],
    ['https://acme.ghe.com/shop/deploy', 'https://api.acme.ghe.com', 'https://api.acme.ghe.com/graphql'],
    ['https://git.example/acme/deploy', 'https://git.example/api/v3', 'https://git.example/api/graphql'],
    ['https://git.example/other/deploy', undefined, undefined],
    ['https://github.com.example/acme/deploy', undefined, undefined],
  ])('is known by its URL: %s', (url, apiUrl, graphql) => {
    const known = [{ url: 'https://git.example/acme', apiUrl: 'https://git.example/api/v3' }];
    const found = apiUrlOf(parseGitRemote(url), known);
    expect(found).toBe(apiUrl);
    expect(found && graphqlUrl(found).href).toBe(graphql);
  });
});
