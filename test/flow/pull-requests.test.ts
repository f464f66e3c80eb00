import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { PullRequestConfig } from '../../src/settings/pull-request.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aRegistryConfig,
  createFlowWorld,
  type ApplicationWish,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import {
  branchesOf,
  commitTo,
  createBranch,
  createGitRoot,
  createRemote,
  git,
  headOf,
  logOf,
  readAt,
} from '../helpers/git-world.ts';
import { HOSTS, TOKEN, type StoodInKind } from '../helpers/pull-request-stand-in/hosts.ts';
import { createProject } from '../helpers/pull-request-stand-in/project.ts';
import { startHostStandIn, type HostStandIn } from '../helpers/pull-request-stand-in/server.ts';
import { pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'x-access-token', password: TOKEN };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };
const BRANCH = 'lynceus/main/argocd_shop';

interface OtherHost {
  readonly kind: StoodInKind;
  /** Of the project in Git, which is no other's here. */
  readonly path: string;
}

const OTHER_HOSTS: readonly OtherHost[] = [
  { kind: 'gitea', path: 'acme/tea' },
  { kind: 'bitbucket-cloud', path: 'acme/cloud' },
  { kind: 'bitbucket-data-center', path: HOSTS['bitbucket-data-center'].path },
  { kind: 'azure-devops', path: decodeURI(HOSTS['azure-devops'].path) },
];

