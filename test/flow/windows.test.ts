import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { TrackedTestResult } from '../../src/app/test-image.ts';
import type { ImageSelector } from '../../src/core/image-selector.ts';
import type { CycleReport, ImageResult } from '../../src/core/report.ts';
import { parseWindows } from '../../src/core/windows/parse-windows.ts';
import { APP_PROJECTS, APPLICATIONS } from '../../src/kube/kube-client.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  IMPATIENT_CLOCK,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const WORK = '0 9 * * 1-5 8h';

interface Row {
  readonly name: string;
  /** The annotation. */
  readonly windows?: string;
  readonly interval?: string;
  readonly project?: string;
  /** Namespace that is deployed to. */
  readonly to?: string;
  /** The outcome on Monday at 08:58, and why. */
  readonly early: readonly [outcome: string, code: string, reason?: RegExp];
  /** Until when, on that day. */
  readonly until?: string;
  /** The outcome at 09:00. */
  readonly late: string;
}

const UPDATED = ['updated', 'newer-version'] as const;
const OUTSIDE = ['held', 'outside-window'] as const;

const ROWS: readonly Row[] = [
  { name: 'free', early: UPDATED, late: 'current' },
  {
    name: 'work',
    windows: `allow ${WORK}`,
    early: [
      ...OUTSIDE,
      /^1\.1\.0 waits for an update window: it is outside of allow 0 9 \* \* 1-5 8h0m0s UTC, a window of the annotation update-windows; it may be written from 2026-11-30T09:00:00Z$/,
    ],
    until: '09:00',
    late: 'updated',
  },
  {
    name: 'slow',
    windows: `allow ${WORK}`,
    interval: '24h',
    early: OUTSIDE,
    until: '09:00',
    late: 'updated',
  },
  { name: 'berlin', windows: `allow ${WORK} Europe/Berlin`, early: UPDATED, late: 'current' },
  {
    name: 'new-york',
    windows: `allow ${WORK} America/New_York`,
    early: [...OUTSIDE, /from 2026-11-30T14:00:00Z \(Mon 09:00 in America\/New_York\)$/],
    until: '14:00',
    late: 'held',
  },
  {
    name: 'denied',
    windows: `allow 0 0 * * * 24h; deny 0 8 * * * 2h`,
    early: [...OUTSIDE, /the window deny 0 8 \* \* \* 2h0m0s UTC, .*, denies it now/],
    until: '10:00',
    late: 'held',
  },
  {
    name: 'configured',
    early: [...OUTSIDE, /a window of the configuration/],
    until: '09:00',
    late: 'updated',
  },
  {
    name: 'configured-looser',
    windows: 'allow 0 0 * * * 24h',
    early: [...OUTSIDE, /a window of the configuration/],
    until: '09:00',
    late: 'updated',
  },
  {
    name: 'synced',
    project: 'windows',
    to: 'shop-prod',
    early: [...OUTSIDE, /a sync window of the AppProject "windows"/],
    until: '09:00',
    late: 'updated',
  },
  { name: 'synced-elsewhere', project: 'windows', to: 'shop-dev', early: UPDATED, late: 'current' },
  {
    name: 'synced-broken',
    project: 'broken',
    early: ['held', 'gate-unavailable', /the AppProject "broken" has a sync window that cannot be read/],
    late: 'held',
  },
  {
    name: 'misspelt',
    windows: 'alow 0 9 * * 1-5 8h',
    early: ['failed', 'annotation-invalid'],
    late: 'failed',
  },
];

