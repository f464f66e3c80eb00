import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APPLICATIONS, EVENTS, IMAGE_UPDATERS, type KubeObject } from '../../src/kube/kube-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { updaterManifest } from '../argocd/an-updater.ts';
import { prefixed } from '../helpers/annotations.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const CRD = 'argocd-image-updater.argoproj.io/imageupdaters';
const PATIENCE = { timeout: 30_000, interval: 20 };

/** A resource that is not there is looked for every half minute: here at once. */
const CLOCK: Clock = {
  ...REAL_CLOCK,
  sleep: (milliseconds, signal) => REAL_CLOCK.sleep(milliseconds === 30_000 ? 20 : milliseconds, signal),
};

const { root, remove } = createGitRoot();
const NAMES = ['shop', 'blog', 'annotated'];
let kube: KubeStandIn;
let registry: DockerRegistry;
let http: GitHttpServer;
let world: FlowWorld;
let lynceus: Lynceus;
let remote: string;

beforeAll(async () => {
  [kube, registry, http] = await Promise.all([
    startKubeStandIn({ missing: [CRD] }),
    startDockerRegistry(),
    startGitHttpServer({ root }),
  ]);
  world = createFlowWorld(CLOCK);
  const files = NAMES.map((name) => [`${name}/values.yaml`, 'image:\n  tag: 1.0.0\n'] as const);
  remote = createRemote(root, 'statuses.git', Object.fromEntries(files));
  for (const tag of ['1.0.0', '1.1.0', '2.0.0']) await pushImage(registry.url, 'acme/api', tag);
  for (const name of NAMES) {
    const annotations = {
      'image-list': 'api=registry.test/acme/api:1.x',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
    };
    kube.objects.put(APPLICATIONS, {
      metadata: { name, namespace: 'argocd', annotations: name === 'annotated' ? prefixed(annotations) : {} },
      spec: { source: { repoURL: `${http.url}/statuses.git`, path: name, targetRevision: 'main', helm: {} } },
    });
  }
  const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
  lynceus = world.compose({
    ...inCluster(kubeconfig),
    registries: [aRegistryConfig(registry.url, 'registry.test')],
  });
});

afterAll(async () => {
  await lynceus.close();
  await Promise.all([kube.stop(), registry.stop(), http.stop()]);
  world.remove();
  remove();
});

const EVERY = { apiGroups: ['*'], verbs: ['*'] };

function spec(namePattern: string, more: readonly object[] = [], constraint = '1.x') {
  return {
    writeBackConfig: { method: 'git', gitConfig: { writeBackTarget: 'helmvalues' } },
    applicationRefs: [
      { namePattern, images: [{ alias: 'api', imageName: `registry.test/acme/api:${constraint}` }, ...more] },
    ],
  };
}

function put(name: string, fields: object): void {
  const before = kube.objects.get(IMAGE_UPDATERS, 'argocd', name);
  kube.objects.put(IMAGE_UPDATERS, { ...before, ...(updaterManifest(fields, { name }) as KubeObject) });
}

/** The first cycle that knows these resources, in this generation. */
async function cycleThatKnows(...wanted: readonly string[]): Promise<CycleReport> {
  return await vi.waitFor(async () => {
    const report = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
    const known = (report.updaters ?? []).map(({ name, generation }) => `${name} ${generation}`);
    expect(known.toSorted()).toEqual(wanted);
    return report;
  }, PATIENCE);
}

function statusOf(name: string): unknown {
  return kube.objects.get(IMAGE_UPDATERS, 'argocd', name)?.['status'];
}

function statusWrites(): number {
  return kube.requests.filter(({ subresource }) => subresource === 'status').length;
}

function conditions(ready: string, error: string) {
  return expect.arrayContaining([
    expect.objectContaining({ type: 'Ready', reason: ready }),
    expect.objectContaining({ type: 'Error', reason: error }),
    expect.objectContaining({ type: 'Reconciling', reason: 'Idle' }),
  ]) as unknown;
}

function outcomes({ images }: CycleReport): readonly string[] {
  return images.map(({ application, outcome, code }) => `${application.name} ${outcome} ${code}`);
}

/** How many warnings have this in them. */
function logged(part: string): number {
  return world.logged.filter((line) => line.includes(part) && line.includes('"level":"warning"')).length;
}