describe('pull requests', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    http = await startGitHttpServer({ root, login: LOGIN });
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  interface RunOptions {
    readonly dryRun?: boolean;
    /** What is configured otherwise from now on; `undefined`: nothing is. */
    readonly row?: Partial<PullRequestConfig> | undefined;
  }

  interface Town {
    readonly world: FlowWorld;
    readonly remote: string;
    readonly host: HostStandIn;
    readonly image: string;
    run(options?: RunOptions): Promise<CycleReport>;
    /** The configuration, for cycles of one process. */
    readonly config: Partial<Config>;
    /** What was asked of the host to change it. */
    changes(): readonly string[];
    end(): Promise<void>;
  }

  function shopOf(name: string, path = `acme/${name}`): ApplicationWish {
    return {
      name: 'shop',
      repoURL: `${http.url}/${encodeURI(path)}.git`,
      path: 'shop',
      annotations: {
        'image-list': `a=registry.test/acme/${name}:^1`,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
      },
    };
  }

  /** A project with one Application, and an image repository of its own. */
  async function createTown(
    name: string,
    {
      annotations = {},
      on: { kind, path } = { kind: 'github', path: `acme/${name}` },
      ...row
    }: Partial<PullRequestConfig> & {
      readonly annotations?: Readonly<Record<string, string>>;
      readonly on?: OtherHost;
    } = {},
  ): Promise<Town> {
    const { routes, api } = HOSTS[kind];
    const image = `acme/${name}`;
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, image, tag);
    const remote = createRemote(root, `${path}.git`, { 'shop/values.yaml': 'image:\n  tag: 1.0.0\n' });
    const hasBranch = (branch: string): boolean => headOf(remote, branch) !== undefined;
    const host = await startHostStandIn(routes, {
      project: createProject({ path, hasBranch }),
      token: LOGIN.password,
    });
    const world = createFlowWorld();
    const shop = shopOf(name, path);
    world.addApplication({ ...shop, annotations: { ...shop.annotations, ...annotations } });
    const pullRequests: PullRequestConfig = {
      url: `${http.url}/${path.split('/')[0] ?? ''}`,
      enabled: true,
      kind,
      apiUrl: `${host.url}${api}`,
      group: 'application',
      labels: ['dependencies'],
      reviewers: [],
      autoMerge: undefined,
      draft: false,
      deleteBranch: true,
      tokenFrom: undefined,
      ...row,
    };
    const config: Partial<Config> = {
      pullRequests: [pullRequests],
      registries: [aRegistryConfig(registry.url, 'registry.test')],
    };
    return {
      world,
      remote,
      host,
      image,
      config,
      run({ dryRun = false, ...options } = {}) {
        const rows =
          'row' in options
            ? options.row === undefined
              ? []
              : [{ ...pullRequests, ...options.row }]
            : [pullRequests];
        return world.run({ ...config, pullRequests: rows }, { env: ENV, dryRun });
      },
      changes: () => host.calls().filter((call) => !call.startsWith('GET ')),
      async end() {
        world.remove();
        await host.stop();
      },
    };
  }

  function told({ images }: CycleReport): readonly unknown[] {
    return images.map(({ outcome, code, pullRequest }) => [outcome, code, pullRequest?.action]);
  }

  test('the first cycle opens one, and the second does nothing', async () => {
    const { remote, host, run, changes, end, world } = await createTown('first');

    const first = await run();
    const calls = changes().length;
    const second = await run();
    await end();

    expect(told(first)).toEqual([['updated', 'newer-version', 'open']]);
    expect(first.images[0]?.pullRequest?.url).toBe(`${host.url}/acme/first/pull/1`);
    expect(branchesOf(remote)).toEqual([BRANCH, 'main']);
    expect(host.project.requests[0]).toMatchObject({
      head: BRANCH,
      base: 'main',
      title: 'build: automatic update of shop to 1.1.0',
      labels: ['dependencies'],
    });
    expect(host.project.requests[0]?.body).toContain(
      '| `argocd/shop` | `registry.test/acme/first` | `1.0.0` | `1.1.0` |',
    );
    expect(told(second)).toEqual([['current', 'already-proposed', 'keep']]);
    expect([second.costs.gitFetches, second.costs.gitPushes]).toEqual([0, 0]);
    expect(changes()).toHaveLength(calls);
    expect(world.logged.filter((line) => line.includes('pull request opened'))).toHaveLength(1);
    expect(world.logged.join('')).not.toContain(LOGIN.password);
  });

  test('a newer version updates it in place, and a merge leaves nothing behind', async () => {
    const { remote, host, image, run, end } = await createTown('second');
    await run();
    await pushImage(registry.url, image, '1.2.0');

    const newer = await run();

    expect(told(newer)).toEqual([['updated', 'newer-version', 'update']]);
    expect(host.project.requests).toHaveLength(1);
    expect(host.project.requests[0]?.body).toContain('`1.2.0`');
    expect(logOf(remote, BRANCH)).toHaveLength(2);

    git(remote, ['update-ref', 'refs/heads/main', `refs/heads/${BRANCH}`]);
    host.project.end(1, 'merged', 'jane');
    const merged = await run();
    const last = await run();
    await end();

    expect(told(merged)).toEqual([['current', 'up-to-date', undefined]]);
    expect(branchesOf(remote)).toEqual(['main']);
    expect([last.costs.gitFetches, last.costs.gitPushes]).toEqual([0, 0]);
    expect(host.project.requests.map(({ state }) => state)).toEqual(['merged']);
  });

  test.each([
    { merged: 'by the host', kind: 'gitea', name: 'host-squash' },
    { merged: 'by a person, with the message of the host', kind: 'github', name: 'person-squash' },
    { merged: 'by a person, with the message of the host', kind: 'gitea', name: 'tea-squash' },
  ] as const)('a squash $merged can be taken back: $kind', async ({ merged, kind, name }) => {
    const on = { kind, path: `acme/${name}` };
    const tokenFrom = { kind: 'env', variable: 'GIT_PASSWORD' } as const;
    const { remote, host, image, run, end } = await createTown(name, { on, tokenFrom, autoMerge: 'squash' });
    await run();
    const file = 'shop/values.yaml';
    const proposed = readAt(remote, BRANCH, file) ?? '';
    const message = merged === 'by the host' ? host.project.requests[0]?.squash : 'update shop (#1)';
    const sha = commitTo(remote, 'main', { [file]: proposed }, message ?? 'no message was sent');
    host.project.end(1, 'merged', 'jane', merged === 'by the host' ? undefined : sha);
    const after = await run();
    commitTo(remote, 'main', { [file]: 'image:\n  tag: 1.0.0\n' }, 'orders are lost');

    const held = await run();
    await pushImage(registry.url, image, '1.2.0');
    const newer = await run();
    await pushImage(registry.url, image, '1.3.0');
    await run();
    await end();

    expect(host.project.requests[1]?.squash).toMatch(/ from=1\.0\.0 to=1\.3\.0\n?$/);
    expect(told(after)).toEqual([['current', 'up-to-date', undefined]]);
    expect(told(held)).toEqual([['held', 'rolled-back', undefined]]);
    expect(held.images[0]?.reason).toContain('rolled back from 1.1.0 to 1.0.0 by A Human');
    expect(held.costs.gitPushes).toBe(0);
    expect(told(newer)).toEqual([['updated', 'newer-version', 'open']]);
  });

  test('closed without merging means no to this version, and not to the next one', async () => {
    const { remote, host, image, run, end } = await createTown('third');
    await run();
    host.project.end(1, 'closed', 'jane');

    const held = await run();

    expect(told(held)).toEqual([['held', 'proposal-closed', undefined]]);
    expect(held.images[0]?.reason).toBe(
      `pull request ${host.url}/acme/third/pull/1 with 1.1.0 was closed without merging by jane; another version is proposed again`,
    );
    expect(branchesOf(remote)).toEqual([BRANCH, 'main']);

    await pushImage(registry.url, image, '1.2.0');
    const next = await run();
    expect(told(next)).toEqual([['updated', 'newer-version', 'open']]);
    expect(host.project.requests.map(({ state }) => state)).toEqual(['closed', 'open']);

    host.project.end(2, 'closed', 'joe');
    host.project.reopen(1);
    await end();
  });

  test('stays as it is outside of the update windows, and none is opened there', async () => {
    const { world, remote, host, image, run, changes, end } = await createTown('waiting');
    const shop = shopOf('waiting');
    const closed = { ...shop, annotations: { ...shop.annotations, 'update-windows': 'deny * * * * * 1h' } };
    await run();
    const head = headOf(remote, BRANCH);
    const calls = changes().length;
    await pushImage(registry.url, image, '1.2.0');
    world.addApplication(closed);

    const waiting = await run({ row: { autoMerge: 'squash' } });
    host.project.end(1, 'closed', 'jane');
    const refused = await run({ row: { autoMerge: 'squash' } });
    const calledOutside = changes().length;
    const branchOutside = headOf(remote, BRANCH);
    world.addApplication(shop);
    const next = await run();
    await end();

    expect(told(waiting)).toEqual([['held', 'outside-window', undefined]]);
    expect(told(refused)).toEqual([['held', 'outside-window', undefined]]);
    expect([calledOutside, branchOutside]).toEqual([calls, head]);
    expect(told(next)).toEqual([['updated', 'newer-version', 'open']]);
    expect(host.project.requests.map(({ state }) => state)).toEqual(['closed', 'open']);
  });

  test('what the base says already is proposed no longer', async () => {
    const { remote, host, run, end } = await createTown('fourth');
    await run();
    commitTo(remote, 'main', { 'shop/values.yaml': 'image:\n  tag: 1.1.0\n' });

    await run();
    await end();

    expect(host.project.requests[0]).toMatchObject({
      state: 'closed',
      comments: ['The base branch needs none of this any more.'],
    });
    expect(branchesOf(remote)).toEqual(['main']);
  });

  test("a request that we closed is nobody's no", async () => {
    const { remote, host, run, end } = await createTown('fifth');
    await run();
    commitTo(remote, 'main', { 'shop/values.yaml': 'image:\n  tag: 1.1.0\n' });
    await run();
    commitTo(remote, 'main', { 'shop/values.yaml': 'image:\n  tag: 1.0.1\n' });

    const again = await run();
    await end();

    expect(again.images.map(({ code }) => code)).not.toContain('proposal-closed');
    expect(host.project.requests[0]?.state).toBe('closed');
  });

  test("somebody else's commit on the branch is left alone, and said", async () => {
    const { remote, host, image, run, end } = await createTown('sixth');
    await run();
    const commit = commitTo(remote, BRANCH, { 'shop/extra.yaml': 'mine\n' });

    const same = await run();
    expect(told(same)).toEqual([['current', 'already-proposed', 'keep']]);
    expect(same.images[0]?.reason).toBe(
      `pull request ${host.url}/acme/sixth/pull/1 proposes it, beside a commit by A Human in ${commit.slice(0, 7)}: left as it is`,
    );

    await pushImage(registry.url, image, '1.2.0');

    const report = await run();
    await end();

    expect(told(report)).toEqual([['failed', 'branch-foreign', undefined]]);
    expect(readAt(remote, BRANCH, 'shop/extra.yaml')).toBe('mine\n');
    expect(host.project.requests.map(({ state }) => state)).toEqual(['open']);
  });

  test('a branch for each change set: an older request is superseded, and its branch goes', async () => {
    const { remote, host, image, run, end } = await createTown('seventh', {
      annotations: { 'git-branch': 'main:upd{{range .Images}}-{{.NewTag}}{{end}}', 'pull-request': 'true' },
      enabled: false,
    });
    await run();
    await pushImage(registry.url, image, '1.2.0');

    const report = await run();
    const last = await run();
    await end();

    expect(told(report)).toEqual([['updated', 'newer-version', 'open']]);
    expect(host.project.requests.map(({ head, state, comments }) => [head, state, comments])).toEqual([
      ['upd-1.1.0', 'closed', [`Superseded by ${host.url}/acme/seventh/pull/2.`]],
      ['upd-1.2.0', 'open', []],
    ]);
    expect(branchesOf(remote)).toEqual(['main', 'upd-1.2.0']);
    expect(told(last)).toEqual([['current', 'already-proposed', 'keep']]);
  });

  test.each(OTHER_HOSTS)('on $kind too: opened, left alone, and a no is remembered', async (on) => {
    const tokenFrom = { kind: 'env', variable: 'GIT_PASSWORD' } as const;
    const { remote, host, run, end } = await createTown(on.kind, { on, tokenFrom, autoMerge: 'squash' });

    const first = await run();
    const [request] = host.project.requests;
    const before = request === undefined ? undefined : { ...request };
    const second = await run();
    host.project.end(1, 'closed', 'jane');
    const third = await run();
    await end();

    expect(told(first)).toEqual([['updated', 'newer-version', 'open']]);
    expect(before?.labels).toEqual(on.kind.startsWith('bitbucket') ? [] : ['dependencies']);
    expect(before?.autoMerge).toBe(on.kind === 'bitbucket-cloud' ? undefined : 'squash');
    expect(readAt(remote, BRANCH, 'shop/values.yaml')).toContain('tag: 1.1.0');
    expect(told(second)).toEqual([['current', 'already-proposed', 'keep']]);
    expect({ ...before, state: 'closed', endedBy: 'jane', autoMerge: undefined }).toEqual(request);
    expect(told(third)).toEqual([['held', 'proposal-closed', undefined]]);
  });

  test('who could not be asked for a review in one cycle is asked in the next', async () => {
    const tokenFrom = { kind: 'env', variable: 'GIT_PASSWORD' } as const;
    const on = { kind: 'gitlab', path: 'acme/lab' } as const;
    const reviewers = ['jane', 'nobody-of-ours'];
    const { host, run, changes, end } = await createTown('lab', { on, tokenFrom, reviewers });
    host.inject({ status: 403 }, 'GET', /\/users$/);
    const first = await run();
    const asked = [...(host.project.requests[0]?.reviewers ?? [])];
    const second = await run();
    const calls = changes().length;
    await run();
    await end();

    expect([told(first), told(second)]).toEqual([
      [['updated', 'newer-version', 'open']],
      [['current', 'already-proposed', 'keep']],
    ]);
    expect(asked).toEqual([]);
    expect(host.project.requests).toMatchObject([{ reviewers: ['jane'], labels: ['dependencies'] }]);
    expect(changes()).toHaveLength(calls);
  });

  test('a dry run says what it would do, and only reads', async () => {
    const { remote, run, changes, end } = await createTown('eighth');

    const report = await run({ dryRun: true });
    await end();

    expect(told(report)).toEqual([['update', 'newer-version', 'open']]);
    expect(changes()).toEqual([]);
    expect(branchesOf(remote)).toEqual(['main']);
  });

  test('who may not open requests pushes nothing for them, and other remotes go on', async () => {
    const { remote, run, host, end } = await createTown('ninth');
    host.inject({ status: 401, body: '{"message":"Bad credentials"}' });

    const report = await run();

    expect(told(report)).toEqual([['failed', 'host-denied', undefined]]);
    expect(branchesOf(remote)).toEqual(['main']);
    expect(told(await run())).toEqual([['updated', 'newer-version', 'open']]);
    await end();
  });

  test('a request that could not be opened is opened in the next cycle', async () => {
    const { host, run, end } = await createTown('tenth');
    await run({ dryRun: true });
    const seen = host.calls().length;
    // The list of open ones and that of ended ones are read before.
    for (const _ of Array.from({ length: seen })) host.inject({ status: 200, body: '[]' });
    host.inject({ status: 500 });

    const report = await run();
    const next = await run();
    await end();

    expect(told(report)).toEqual([['failed', 'host-failed', undefined]]);
    expect(told(next)).toEqual([['updated', 'newer-version', 'open']]);
    expect(next.costs.gitPushes).toBe(0);
  });

  test.each<readonly [string, Partial<PullRequestConfig> | undefined, Readonly<Record<string, string>>]>([
    ['off', { enabled: false }, {}],
    ['off-by-annotation', {}, { 'pull-request': 'false' }],
    ['off-beside-a-branch', { enabled: false }, { 'git-branch': 'main:updates' }],
  ])(
    'turned off (%s), the open one is closed, and what was proposed is written',
    async (name, row, annotations) => {
      const { world, remote, host, run, end } = await createTown(name);
      const { project } = host;
      await run();
      createBranch(remote, 'feature');
      project.open({ head: 'feature', base: 'main', title: 'by a person', body: 'mine' });
      world.addApplication({
        ...shopOf(name),
        annotations: { ...shopOf(name).annotations, ...annotations },
      });

      const report = await run({ row });
      const calls = host.calls().length;
      await run({ row });
      await end();

      expect(told(report)).toEqual([['updated', 'newer-version', undefined]]);
      expect(project.requests.map(({ state, comments }) => [state, comments])).toEqual([
        ['closed', ['Nothing is proposed here any more.']],
        ['open', []],
      ]);
      const beside = annotations['git-branch'] === undefined ? [] : ['updates'];
      expect(branchesOf(remote)).toEqual(['feature', 'main', ...beside]);
      expect(
        host
          .calls()
          .slice(calls)
          .filter((call) => !call.startsWith('GET ')),
      ).toEqual([]);
    },
  );

  test('what is grouped in another way is proposed anew, and the request of before is closed', async () => {
    const { host, run, end } = await createTown('regrouped');
    await run();
    const report = await run({ row: { group: 'remote' } });
    const last = await run({ row: { group: 'remote' } });
    await end();

    expect(told(report)).toEqual([['updated', 'newer-version', 'open']]);
    expect(host.project.requests.map(({ head, state }) => [head, state])).toEqual([
      [BRANCH, 'closed'],
      ['lynceus/main/all', 'open'],
    ]);
    expect(told(last)).toEqual([['current', 'already-proposed', 'keep']]);
  });

  test('an Application of another base neither closes the request nor takes the branch', async () => {
    const { world, host, remote, run, end } = await createTown('pushed', {
      annotations: { 'git-branch': 'main:updates' },
    });
    git(remote, ['branch', 'next', 'main']);
    commitTo(remote, 'next', { 'stranger/values.yaml': 'image:\n  tag: 1.1.0\n' });
    const stranger = { ...shopOf('pushed'), name: 'a-stranger', path: 'stranger', targetRevision: 'next' };
    const annotations = { ...stranger.annotations, 'git-branch': ':updates' };
    world.addApplication({ ...stranger, annotations });

    const first = await run();
    const second = await run();
    await end();

    expect(told(first)).toEqual([
      ['current', 'up-to-date', undefined],
      ['updated', 'newer-version', 'open'],
    ]);
    expect(told(second)[1]).toEqual(['current', 'already-proposed', 'keep']);
    expect(host.project.requests.map(({ head, state }) => [head, state])).toEqual([['updates', 'open']]);
    expect(headOf(remote, 'updates')).toBeDefined();
  });

  test('one file of two Applications is one request', async () => {
    const { world, host, remote, run, end } = await createTown('shared');
    const other = { ...shopOf('shared'), name: 'store' };
    world.addApplication(other);
    world.addApplication({ ...shopOf('shared'), name: 'alone', path: 'alone' });
    commitTo(remote, 'main', { 'alone/values.yaml': 'image:\n  tag: 1.0.0\n' });

    const first = await run();
    const second = await run();
    await end();

    expect(first.images.map(({ application, outcome }) => [application.name, outcome])).toEqual([
      ['alone', 'updated'],
      ['shop', 'updated'],
      ['store', 'updated'],
    ]);
    expect(host.project.requests.map(({ head, state }) => [head, state])).toEqual([
      ['lynceus/main/argocd_alone', 'open'],
      [expect.stringMatching(/^lynceus\/main\/file-shop-values/), 'open'],
    ]);
    expect(host.project.requests[1]?.body).toMatch(/argocd\/shop[^]*argocd\/store/);
    expect(told(second).map((row) => (row as readonly unknown[])[1])).toEqual(
      Array(3).fill('already-proposed'),
    );
  });

  test('labels that could not be set are set in the next cycle, and once', async () => {
    const { host, run, changes, end } = await createTown('labelled', {
      annotations: {
        'pull-request-labels': 'team-a, images',
        'pull-request-title': 'shop is at {{ .Version }}',
      },
    });
    host.inject({ status: 502 }, 'POST', /labels$/);

    const first = await run();
    const before = [...(host.project.requests[0]?.labels ?? [])];
    await run();
    const calls = changes().length;
    const third = await run();
    await end();

    expect(told(first)).toEqual([['updated', 'newer-version', 'open']]);
    expect(before).toEqual([]);
    expect(host.project.requests[0]).toMatchObject({
      labels: ['team-a', 'images'],
      title: 'shop is at 1.1.0',
    });
    expect(told(third)).toEqual([['current', 'already-proposed', 'keep']]);
    expect(changes()).toHaveLength(calls);
  });

  test('a host that asks for an hour is not asked in the next cycle of the process', async () => {
    const { world, config, host, remote, end } = await createTown('tired');
    host.limit(3_600);
    const lynceus = world.compose(config, ENV);
    const cycle = () => lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));

    const first = await cycle();
    const calls = host.calls().length;
    const second = await cycle();
    await lynceus.close();
    await end();

    expect([told(first), told(second)]).toEqual(Array(2).fill([['failed', 'host-rate-limited', undefined]]));
    expect(host.calls()).toHaveLength(calls);
    expect(branchesOf(remote)).toEqual(['main']);
  });
});