describe('update windows', () => {
  const { root, remove } = createGitRoot();
  let now = Date.parse('2026-11-30T08:58:00Z');
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let world: FlowWorld;
  let remote: string;
  let early: CycleReport;
  let quiet: CycleReport;
  let tried: readonly TrackedTestResult[];
  let late: CycleReport;

  beforeAll(async () => {
    [kube, registry, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
    ]);
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
    const files = ROWS.map(({ name }) => [`${name}/values.yaml`, 'image:\n  tag: 1.0.0\n'] as const);
    remote = createRemote(root, 'windows.git', Object.fromEntries(files));
    world = createFlowWorld({ ...IMPATIENT_CLOCK, now: () => now });
    putObjects();
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    // One process, so that what it remembers of images with an interval counts.
    const lynceus = world.compose({
      ...inCluster(kubeconfig),
      registries: [aRegistryConfig(registry.url, 'registry.test')],
      gates: {
        ...aConfig(world.folder).gates,
        windows: parseWindows(`allow ${WORK}`).map((window) => ({ ...window, ...FOR_CONFIGURED })),
        syncWindows: true,
      },
    });
    const run = () => lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(170_000));
    early = await run();
    tried = await Promise.all(
      ['work', 'free'].map((application) =>
        lynceus.testTracked({ application, image: 'api' }, AbortSignal.timeout(60_000)),
      ),
    );
    now += 60_000;
    quiet = await run();
    now = Date.parse('2026-11-30T09:00:00Z');
    late = await run();
    await lynceus.close();
  });

  afterAll(async () => {
    await Promise.all([kube.stop(), registry.stop(), http.stop()]);
    world.remove();
    remove();
  });

  const FOR_CONFIGURED: ImageSelector = {
    projects: [],
    namespaces: [],
    applications: ['configured*'],
    images: ['registry.test/acme/*'],
  };

  function putObjects(): void {
    for (const { name, windows, interval, project = 'default', to = 'shop' } of ROWS) {
      const manifest = applicationManifest({
        name,
        repoURL: `${http.url}/windows.git`,
        path: name,
        project,
        source: { helm: {} },
        annotations: {
          'image-list': 'api=registry.test/acme/api:1.x',
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
          ...(windows === undefined ? {} : { 'update-windows': windows }),
          ...(interval === undefined ? {} : { 'api.interval': interval }),
        },
      });
      const destination = { server: 'https://kubernetes.default.svc', namespace: to };
      kube.objects.put(APPLICATIONS, { ...manifest, spec: { ...(manifest['spec'] as object), destination } });
    }
    const broken = { kind: 'allow', schedule: '0 9 * *', duration: '8h', applications: ['*'] };
    const nobodys = { kind: 'deny', schedule: '* * * * *', duration: '1h' };
    const production = {
      kind: 'allow',
      schedule: '0 9 * * 1-5',
      duration: '8h',
      namespaces: ['*-prod'],
      manualSync: true,
    };
    for (const [name, syncWindows] of [
      ['windows', [production, nobodys]],
      ['broken', [broken]],
    ] as const)
      kube.objects.put(APP_PROJECTS, {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name, namespace: 'argocd' },
        spec: { sourceRepos: ['*'], syncWindows },
      });
  }

  function resultOf({ images }: CycleReport, name: string): ImageResult | undefined {
    return images.find(({ application }) => application.name === name);
  }

  test.each(ROWS)('$name', ({ name, early: [outcome, code, reason = /./], until, late: then }) => {
    const first = resultOf(early, name);
    expect([first?.outcome, first?.code, first?.reason]).toEqual([
      outcome,
      code,
      expect.stringMatching(reason),
    ]);
    expect(first?.heldUntil).toBe(until === undefined ? undefined : Date.parse(`2026-11-30T${until}:00Z`));
    expect(resultOf(late, name)?.outcome).toBe(then);
    const isWritten = outcome === 'updated' || then === 'updated';
    expect(readAt(remote, 'main', `${name}/values.yaml`)).toBe(
      `image:\n  tag: ${isWritten ? '1.1.0' : '1.0.0'}\n`,
    );
  });

  test('a try of one image says that it waits, and its neighbour has its version', () => {
    expect(
      tried.map(({ candidate, reason }) => [
        candidate,
        /waits for an update window|1\.1\.0 is/.exec(reason)?.[0],
      ]),
    ).toEqual([
      [undefined, 'waits for an update window'],
      ['1.1.0', '1.1.0 is'],
    ]);
  });

  test('a cycle in which all wait writes nothing, and asks for each thing once', () => {
    expect(quiet.images.filter(({ outcome }) => outcome === 'updated')).toEqual([]);
    expect(quiet.costs).toMatchObject({ gitPushes: 0 });
    expect(resultOf(quiet, 'slow')?.code).toBe('not-due');
    // One list of tags, and one look behind the best of them.
    expect(quiet.costs.registryRequests).toBe(2);
  });

  test('a daemon writes as soon as a window opens, long before its schedule and the interval of the image', async () => {
    const place = createRemote(root, 'opens.git', { 'shop/values.yaml': 'image:\n  tag: 1.0.0\n' });
    // Two seconds before the window, and there its clock stands until the first cycle is over.
    const running: { since?: number } = {};
    const passed = (): number => (running.since === undefined ? 0 : Date.now() - running.since);
    const clock = { ...REAL_CLOCK, now: () => Date.parse('2026-11-30T08:59:58Z') + passed() };
    const town = createFlowWorld(clock);
    onTestFinished(() => town.remove());
    town.addApplication({
      name: 'shop',
      repoURL: `${http.url}/opens.git`,
      path: 'shop',
      annotations: {
        'image-list': 'api=registry.test/acme/api:1.x',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        'update-windows': `allow ${WORK}`,
        interval: '24h',
      },
    });
    const config = aConfig(town.folder, {
      schedule: { kind: 'interval', every: 24 * 3_600_000 },
      registries: [aRegistryConfig(registry.url, 'registry.test')],
    });
    const lynceus = town.compose(config);
    const daemon = await startDaemon(lynceus, config, { env: {}, clock, log: town.log });
    const tagThere = () => readAt(place, 'main', 'shop/values.yaml');
    const isHeld = () => town.logged.some((line) => line.includes('waits for an update window'));

    await expect.poll(isHeld, { timeout: 50_000, interval: 20 }).toBe(true);
    expect(tagThere()).toContain('1.0.0');
    running.since = Date.now();
    await expect.poll(tagThere, { timeout: 50_000, interval: 50 }).toContain('1.1.0');
    await daemon.stop();
    await lynceus.close();
  });

  test('the log tells of the window, too', () => {
    const lines = world.logged.filter((line) => line.includes('waits for an update window'));
    expect(lines.some((line) => line.includes('it may be written from 2026-11-30T09:00:00Z'))).toBe(true);
  });
});
