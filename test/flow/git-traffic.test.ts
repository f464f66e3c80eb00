import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  IMPATIENT_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import {
  branchesOf,
  commitTo,
  createGitRoot,
  createRemote,
  deleteBranch,
  headOf,
  logOf,
  readAt,
} from '../helpers/git-world.ts';
import { fetchBytes } from '../helpers/fetch-bytes.ts';
import { pushImage } from '../helpers/push-image.ts';
import { startStandIn } from '../helpers/registry-stand-in.ts';

const LOGIN = { username: 'bot', password: 'another-Secret=3' };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };

function valuesOf(app: string): string {
  return `apps/${app}/values.yaml`;
}

function appNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `app-${String(index).padStart(2, '0')}`);
}

describe('git traffic', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    http = await startGitHttpServer({ root, login: LOGIN });
    for (const tag of ['1.0.0', '1.1.0', '2.0.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  function settings(changes: Partial<Config> = {}): Partial<Config> {
    return { registries: [aRegistryConfig(registry.url, 'registry.test')], ...changes };
  }

  /** A remote with one values file per Application, and the Applications. */
  function createFleet(
    name: string,
    apps: readonly string[],
    annotations: Readonly<Record<string, string>> = {},
  ): { readonly world: FlowWorld; readonly remote: string } {
    const remote = createRemote(
      root,
      name,
      Object.fromEntries(apps.map((app) => [valuesOf(app), `image:\n  tag: 1.0.0   # ${app}\n`])),
    );
    const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
    for (const app of apps) {
      world.addApplication({
        name: app,
        repoURL: `${http.url}/${name}`,
        path: `apps/${app}`,
        annotations: {
          'image-list': 'a=registry.test/acme/api:^1',
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
          ...annotations,
        },
      });
    }
    return { world, remote };
  }

  test('fifty Applications in one remote make one fetch, one listing, fifty commits and exactly one push', async () => {
    const apps = appNames(50);
    const { world, remote } = createFleet('fifty.git', apps);
    const before = { ...http.counts };

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.filter(({ outcome }) => outcome === 'updated')).toHaveLength(50);
    expect([report.costs.gitFetches, report.costs.gitPushes]).toEqual([1, 1]);
    expect(http.counts['receive-pack'] - before['receive-pack']).toBe(1);
    // One listing, then the manifest of the winner: however many Applications ask.
    expect(report.costs.registryRequests).toBeLessThanOrEqual(4);
    const log = logOf(remote, 'main');
    expect(log).toHaveLength(51);
    expect(new Set(log.map(({ sha }) => sha))).toEqual(
      new Set(report.images.map(({ commit }) => commit ?? '').concat(log.at(-1)?.sha ?? '')),
    );
    for (const app of apps)
      expect(readAt(remote, 'main', valuesOf(app))).toBe(`image:\n  tag: 1.1.0   # ${app}\n`);
  });

  test('on request one commit holds everything for a remote', async () => {
    const { world, remote } = createFleet('one-commit.git', appNames(3));

    const report = await world.run(
      settings({ writeBack: { ...aConfig('').writeBack, commitPer: 'remote' } }),
      { env: ENV },
    );
    world.remove();

    expect(report.images.map(({ outcome }) => outcome)).toEqual(['updated', 'updated', 'updated']);
    expect(logOf(remote, 'main')).toHaveLength(2);
  });

  test('a human who pushes in between loses nothing, and neither do we', async () => {
    const { world, remote } = createFleet('race.git', appNames(3));
    http.inject('receive-pack', {
      do: 'call',
      call: () => void commitTo(remote, 'main', { 'apps/other.txt': 'by a human\n' }, 'by hand'),
    });

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.map(({ outcome }) => outcome)).toEqual(['updated', 'updated', 'updated']);
    expect(readAt(remote, 'main', 'apps/other.txt')).toBe('by a human\n');
    const log = logOf(remote, 'main');
    expect(log).toHaveLength(5);
    expect(log.every(({ parents }) => parents.length <= 1)).toBe(true);
    expect(log[3]?.message).toContain('by hand');
  });

  test('a human who changes the same value in between is not overruled; the others go on', async () => {
    const { world, remote } = createFleet('same-value.git', appNames(2));
    http.inject('receive-pack', {
      do: 'call',
      call: () =>
        void commitTo(remote, 'main', { [valuesOf('app-00')]: 'image:\n  tag: 1.0.7-hotfix\n' }, 'hotfix'),
    });

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'changed-meanwhile'],
      ['updated', 'newer-version'],
    ]);
    expect(readAt(remote, 'main', valuesOf('app-00'))).toBe('image:\n  tag: 1.0.7-hotfix\n');
    expect(readAt(remote, 'main', valuesOf('app-01'))).toContain('1.1.0');
  });

  test('another branch is made from the base, and found again in the next cycle', async () => {
    const { world, remote } = createFleet('branch.git', appNames(2), { 'git-branch': 'main:image-updates' });
    const base = headOf(remote, 'main');

    const first = await world.run(settings(), { env: ENV });
    const second = await world.run(settings(), { env: ENV });
    world.remove();

    expect(first.images.map(({ outcome, branch }) => [outcome, branch])).toEqual([
      ['updated', 'image-updates'],
      ['updated', 'image-updates'],
    ]);
    expect(second.images.map(({ outcome }) => outcome)).toEqual(['current', 'current']);
    expect(second.costs.gitPushes).toBe(0);
    expect(headOf(remote, 'main')).toBe(base);
    expect(logOf(remote, 'image-updates')).toHaveLength(3);
  });

  test('a push branch goes on proposing what its registry cannot be asked for just now', async () => {
    const { world, remote } = createFleet('carry.git', ['one'], { 'git-branch': 'main:image-updates' });
    world.addApplication({
      name: 'two',
      repoURL: `${http.url}/carry.git`,
      path: 'apps/one',
      annotations: {
        'image-list': 'a=registry.test/acme/api:^1',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        'a.helm.image-tag': 'sidecar.tag',
        'git-branch': 'main:image-updates',
      },
    });
    commitTo(remote, 'main', { [valuesOf('one')]: 'image:\n  tag: 1.0.0\nsidecar:\n  tag: 1.0.0\n' });
    await world.run(settings(), { env: ENV });
    const head = headOf(remote, 'image-updates');

    const down = await world.run(
      { registries: [aRegistryConfig('http://127.0.0.1:1', 'registry.test')] },
      { env: ENV },
    );
    expect(down.images.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect(headOf(remote, 'image-updates')).toBe(head);
    commitTo(remote, 'main', { 'README.md': 'hello\n' });
    const moved = await world.run(
      { registries: [aRegistryConfig('http://127.0.0.1:1', 'registry.test')] },
      { env: ENV },
    );
    world.remove();

    expect(moved.costs.gitPushes).toBe(1);
    expect(readAt(remote, 'image-updates', valuesOf('one'))).toBe(
      'image:\n  tag: 1.1.0\nsidecar:\n  tag: 1.1.0\n',
    );
    expect(readAt(remote, 'image-updates', 'README.md')).toBe('hello\n');
  });

  test('a cycle about one Application keeps what others have on its push branch', async () => {
    const { world, remote } = createFleet('only.git', appNames(3), { 'git-branch': 'main:image-updates' });
    await world.run(settings(), { env: ENV });
    commitTo(remote, 'main', { 'README.md': 'hello\n' });

    const lynceus = world.compose(settings(), ENV);
    const only = { applications: [{ namespace: 'argocd', name: 'app-01' }], pushes: [] };
    const report = await lynceus.runCycle({ dryRun: false, only }, AbortSignal.timeout(60_000));
    await lynceus.close();
    world.remove();

    expect(report.images).toHaveLength(3);
    for (const app of appNames(3)) expect(readAt(remote, 'image-updates', valuesOf(app))).toContain('1.1.0');
  });

  test('a branch by template is pushed once, and the next cycle knows it', async () => {
    const { world, remote } = createFleet('template.git', appNames(1), {
      'git-branch': 'main:upd{{range .Images}}-{{.Name}}-{{.NewTag}}{{end}}',
    });

    const first = await world.run(settings(), { env: ENV });
    const second = await world.run(settings(), { env: ENV });
    world.remove();

    expect(first.images.map(({ outcome, branch }) => [outcome, branch])).toEqual([
      ['updated', 'upd-acme/api-1.1.0'],
    ]);
    expect(second.images.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['current', 'already-proposed'],
    ]);
    expect(second.costs.gitPushes).toBe(0);
    expect(branchesOf(remote)).toEqual(['main', 'upd-acme/api-1.1.0']);
  });

  test('two Applications with one values file write it once', async () => {
    const remote = createRemote(root, 'shared.git', { 'apps/values.yaml': 'image:\n  tag: 1.0.0\n' });
    const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
    for (const name of ['one', 'two']) {
      world.addApplication({
        name,
        repoURL: `${http.url}/shared.git`,
        path: 'apps',
        annotations: {
          'image-list': 'a=registry.test/acme/api:^1',
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
        },
      });
    }

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['updated', 'newer-version'],
      ['current', 'already-proposed'],
    ]);
    expect(logOf(remote, 'main')).toHaveLength(2);
  });

  test('two Applications that want different versions in one place are both left alone', async () => {
    const remote = createRemote(root, 'fight.git', { 'apps/values.yaml': 'image:\n  tag: 1.0.0\n' });
    const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
    for (const [name, constraint] of [
      ['one', '^1'],
      ['two', '^2'],
    ] as const) {
      world.addApplication({
        name,
        repoURL: `${http.url}/fight.git`,
        path: 'apps',
        annotations: {
          'image-list': `a=registry.test/acme/api:${constraint}`,
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
        },
      });
    }

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.map(({ code }) => code)).toEqual(['conflicting-changes', 'conflicting-changes']);
    expect(logOf(remote, 'main')).toHaveLength(1);
  });

  test('a branch that disappears between reading and pushing is not made anew', async () => {
    const { world, remote } = createFleet('gone.git', appNames(1));
    http.inject('receive-pack', { do: 'call', call: () => deleteBranch(remote, 'main') });

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'git-branch-missing'],
    ]);
    expect(branchesOf(remote)).toEqual([]);
  });

  test('a daemon that is aborted in the middle leaves the remote as it was, and the next one does the work', async () => {
    const { world, remote } = createFleet('abort.git', appNames(2));
    const before = headOf(remote, 'main');
    const abort = new AbortController();
    http.inject('refs for push', { do: 'call', call: () => abort.abort() });
    const lynceus = world.compose(settings(), ENV);

    await lynceus.runCycle({ dryRun: false }, abort.signal).catch(() => undefined);
    await lynceus.close();
    const seen = headOf(remote, 'main');
    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(seen).toBe(before);
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['updated', 'updated']);
  });

  test('one fetch serves several branches of one remote', async () => {
    const remote = createRemote(root, 'branches.git', { 'apps/a/values.yaml': 'image:\n  tag: 1.0.0\n' });
    commitTo(remote, 'main', { 'apps/b/values.yaml': 'image:\n  tag: 1.0.0\n' });
    const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
    for (const [name, targetRevision] of [
      ['a', 'main'],
      ['b', 'HEAD'],
    ] as const) {
      world.addApplication({
        name,
        repoURL: `${http.url}/branches.git`,
        path: `apps/${name}`,
        targetRevision,
        annotations: {
          'image-list': 'a=registry.test/acme/api:^1',
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
        },
      });
    }

    const report = await world.run(settings(), { env: ENV });
    world.remove();

    expect(report.images.map(({ outcome }) => outcome)).toEqual(['updated', 'updated']);
    expect(logOf(remote, 'main')).toHaveLength(4);
    expect(report.costs.gitFetches).toBe(1);
  });

  test('registries are asked while Git is still being read', async () => {
    const { world } = createFleet('side-by-side.git', appNames(1));
    let listed = (): void => undefined;
    const isListed = new Promise<void>((resolve) => (listed = resolve));
    const front = await startStandIn(async ({ target, headers }) => {
      listed();
      const { accept = '*/*' } = headers;
      const { status, body } = await fetchBytes(`${registry.url}${target}`, { headers: { accept } });
      return { status, body };
    });
    // Neither waits for the other: this answer of Git comes once the registry was asked.
    http.inject('refs for fetch', { do: 'call', call: () => isListed });

    const report = await world.run(
      { registries: [aRegistryConfig(front.url, 'registry.test')] },
      { env: ENV },
    );
    world.remove();
    await front.stop();

    expect(report.images.map(({ outcome }) => outcome)).toEqual(['updated']);
    expect(front.lines().filter((line) => line.includes('/tags/list'))).toHaveLength(1);
  });
});
