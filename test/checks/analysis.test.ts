import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalysisQuestion } from '../../src/core/verification/check-spec.ts';
import { createKubeClient } from '../../src/kube/create-kube-client.ts';
import { ANALYSIS_RUNS, ROLLOUTS, type KubeClient } from '../../src/kube/kube-client.ts';
import type { CheckSubject } from '../../src/ports/checks.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { aCheck, aSubject, NEVER, NOON, theChecks } from './a-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-analysis-'));
let standIn: KubeStandIn;
let kube: KubeClient;

beforeAll(async () => {
  standIn = await startKubeStandIn();
  const kubeconfig = standIn.kubeconfig(join(folder, 'kubeconfig'));
  kube = await createKubeClient({
    kubeconfig,
    env: {},
    clock: createVirtualClock(NOON),
    userAgent: 'lynceus/test',
  });
});

afterAll(async () => {
  kube.close();
  await standIn.stop();
  removeFolder(folder);
});

beforeEach(() => {
  standIn.setRules(undefined);
  for (const resource of [ROLLOUTS, ANALYSIS_RUNS])
    for (const { metadata } of standIn.objects.list(resource))
      standIn.objects.delete(resource, metadata?.namespace ?? '', metadata?.name ?? '');
});

async function measure(ask: Omit<AnalysisQuestion, 'kind'>, changes: Partial<CheckSubject> = {}) {
  const checks = theChecks({}, { kube: async () => await Promise.resolve(kube) });
  return await checks.measure(aCheck({ kind: 'analysis', ...ask }), aSubject(changes), NOON, NEVER);
}

function putRollout(status: object, { name = 'shop', namespace = 'shop', labels = {} } = {}): void {
  standIn.objects.put(ROLLOUTS, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name, namespace, labels },
    status,
  });
}

function putRun(
  phase: string,
  { name = 'shop-1', made = NOON - 300_000, namespace = 'shop', message = '' } = {},
): void {
  standIn.objects.put(ANALYSIS_RUNS, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      name,
      namespace,
      labels: { app: 'shop' },
      creationTimestamp: new Date(made).toISOString().replace('.000', ''),
    },
    status: { phase, ...(message === '' ? {} : { message }) },
  });
}

const BY_NAME = { resource: 'rollout', name: '{{application}}' } as const;
const BY_LABELS = { resource: 'analysis-run', labels: 'app={{application}}' } as const;

describe('a Rollout', () => {
  it.each<[status: object, kind: string, detail: string]>([
    [{ phase: 'Healthy', observedGeneration: '1' }, 'success', 'Rollout shop/shop is Healthy'],
    [
      { phase: 'Degraded', message: 'ProgressDeadlineExceeded', observedGeneration: '1' },
      'failure',
      'Rollout shop/shop is Degraded: ProgressDeadlineExceeded',
    ],
    [
      { phase: 'Degraded', abort: true, message: 'RolloutAborted' },
      'failure',
      'Rollout shop/shop is aborted: RolloutAborted',
    ],
    [
      { phase: 'Progressing', message: 'more replicas' },
      'pending',
      'Rollout shop/shop is Progressing: more replicas',
    ],
    [
      { phase: 'Paused', message: 'CanaryPauseStep' },
      'pending',
      'Rollout shop/shop is Paused: CanaryPauseStep',
    ],
    [
      { phase: 'Healthy', observedGeneration: '7' },
      'pending',
      'Rollout shop/shop has not been seen by its controller since it changed',
    ],
    [{}, 'pending', 'Rollout shop/shop is without a phase'],
  ])('%j', async (status, kind, detail) => {
    putRollout(status);
    // Its neighbours do not count.
    putRollout({ phase: 'Degraded' }, { name: 'other' });
    putRollout({ phase: 'Degraded' }, { namespace: 'argocd' });
    const found = await measure(BY_NAME);
    expect(found.detail).toBe(detail);
    expect(found).toMatchObject(
      kind === 'pending' ? { kind: 'inconclusive', isUnasked: true, isPending: true } : { kind },
    );
  });

  it('of several with the labels one that failed is enough', async () => {
    putRollout({ phase: 'Healthy' }, { name: 'a', labels: { app: 'shop' } });
    expect(await measure({ resource: 'rollout', labels: 'app={{application}}' })).toMatchObject({
      kind: 'success',
    });
    putRollout({ phase: 'Progressing' }, { name: 'b', labels: { app: 'shop' } });
    expect(await measure({ resource: 'rollout', labels: 'app={{application}}' })).toMatchObject({
      isPending: true,
    });
    putRollout({ phase: 'Degraded' }, { name: 'c', labels: { app: 'shop' } });
    expect(await measure({ resource: 'rollout', labels: 'app={{application}}' })).toMatchObject({
      kind: 'failure',
    });
  });

  it.each([BY_NAME, { resource: 'rollout', labels: 'app={{application}}' } as const])(
    'that is not there: %j',
    async (ask) => {
      const found = await measure(ask);
      expect(found).toMatchObject({
        kind: 'inconclusive',
        isUnasked: true,
        detail: expect.stringContaining('there is no Rollout'),
      });
      expect(found).not.toHaveProperty('isPending');
    },
  );
});

