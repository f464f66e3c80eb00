import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APPLICATIONS, CONFIG_MAPS, EVENTS, SECRETS, type KubeObject } from '../../src/kube/kube-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { prefixed } from '../helpers/annotations.ts';
import { createArgoCd, type ArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'bot', password: 'p4ss' };
const MINUTE = 60_000;
const NOBODY = { applications: [], pushes: [] };

/** The time of the computer, and as much more as a test says. */
function createMovedClock(): Clock & { move(milliseconds: number): void } {
  let moved = 0;
  return {
    now: () => Date.now() + moved,
    sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
    random: () => 0.5,
    move: (milliseconds) => void (moved += milliseconds),
  };
}

describe('what was written is watched', () => {
  const { root, remove } = createGitRoot();
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let world: FlowWorld;
  let remote: string;
  let clock: ReturnType<typeof createMovedClock>;
  let argo: ArgoCd;
  let processes: Lynceus[];
  let count = 0;

  beforeAll(async () => {
    [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root, login: LOGIN })]);
  });

  beforeEach(async () => {
    count += 1;
    kube = await startKubeStandIn();
    clock = createMovedClock();
    argo = createArgoCd(kube, clock);
    world = createFlowWorld(clock);
    processes = [];
    const values = {
      'shop/values.yaml': 'image:\n  tag: 1.0.0\n',
      'blog/values.yaml': 'image:\n  tag: 1.0.0\n',
    };
    remote = createRemote(root, `deploy-${count}.git`, values);
    await push('1.0.0', '1.1.0');
    kube.objects.put(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'repo',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'repo-creds' },
      },
      data: Object.fromEntries(
        Object.entries({ url: http.url, ...LOGIN }).map(([key, value]) => [
          key,
          Buffer.from(value).toString('base64'),
        ]),
      ),
    });
    for (const name of ['shop', 'blog']) {
      kube.objects.put(APPLICATIONS, application(name));
      argo.sync(name, headOf(remote, 'main') ?? '');
    }
  });

  afterEach(async () => {
    await Promise.all(processes.map((one) => one.close()));
    await kube.stop();
    world.remove();
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  /** Of the image of this test. */
  async function push(...tags: readonly string[]): Promise<void> {
    for (const tag of tags) await pushImage(registry.url, `acme/api-${count}`, tag);
  }

  function application(name: string): KubeObject {
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name,
        namespace: 'argocd',
        uid: `uid-${name}`,
        annotations: prefixed({
          'image-list': `api=registry.test/acme/api-${count}:^1`,
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
          verify: 'health',
          'on-failure': 'hold',
        }),
      },
      spec: {
        project: 'default',
        destination: { server: 'https://kubernetes.default.svc', namespace: name },
        syncPolicy: { automated: {} },
        source: {
          repoURL: `${http.url}/${remote.split('/').at(-1)}`,
          path: name,
          targetRevision: 'main',
          helm: {},
        },
      },
    };
  }

  function start(changes: Partial<Config['verification']> = {}): Lynceus {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const { verification } = aConfig('/nowhere');
    const lynceus = world.compose({
      ...inCluster(kubeconfig),
      registries: [aRegistryConfig(registry.url, 'registry.test')],
      verification: {
        ...verification,
        syncDeadline: 100_000,
        healthDeadline: 100_000,
        healthyFor: 30_000,
        ...changes,
      },
    });
    processes.push(lynceus);
    return lynceus;
  }

  async function cycle(lynceus: Lynceus): Promise<CycleReport> {
    return await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
  }

  /** A look at what was written, by which nothing is evaluated. */
  async function look(lynceus: Lynceus): Promise<readonly string[]> {
    await heard(lynceus);
    const { verifications, images, failures } = await lynceus.runCycle(
      { dryRun: false, only: NOBODY },
      AbortSignal.timeout(60_000),
    );
    expect(images).toEqual([]);
    expect(failures).toEqual([]);
    return endsOf(verifications);
  }

  /** Resolves when what was said of Applications has arrived: a wrong one came and went after it. */
  async function heard(lynceus: Lynceus): Promise<void> {
    const isWrong = async () => (await lynceus.lint(AbortSignal.timeout(60_000))).problems.length > 0;
    const { metadata, ...others } = application('wrong');
    const annotations = prefixed({ 'image-list': '=' });
    kube.objects.put(APPLICATIONS, { ...others, metadata: { ...metadata, annotations } });
    await expect.poll(isWrong, { timeout: 60_000, interval: 5 }).toBe(true);
    kube.objects.delete(APPLICATIONS, 'argocd', 'wrong');
    await expect.poll(isWrong, { timeout: 60_000, interval: 5 }).toBe(false);
  }

  function endsOf(verifications: CycleReport['verifications']): readonly string[] {
    return (verifications?.ended ?? [])
      .map(({ application: { name }, ending }) => `${name} ${ending.outcome} ${ending.check ?? ''}`.trim())
      .toSorted();
  }

  function outcomesOf({ images }: CycleReport): readonly string[] {
    return images.map(({ application: { name }, outcome, code }) => `${name} ${outcome} ${code}`);
  }

  function eventsOf(name: string): readonly string[] {
    return kube.objects
      .list(EVENTS, 'argocd')
      .filter(({ involvedObject }) => (involvedObject as { readonly name?: string }).name === name)
      .map(({ type, reason }) => `${String(type)} ${String(reason)}`);
  }

  test('one is verified and its neighbour fails: that alone is held, until a person releases it', async () => {
    const lynceus = start();
    expect(outcomesOf(await cycle(lynceus))).toEqual([
      'blog updated newer-version',
      'shop updated newer-version',
    ]);
    expect(lynceus.verification.dueAt()).toBeGreaterThan(clock.now());
    const head = headOf(remote, 'main') ?? '';
    argo.sync('shop', head);
    argo.sync('blog', head, 'Progressing');
    expect(await look(lynceus)).toEqual([]);
    argo.setHealth('blog', 'Degraded');
    clock.move(2 * MINUTE);

    expect(await look(lynceus)).toEqual(['blog failed health', 'shop verified']);
    expect(await look(lynceus)).toEqual([]);
    expect(lynceus.verification.dueAt()).toBeUndefined();
    expect(eventsOf('shop')).toContain('Normal UpdateVerified');
    expect(eventsOf('blog')).toContain('Warning VerificationFailed');

    await push('1.2.0');
    expect(outcomesOf(await cycle(lynceus))).toEqual([
      'blog held verification-failed',
      'shop updated newer-version',
    ]);
    expect(readAt(remote, 'main', 'blog/values.yaml')).toContain('1.1.0');

    await lynceus.override(
      {
        kind: 'release',
        reason: '',
        by: 'Ada',
        application: 'blog',
        image: 'api',
        version: undefined,
        hold: false,
        force: false,
      },
      { dryRun: false },
      AbortSignal.timeout(60_000),
    );
    expect(outcomesOf(await cycle(lynceus))).toEqual([
      'blog updated newer-version',
      'shop current up-to-date',
    ]);
  });

  test('a process that starts in between finds what was written, and asks for each end once', async () => {
    await cycle(start());
    const head = headOf(remote, 'main') ?? '';
    argo.sync('shop', head);
    clock.move(MINUTE);
    const second = start();
    const report = await cycle(second);
    expect(outcomesOf(report)).toEqual(['blog current up-to-date', 'shop current up-to-date']);
    expect(endsOf(report.verifications)).toEqual(['shop verified']);
    expect(endsOf((await cycle(second)).verifications)).toEqual([]);
    clock.move(MINUTE);
    expect(await look(second)).toEqual(['blog failed sync']);
  });

  test.each([
    ['the Application is deleted', () => kube.objects.delete(APPLICATIONS, 'argocd', 'blog')],
    [
      'nothing asks for it any more',
      () => {
        const { metadata, ...others } = application('blog');
        const {
          'argocd-image-updater.argoproj.io/verify': _verify,
          'argocd-image-updater.argoproj.io/on-failure': _action,
          ...annotations
        } = metadata?.annotations ?? {};
        kube.objects.put(APPLICATIONS, { ...others, metadata: { ...metadata, annotations } });
      },
    ],
  ])('%s: the verification ends, and that of its neighbour goes on', async (_, change) => {
    const lynceus = start();
    await cycle(lynceus);
    argo.sync('shop', headOf(remote, 'main') ?? '');
    change();
    clock.move(2 * MINUTE);
    expect(await look(lynceus)).toEqual(['shop verified']);
    expect(lynceus.verification.dueAt()).toBeUndefined();
  });

  test('a newer write takes the place of the older one', async () => {
    const lynceus = start();
    await cycle(lynceus);
    await push('1.2.0');
    expect(outcomesOf(await cycle(lynceus))).toEqual([
      'blog updated newer-version',
      'shop updated newer-version',
    ]);
    const head = headOf(remote, 'main') ?? '';
    for (const name of ['shop', 'blog']) argo.sync(name, head);
    clock.move(2 * MINUTE);
    expect(await look(lynceus)).toEqual(['blog verified', 'shop verified']);
    expect(await look(lynceus)).toEqual([]);
  });

  test('two replicas in turn: the second goes on where the first was, and knows how writes ended', async () => {
    const first = start();
    await cycle(first);
    const head = headOf(remote, 'main') ?? '';
    argo.sync('shop', head);
    argo.sync('blog', head, 'Progressing');
    clock.move(MINUTE);
    expect(await look(first)).toEqual(['shop verified']);
    expect(kube.objects.get(CONFIG_MAPS, 'argocd', 'argocd-image-updater-verifications')?.['data']).toEqual({
      results: expect.stringContaining('"outcome":"verified"') as string,
    });

    const second = start();
    second.verification.takesLead();
    argo.setHealth('blog', 'Degraded');
    expect(endsOf((await cycle(second)).verifications)).toEqual(['blog failed health']);

    first.verification.takesLead();
    await push('1.2.0');
    expect(outcomesOf(await cycle(first))).toEqual([
      'blog held verification-failed',
      'shop updated newer-version',
    ]);
  });

  test('without the right to keep results they are in memory, and everything else goes on', async () => {
    kube.setRules([
      {
        apiGroups: ['*'],
        resources: [
          'applications',
          'appprojects',
          'imageupdaters',
          'imageupdaters/status',
          'events',
          'secrets',
          'leases',
        ],
        verbs: ['*'],
      },
    ]);
    const lynceus = start();
    await cycle(lynceus);
    const head = headOf(remote, 'main') ?? '';
    for (const name of ['shop', 'blog']) argo.sync(name, head);
    clock.move(MINUTE);
    expect(await look(lynceus)).toEqual(['blog verified', 'shop verified']);
    expect(endsOf((await cycle(lynceus)).verifications)).toEqual([]);
    expect(world.logged.filter((line) => line.includes('in memory only'))).toHaveLength(1);
  });
});
