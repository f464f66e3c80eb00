import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lynceus, PromoteRequest } from '../../src/app/compose.ts';
import { pipelineToJson, renderPipeline } from '../../src/cli/render/pipeline.ts';
import { PLAIN } from '../../src/cli/render/style.ts';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { APPLICATIONS, type KubeObject } from '../../src/kube/kube-client.ts';
import { prefixed } from '../helpers/annotations.ts';
import { createArgoCd, type ArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { commitTo, createGitRoot, createRemote, headOf, logOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';
import { removeFolder } from '../helpers/remove-folder.ts';

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
  let clock: Clock & { advance(milliseconds: number): void };
  let argo: ArgoCd;
  let count = 0;

  beforeAll(async () => {
    [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root, login: LOGIN })]);
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  beforeEach(async () => {
    kube = await startKubeStandIn();
    // Git dates commits by the real time, and waits take as long as they take.
    let shift = 0;
    clock = {
      ...REAL_CLOCK,
      now: () => Date.now() + shift,
      advance: (milliseconds) => void (shift += milliseconds),
    };
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

  async function withLynceus<T>(work: (lynceus: Lynceus) => Promise<T>): Promise<T> {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const config = { ...inCluster(kubeconfig), registries: [aRegistryConfig(registry.url, 'registry.test')] };
    const lynceus = world.compose(config, ENV);
    try {
      return await work(lynceus);
    } finally {
      await lynceus.close();
    }
  }

  /** `ls-remote` and `log` for each time that git was asked for them meanwhile. */
  async function gitCommandsOf(work: () => Promise<CycleReport>) {
    const commands: string[] = [];
    function onProcess(message: unknown): void {
      const { process: child } = message as { readonly process: ChildProcess };
      child.once('spawn', () => {
        commands.push(...['ls-remote', 'log'].filter((command) => child.spawnargs.includes(command)));
      });
    }
    subscribe('child_process', onProcess);
    const report = await work();
    unsubscribe('child_process', onProcess);
    return { commands, report };
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

  test('the history of an upstream is read once for each of its commits', async () => {
    const remote = deploy(['dev', 'prod', 'waits']);
    const other = deploy(['other'], 'elsewhere');
    add('dev');
    add('other', {}, { part: 'elsewhere' });
    add('prod', { 'promote-from': 'argocd/dev' });
    add('waits', { 'promote-from': 'argocd/dev', 'promote-after': '2h' });
    await withLynceus(async (lynceus) => {
      const run = () => lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
      /** The number of readings, what became of `prod`, and why `waits` waits. */
      const cycleOf = async () => {
        const { commands, report } = await gitCommandsOf(run);
        expect(commands).toContain('ls-remote');
        const readings = commands.filter((command) => command === 'log').length;
        return [readings, endings(report)[2], reasonsOf(report)[3]?.replace(/ since .*/, '')];
      };
      await run();
      expect((await cycleOf())[0]).toBeGreaterThan(0);
      const written =
        '1.1.0 is not promoted: in argocd/dev/api it is written, not synced yet, and it must be healthy for 2h0m0s';
      expect(await cycleOf()).toEqual([0, 'prod: held promotion-waiting 1.1.0', written]);
      // What Argo CD deployed is looked at all the same.
      syncAll(remote, ['dev', 'prod', 'waits']);
      const healthy = '1.1.0 is not promoted: in argocd/dev/api it is healthy';
      const promoted = [0, 'prod: current up-to-date 1.1.0', healthy];
      await expect.poll(cycleOf, { timeout: 30_000 }).toEqual(promoted);
      commitTo(other, 'main', { 'README.md': 'of no concern\n' });
      expect(await cycleOf()).toEqual(promoted);
      commitTo(remote, 'main', { 'dev/values.yaml': 'image:\n  tag: 1.0.0\n' });
      const [readings, , reason] = await cycleOf();
      expect(readings).toBeGreaterThan(0);
      expect(reason).toBe('1.1.0 is not promoted: somebody rolled it back in argocd/dev/api');
    });
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

  test('a person promotes what is good enough, and is refused what is not', async () => {
    const remote = deploy(['dev', 'prod', 'alone']);
    add('dev');
    add('alone');
    add('prod', { 'promote-from': 'dev', 'promote-after': '2h', 'promote-approval': 'command' });
    syncAll(remote, ['dev', 'prod', 'alone']);
    clock.advance(3 * HOUR);
    await cycle();
    syncAll(remote, ['dev']);
    clock.advance(HOUR);
    const promote = (changes: Partial<PromoteRequest> = {}, dryRun = false) =>
      withLynceus(async (lynceus) => {
        const request = {
          application: 'prod',
          image: undefined,
          version: undefined,
          force: false,
          reason: 'release 42',
          by: 'ada',
          ...changes,
        };
        return (await lynceus.promote(request, { dryRun }, AbortSignal.timeout(60_000))).images;
      });
    await expect(promote({ version: '1.1.0' })).rejects.toThrow(
      /1\.1\.0 may not be promoted: in argocd\/dev\/api it is healthy since .*, and it must be healthy for 2h0m0s/,
    );
    await expect(promote({ version: '9.9.9' })).rejects.toThrow(
      '"9.9.9" is no version that argocd/dev/api had',
    );
    await expect(promote({ application: 'alone' })).rejects.toThrow(
      'no image of alone is promoted from another Application',
    );
    expect(await promote()).toEqual([
      expect.objectContaining({ outcome: 'failed', code: 'promotion-waiting' }),
    ]);
    clock.advance(HOUR);
    expect(await cycle()).toContain('prod: held awaiting-approval 1.1.0');
    expect(await promote({}, true)).toEqual([
      expect.objectContaining({ outcome: 'update', from: '1.0.0', to: '1.1.0' }),
    ]);
    expect(tagsIn(remote, ['prod'])).toEqual(['1.0.0']);
    expect(await promote({ image: 'api', version: '1.1.0' })).toEqual([
      expect.objectContaining({ outcome: 'updated', from: '1.0.0', to: '1.1.0', branch: 'main' }),
    ]);
    expect(tagsIn(remote, ['alone', 'dev', 'prod'])).toEqual(['1.1.0', '1.1.0', '1.1.0']);
    const [commit] = logOf(remote, 'main');
    expect(commit?.message).toMatch(
      /^build: promote api to 1\.1\.0 of prod\n\nrelease 42\n\nRequested by ada\.\n\nLynceus-Promote: app=prod .* from=1\.0\.0 to=1\.1\.0 by=ada\n/,
    );
    expect(await promote()).toEqual([expect.objectContaining({ outcome: 'current' })]);
    expect(await cycle()).toContain('prod: current up-to-date 1.1.0');
  });

  test('a pipeline is drawn from upstream to downstream', async () => {
    const remote = chain();
    clock.advance(HOUR);
    await cycle();
    syncAll(remote, ['dev']);
    add('wrong', { 'promote-from': 'argocd/dve' });
    const found = await withLynceus((lynceus) => lynceus.pipeline(undefined, AbortSignal.timeout(60_000)));
    const drawn = renderPipeline(found, PLAIN).replaceAll(/20\d\d-\S+Z/g, 'T');
    expect(drawn).toBe(
      [
        'argocd/dev/api  1.1.0  healthy since T',
        '└─ argocd/staging/api  1.0.0  healthy since T',
        '   │ also from argocd/load/api',
        '   │ held: 1.1.0 is not promoted: in argocd/dev/api it is healthy since T, and it must be healthy for 2h0m0s, which is so at T',
        '   └─ argocd/prod/api  1.0.0  healthy since T',
        '',
        'argocd/load/api  1.1.0  written since T',
        '',
        '✗ failed  argocd/wrong promote-from: there is no Application "argocd/dve" of which an image is kept up to date (did you mean argocd/dev?)',
      ].join('\n'),
    );
    const narrow = renderPipeline(found, PLAIN, 40).split('\n');
    expect(Math.max(...narrow.map((each) => each.length))).toBeLessThanOrEqual(40);
    const { images } = pipelineToJson(found);
    expect(images.map(({ id, outcome, stage }) => `${id} ${outcome} ${stage}`)).toEqual([
      'argocd/dev/api current healthy',
      'argocd/load/api current written',
      'argocd/staging/api held healthy',
      'argocd/prod/api current healthy',
    ]);
    const one = await withLynceus((lynceus) => lynceus.pipeline('prod', AbortSignal.timeout(60_000)));
    expect(one.images).toHaveLength(4);
    expect(one.problems).toEqual([]);
    expect(
      (await withLynceus((lynceus) => lynceus.pipeline('other', AbortSignal.timeout(60_000)))).images,
    ).toEqual([]);
    await expect(
      withLynceus((lynceus) => lynceus.pipeline('othr', AbortSignal.timeout(60_000))),
    ).rejects.toThrow('there is no Application "othr"');
  });

  test('a mirror waits for the push, and by digest for the same image', async () => {
    const remote = deploy(['dev', 'prod', 'plain']);
    add('dev');
    const mirror = { image: 'registry.test/mirror/api' };
    const promoted = { 'promote-from': 'dev', 'promote-when': 'written' };
    add('prod', { ...promoted, 'promote-by': 'digest' }, mirror);
    add('plain', promoted, mirror);
    await pushImage(registry.url, 'mirror/api', '1.0.0');
    await cycle();
    expect((await cycle()).slice(1)).toEqual([`plain: ${WAITING}`, `prod: ${WAITING}`]);
    await pushImage(registry.url, 'mirror/api', '1.1.0', { created: '2020-01-01T00:00:00Z' });
    expect((await cycle()).slice(1)).toEqual(['plain: updated newer-version 1.1.0', `prod: ${WAITING}`]);
    const { digest } = await pushImage(registry.url, 'mirror/api', '1.1.0');
    expect((await cycle()).slice(1)).toEqual([
      'plain: current up-to-date 1.1.0',
      'prod: updated newer-version 1.1.0',
    ]);
    expect(tagsIn(remote, ['plain', 'prod'])).toEqual(['1.1.0', `1.1.0@${digest}`]);
    expect((await cycle()).slice(1)).toEqual([
      'plain: current up-to-date 1.1.0',
      'prod: current up-to-date 1.1.0',
    ]);
  });

  test('a version counts with its time of health when another one has taken its place, also after a restart', async () => {
    const remote = deploy(['dev', 'prod']);
    add('dev');
    add('prod', { 'promote-from': 'dev', 'promote-after': '2h', hold: 'for now' });
    syncAll(remote, ['dev', 'prod']);
    await cycle();
    syncAll(remote, ['dev']);
    for (const time of [HOUR, 2 * HOUR]) {
      clock.advance(time);
      await cycle();
    }
    commitTo(remote, 'main', { 'dev/values.yaml': 'image:\n  tag: 1.2.0\n' });
    syncAll(remote, ['dev']);
    clock.advance(MINUTE);
    add('prod', { 'promote-from': 'dev', 'promote-after': '2h' });
    expect(await cycle()).toContain('prod: updated newer-version 1.1.0');
  });
});