describe('an AnalysisRun', () => {
  it.each<[phase: string, kind: string]>([
    ['Successful', 'success'],
    ['Failed', 'failure'],
    ['Error', 'undecided'],
    ['Inconclusive', 'undecided'],
    ['Running', 'pending'],
    ['Pending', 'pending'],
    ['', 'pending'],
  ])('that is %s', async (phase, kind) => {
    putRun(phase, { message: 'as measured' });
    const found = await measure(BY_LABELS);
    expect(found.detail).toBe(
      `AnalysisRun shop/shop-1 is ${phase === '' ? 'not begun' : phase}: as measured`,
    );
    expect(found).toMatchObject(
      {
        pending: { kind: 'inconclusive', isUnasked: true, isPending: true },
        undecided: { kind: 'inconclusive', isUnasked: false },
      }[kind] ?? { kind },
    );
    expect(await measure({ resource: 'analysis-run', name: 'shop-1' })).toEqual(found);
  });

  it('of several is the newest', async () => {
    putRun('Failed', { name: 'shop-1', made: NOON - 300_000 });
    putRun('Successful', { name: 'shop-3', made: NOON - 100_000 });
    putRun('Failed', { name: 'shop-2', made: NOON - 200_000 });
    expect(await measure(BY_LABELS)).toMatchObject({
      kind: 'success',
      detail: 'AnalysisRun shop/shop-3 is Successful',
    });
  });

  it('of the version before says nothing', async () => {
    putRun('Successful', { made: NOON - 700_000 });
    for (const ask of [BY_LABELS, { resource: 'analysis-run', name: 'shop-1' } as const])
      expect(await measure(ask)).toMatchObject({
        isPending: true,
        detail: expect.stringMatching(/^since the commit there is no AnalysisRun/),
      });
    expect(await measure(BY_LABELS, { writtenAt: NOON - 700_000 + 999 })).toMatchObject({ kind: 'success' });
  });
});

describe('what cannot be asked', () => {
  it.each<[changes: Partial<CheckSubject>, detail: RegExp]>([
    [{ isInOwnCluster: false }, /^the Application deploys to another cluster/],
    [{ destinationNamespace: '' }, /^the Application names no namespace that it deploys to: ""$/],
    [{ destinationNamespace: '../argocd' }, /^the Application names no namespace/],
    [
      { application: { namespace: 'argocd', name: 'a/../../b' } },
      /can be the (?:name of no Rollout|value of no label)$/,
    ],
    [
      { application: { namespace: 'argocd', name: 'x,app!=y' } },
      /can be the (?:name of no Rollout|value of no label)$/,
    ],
  ])('%j', async (changes, detail) => {
    putRollout({ phase: 'Degraded' });
    for (const ask of [BY_NAME, { resource: 'rollout', labels: 'app={{application}}' } as const])
      expect(await measure(ask, changes)).toMatchObject({
        kind: 'inconclusive',
        isUnasked: true,
        detail: expect.stringMatching(detail),
      });
  });

  it('without the right to', async () => {
    putRollout({ phase: 'Healthy' });
    standIn.setRules([]);
    expect(await measure(BY_NAME)).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: expect.stringMatching(
        /may not get rollouts.* \(grant it by a ClusterRole, so that Lynceus can ask Argo Rollouts .*: apiGroups \["argoproj\.io"\], resources \["rollouts"\], verbs \["get"\]; components\/argo-rollouts of the installation has it\)$/,
      ),
    });
  });

  it('where there is no Argo Rollouts', async () => {
    standIn.setMissing(['argoproj.io/rollouts', 'argoproj.io/analysisruns']);
    onTestFinished(() => standIn.setMissing([]));
    for (const ask of [BY_NAME, BY_LABELS, { resource: 'analysis-run', name: 'shop-1' } as const]) {
      const found = await measure(ask);
      expect(found).toMatchObject({
        kind: 'inconclusive',
        isUnasked: true,
        detail: expect.stringMatching(
          /^the API server does not know (?:rollouts|analysisruns) \(install Argo Rollouts/,
        ),
      });
      expect(found).not.toHaveProperty('isPending');
    }
  });

  it('without a cluster', async () => {
    const check = aCheck({ kind: 'analysis', ...BY_NAME });
    expect(await theChecks().measure(check, aSubject(), NOON, NEVER)).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: 'there is no cluster to ask (run in the cluster, or set KUBECONFIG)',
    });
  });
});
