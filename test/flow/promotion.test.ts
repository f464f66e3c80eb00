import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APPLICATIONS, type KubeObject } from '../../src/kube/kube-client.ts';
import { prefixed } from '../helpers/annotations.ts';
import { createArgoCd, type ArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, inCluster, type FlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { commitTo, createGitRoot, createRemote, headOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.ts';

const LOGIN = { username: 'bot', password: 'another-Secret=9' };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('versions go from one Application to the next', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let kube: KubeStandIn;
  let world: FlowWorld;
  let clock: VirtualClock;
  let argo: ArgoCd;
  let count = 0;

  beforeAll(async () => {
    [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root, login: LOGIN })]);
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  beforeEach(async () => {
    kube = await startKubeStandIn();
    // Git dates commits by the real time.
    clock = createVirtualClock(Date.now());
    world = createFlowWorld(clock);
    argo = createArgoCd(kube, clock);
    count += 1;
  });

  afterEach(async () => {
    await kube.stop();
    world.remove();
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  /** A remote with a folder for each Application, all of which have the same version. */
  function deploy(names: readonly string[], part = 'deploy'): string {
    const files = new Map(names.map((name) => [`${name}/values.yaml`, 'image:\n  tag: 1.0.0\n']));
    return createRemote(root, `${part}-${count}.git`, Object.fromEntries(files));
  }

  function add(
    name: string,
    annotations: Readonly<Record<string, string>> = {},
    {
      part = 'deploy',
      image = 'registry.test/acme/api',
    }: { readonly part?: string; readonly image?: string } = {},
  ): void {
    const all = {
      'image-list': `api=${image}:^1`,
      'write-back-method': 'git',
      'write-back-target': 'helmvalues:values.yaml',
      ...annotations,
    };
    kube.objects.put(APPLICATIONS, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd', annotations: prefixed(all) },
      spec: {
        project: 'default',
        destination: { server: 'https://kubernetes.default.svc', namespace: name },
        source: { repoURL: `${http.url}/${part}-${count}.git`, path: name, targetRevision: 'main', helm: {} },
        syncPolicy: { automated: {} },
      },
    } as KubeObject);
  }

  async function cycle(changes: Partial<Config> = {}): Promise<readonly string[]> {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const config = { ...inCluster(kubeconfig), registries: [aRegistryConfig(registry.url, 'registry.test')] };
    return endings(await world.run({ ...config, ...changes }, { env: ENV }));
  }

  function endings(report: CycleReport): readonly string[] {
    expect(report.failures).toEqual([]);
    return report.images.map(
      ({ application, outcome, code, candidate }) =>
        `${application.name}: ${outcome} ${code} ${candidate?.tag ?? '-'}`,
    );
  }

  function reasonsOf(report: CycleReport): readonly string[] {
    return report.images.map(({ reason }) => reason);
  }

  function tagsIn(remote: string, names: readonly string[]): readonly string[] {
    return names.map(
      (name) => /tag: (\S+)/.exec(readAt(remote, 'main', `${name}/values.yaml`) ?? '')?.[1] ?? '',
    );
  }

  function syncAll(remote: string, names: readonly string[]): void {
    for (const name of names) argo.sync(name, headOf(remote, 'main') ?? '');
  }

  const CHAIN = ['dev', 'load', 'prod', 'staging'];
  const WAITING = 'held promotion-waiting 1.1.0';

  function chain(): string {
    const remote = deploy([...CHAIN, 'other']);
    add('dev');
    add('load');
    add('other');
    add('staging', { 'api.promote-from': 'argocd/dev, argocd/load', 'api.promote-after': '2h' });
    add('prod', { 'promote-from': 'argocd/staging' });
    syncAll(remote, [...CHAIN, 'other']);
    return remote;
  }

  test('dev and load, then staging, then production; nobody else waits', async () => {
    const remote = chain();
    clock.advance(HOUR);
    expect(await cycle()).toEqual([
      'dev: updated newer-version 1.1.0',
      'load: updated newer-version 1.1.0',
      'other: updated newer-version 1.1.0',
      'prod: current up-to-date 1.0.0',
      'staging: current up-to-date 1.0.0',
    ]);
    expect((await cycle()).slice(3)).toEqual(['prod: current up-to-date 1.0.0', `staging: ${WAITING}`]);
    syncAll(remote, ['dev', 'load']);
    clock.advance(HOUR);
    argo.setHealth('load', 'Degraded');
    expect(await cycle()).toContain(`staging: ${WAITING}`);
    argo.setHealth('load', 'Healthy');
    clock.advance(HOUR + MINUTE);
    // It was interrupted in one of the two.
    expect(await cycle()).toContain(`staging: ${WAITING}`);
    clock.advance(HOUR);
    expect(await cycle()).toEqual([
      'dev: current up-to-date 1.1.0',
      'load: current up-to-date 1.1.0',
      'other: current up-to-date 1.1.0',
      'prod: current up-to-date 1.0.0',
      'staging: updated newer-version 1.1.0',
    ]);
    expect(await cycle()).toContain(`prod: ${WAITING}`);
    syncAll(remote, ['staging']);
    expect(await cycle()).toContain('prod: updated newer-version 1.1.0');
    expect(tagsIn(remote, CHAIN)).toEqual(['1.1.0', '1.1.0', '1.1.0', '1.1.0']);
    const head = headOf(remote, 'main');
    expect(new Set((await cycle()).map((ending) => ending.replace(/^\w+: /, '')))).toEqual(
      new Set(['current up-to-date 1.1.0']),
    );
    expect(headOf(remote, 'main')).toBe(head);
  });

  test('what a person rolled back is not promoted, and who has it is told and not touched', async () => {
    const remote = deploy(['dev', 'prod', 'staging']);
    add('dev');
    add('staging', { 'promote-from': 'dev' });
    add('prod', { 'promote-from': 'staging' });
    syncAll(remote, ['dev', 'staging', 'prod']);
    await cycle();
    syncAll(remote, ['dev']);
    expect(await cycle()).toContain('staging: updated newer-version 1.1.0');
    commitTo(remote, 'main', { 'dev/values.yaml': 'image:\n  tag: 1.0.0\n' });
    syncAll(remote, ['staging']);
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const report = await world.run(
      { ...inCluster(kubeconfig), registries: [aRegistryConfig(registry.url, 'registry.test')] },
      { env: ENV },
    );
    expect(endings(report)).toEqual([
      'dev: held rolled-back 1.1.0',
      'prod: updated newer-version 1.1.0',
      'staging: held promotion-waiting 1.1.0',
    ]);
    expect(reasonsOf(report)[2]).toBe('1.1.0 is not promoted: somebody rolled it back in argocd/dev/api');
    expect(report.images[2]?.warnings?.map(({ code }) => code)).toEqual(['rolled-back-upstream']);
    expect(report.images[0]?.warnings).toBeUndefined();
    expect(tagsIn(remote, ['dev', 'staging'])).toEqual(['1.0.0', '1.1.0']);
  });

  test('an upstream that cannot be read holds what is promoted from it, and nobody else', async () => {
    const remote = deploy(['staging', 'near', 'other', 'prod']);
    deploy(['dev'], 'gone');
    add('dev', {}, { part: 'gone' });
    add('near');
    add('other');
    add('staging', { 'promote-from': 'argocd/dev' });
    add('prod', { 'promote-from': 'argocd/near', 'promote-when': 'written' });
    removeFolder(join(root, `gone-${count}.git`));
    const found = await cycle();
    expect(found).toEqual([
      expect.stringMatching(/^dev: failed git-/),
      'near: updated newer-version 1.1.0',
      'other: updated newer-version 1.1.0',
      'prod: current up-to-date 1.0.0',
      'staging: held gate-unavailable -',
    ]);
    expect(await cycle()).toContain('prod: updated newer-version 1.1.0');
    expect(tagsIn(remote, ['near', 'prod', 'staging'])).toEqual(['1.1.0', '1.1.0', '1.0.0']);
  });

  test('a wrong name is a problem of its image alone, with approval by command nothing is written', async () => {
    const remote = deploy(['dev', 'asked', 'ring', 'wrong']);
    add('dev');
    add('asked', { 'promote-from': 'argocd/dev', 'promote-when': 'written', 'promote-approval': 'command' });
    add('ring', { 'promote-from': 'argocd/ring' });
    add('wrong', { 'promote-from': 'argocd/dve' });
    await cycle();
    expect(await cycle()).toEqual([
      'asked: held awaiting-approval 1.1.0',
      'dev: current up-to-date 1.1.0',
      'ring: failed annotation-invalid -',
      'wrong: failed annotation-invalid -',
    ]);
    expect(tagsIn(remote, ['asked', 'dev', 'ring', 'wrong'])).toEqual(['1.0.0', '1.1.0', '1.0.0', '1.0.0']);
  });
});