test('resources that come, change, clash and go, with their definition or without', async () => {
  // Without the definition annotations count, and its absence is no failure.
  const first = await cycleThatKnows();
  expect(outcomes(first)).toEqual(['annotated updated newer-version']);
  expect(first.failures).toEqual([]);

  // It comes later, and with it a good resource and a bad one.
  put('images', spec('shop'));
  put('bad', spec('['));
  kube.setMissing([]);
  const second = await cycleThatKnows('bad 1', 'images 1');
  expect(second.leftOut).toBe(1);
  expect(readAt(remote, 'main', 'shop/values.yaml')).toContain('1.1.0');
  expect(statusOf('images')).toMatchObject({
    observedGeneration: 1,
    applicationsMatched: 1,
    imagesManaged: 1,
    recentUpdates: [
      {
        alias: 'api',
        image: 'registry.test/acme/api',
        newVersion: '1.1.0',
        message: 'Updated from 1.0.0 to 1.1.0.',
      },
    ],
    conditions: conditions('ReconcileSucceeded', 'NoErrors'),
  });
  expect(statusOf('bad')).toMatchObject({
    applicationsMatched: 0,
    conditions: conditions('ReconcileFailed', 'ReconcileError'),
  });

  // Quiet cycles write nothing, and one bad resource is one Event and one line.
  await cycleThatKnows('bad 1', 'images 1');
  const writes = statusWrites();
  await cycleThatKnows('bad 1', 'images 1');
  expect(statusWrites()).toBe(writes);
  const ofBad = kube.objects
    .list(EVENTS, 'argocd')
    .filter(({ involvedObject }) => (involvedObject as { kind: string }).kind === 'ImageUpdater');
  expect(ofBad.map((event) => [event['reason'], event['involvedObject']])).toEqual([
    ['ImageUpdateFailed', expect.objectContaining({ name: 'bad', namespace: 'argocd' })],
  ]);
  expect(logged('"code":"updater-invalid"')).toBe(1);

  // A change is seen, and what does not move is named.
  put('images', spec('[sb]*', [{ alias: 'gone', imageName: 'registry.test/acme/gone' }]));
  const changed = await cycleThatKnows('bad 1', 'images 2');
  expect(outcomes(changed)).toContain('blog updated newer-version');
  expect(statusOf('images')).toMatchObject({
    observedGeneration: 2,
    applicationsMatched: 2,
    imagesManaged: 4,
    imagesNotUpdatedTotal: 2,
    imagesNotUpdated: [
      { application: 'argocd/blog', alias: 'gone', outcome: 'failed', code: 'registry-not-found' },
      { application: 'argocd/shop', alias: 'gone', outcome: 'failed', code: 'registry-not-found' },
    ],
    conditions: conditions('ReconcileCompletedWithErrors', 'PartialErrors'),
  });

  // A cycle for one Application leaves what is said of the other.
  const before = statusOf('images');
  const only = [{ namespace: 'argocd', name: 'shop' }];
  await lynceus.runCycle(
    { dryRun: false, only: { applications: only, pushes: [] } },
    AbortSignal.timeout(60_000),
  );
  const { lastCheckedAt: _checked, conditions: _conditions, ...kept } = before as Record<string, unknown>;
  expect(statusOf('images')).toMatchObject(kept);

  // Two owners of one image: both say so, and the neighbour goes on.
  put('images', spec('[sb]*', [], '*'));
  put('other', spec('shop', [], '*'));
  const clashing = await cycleThatKnows('bad 1', 'images 3', 'other 1');
  expect(outcomes(clashing)).toEqual([
    'blog updated newer-version',
    'shop failed several-owners',
    'shop failed several-owners',
  ]);
  for (const name of ['images', 'other'])
    expect(statusOf(name)).toMatchObject({
      imagesNotUpdated: [{ application: 'argocd/shop', code: 'several-owners' }],
    });

  // Without the right to write statuses everything else goes on, with one warning.
  const resources = ['applications', 'appprojects', 'imageupdaters', 'secrets', 'events'];
  kube.setRules([{ ...EVERY, resources }]);
  kube.objects.delete(IMAGE_UPDATERS, 'argocd', 'other');
  const denied = await cycleThatKnows('bad 1', 'images 3');
  expect(outcomes(denied)).toEqual(['blog current up-to-date', 'shop updated newer-version']);
  await cycleThatKnows('bad 1', 'images 3');
  expect(logged('cannot write the status of ImageUpdaters')).toBe(1);
  kube.setRules(undefined);
  await cycleThatKnows('bad 1', 'images 3');
  expect(statusOf('images')).toMatchObject({ conditions: conditions('ReconcileSucceeded', 'NoErrors') });
  expect(statusOf('images')).not.toHaveProperty('imagesNotUpdated');

  // Once they and their definition are gone, annotations count again.
  for (const name of ['images', 'bad']) kube.objects.delete(IMAGE_UPDATERS, 'argocd', name);
  kube.setMissing([CRD]);
  kube.watches.end();
  const last = await cycleThatKnows();
  expect(outcomes(last)).toEqual(['annotated current up-to-date']);
  expect(last.failures).toEqual([]);
});
