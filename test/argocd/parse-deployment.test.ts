import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDeployment, readLiveManifest } from '../../src/argocd/parse-deployment.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { Deployment } from '../../src/core/deployment/deployment.ts';
import { prefixed } from '../helpers/annotations.ts';
import { CONTEXT } from './an-application.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(64);
const SOURCE = { repoURL: 'https://git.example/a.git', path: 'apps/shop', targetRevision: 'main' };
const AT = '2026-11-30T10:00:00Z';
const MS = Date.parse(AT);

function anApplication(status: unknown, spec: object = {}): object {
  return {
    kind: 'Application',
    metadata: {
      name: 'shop',
      namespace: 'argocd',
      annotations: prefixed({
        'image-list': 'web=acme/web',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues:values.yaml',
      }),
    },
    spec: { source: SOURCE, ...spec },
    status,
  };
}

const UNSAID: Deployment = {
  sync: { status: 'unknown', revisions: [] },
  health: { status: 'unknown', since: undefined },
  history: [],
  isAutomated: false,
};

/** A status as Argo CD 3 writes it, and what is read of it. */
const WHOLE = {
  sync: { status: 'Synced', revision: A, comparedTo: { source: SOURCE, destination: { namespace: 'shop' } } },
  health: { status: 'Healthy', lastTransitionTime: AT },
  history: [
    { id: 3, revision: B, deployedAt: '2026-11-29T10:00:00Z', deployStartedAt: AT, source: SOURCE },
    { id: 4, revision: A, deployedAt: AT, source: SOURCE },
  ],
  operationState: {
    phase: 'Succeeded',
    startedAt: AT,
    finishedAt: AT,
    operation: { sync: { revision: A } },
    syncResult: { revision: A, resources: [], source: SOURCE },
  },
  reconciledAt: AT,
};
const WHOLE_READ: Deployment = {
  sync: { status: 'synced', revisions: [A] },
  health: { status: 'healthy', since: MS },
  history: [
    { revisions: [B], deployedAt: MS - 86_400_000 },
    { revisions: [A], deployedAt: MS },
  ],
  operation: { phase: 'succeeded', revisions: [A], finishedAt: MS },
  isAutomated: false,
};

const HYDRATOR = { sourceHydrator: { drySource: SOURCE, syncSource: { targetBranch: 'env/prod' } } };

describe('what Argo CD has deployed', () => {
  test.each<[string, unknown, object, Partial<Deployment> | undefined]>([
    ['all of it', WHOLE, {}, WHOLE_READ],
    ['no status', undefined, {}, undefined],
    ['null', null, {}, undefined],
    ['a text', 'Synced', {}, undefined],
    ['an empty status', {}, {}, undefined],
    ['a status that says other things', { summary: { images: ['a'] }, resources: [] }, {}, undefined],
    [
      'another health',
      { health: { status: 'Degraded' } },
      {},
      { health: { status: 'degraded', since: undefined } },
    ],
    ['a health of its own', { health: { status: 'Fine' } }, {}, UNSAID],
    [
      'a sync that could not be compared',
      { sync: { status: 'Unknown', revision: A } },
      {},
      { sync: { status: 'unknown', revisions: [A] } },
    ],
    [
      'several sources',
      { sync: { status: 'OutOfSync', revisions: [A, '1.2.3'] } },
      {},
      { sync: { status: 'out-of-sync', revisions: [A, '1.2.3'] } },
    ],
    [
      'an empty list beside the one',
      { sync: { status: 'Synced', revision: A, revisions: [] } },
      {},
      { sync: { status: 'synced', revisions: [A] } },
    ],
    [
      'SHA-256',
      { sync: { status: 'Synced', revision: C } },
      {},
      { sync: { status: 'synced', revisions: [C] } },
    ],
    [
      'a revision that is no text',
      { sync: { status: 'Synced', revisions: [7, A] } },
      {},
      { sync: { status: 'synced', revisions: ['', A] } },
    ],
    [
      'a revision that is a book',
      { sync: { status: 'Synced', revision: 'x'.repeat(1000) } },
      {},
      { sync: { status: 'synced', revisions: [] } },
    ],
    [
      'a running sync',
      { operationState: { phase: 'Running', operation: { sync: { revision: B } } } },
      {},
      { operation: { phase: 'running', revisions: [B], finishedAt: undefined } },
    ],
    [
      'what was resolved over what was asked',
      {
        operationState: {
          phase: 'Error',
          operation: { sync: { revision: 'main' } },
          syncResult: { revision: B },
          finishedAt: AT,
        },
      },
      {},
      { operation: { phase: 'error', revisions: [B], finishedAt: MS } },
    ],
    [
      'a dry run',
      {
        sync: {},
        operationState: { phase: 'Succeeded', operation: { sync: { revision: B, dryRun: true } } },
      },
      {},
      UNSAID,
    ],
    ['an unknown phase', { sync: {}, operationState: { phase: 'Paused' } }, {}, UNSAID],
    [
      'local manifests, which have no revision',
      { sync: {}, history: [{ id: 1, deployedAt: AT }] },
      {},
      { history: [{ revisions: [], deployedAt: MS }] },
    ],
    [
      'odd entries',
      {
        sync: {},
        history: [
          null,
          7,
          { revision: A },
          { revision: A, deployedAt: 'yesterday' },
          { revision: A, deployedAt: '30 Nov 2026' },
          { revision: A, deployedAt: AT },
        ],
      },
      {},
      { history: [{ revisions: [A], deployedAt: MS }] },
    ],
    ['a history that is no list', { sync: {}, history: { a: 1 } }, {}, UNSAID],
    [
      'an odd time',
      { health: { status: 'Healthy', lastTransitionTime: 'now' } },
      {},
      { health: { status: 'healthy', since: undefined } },
    ],
    [
      'a time with an offset',
      { health: { status: 'Healthy', lastTransitionTime: '2026-11-30T11:00:00+01:00' } },
      {},
      { health: { status: 'healthy', since: MS } },
    ],
    ['automated sync', { sync: {} }, { syncPolicy: { automated: {} } }, { isAutomated: true }],
    [
      'automated sync with options',
      { sync: {} },
      { syncPolicy: { automated: { prune: true, enabled: true } } },
      { isAutomated: true },
    ],
    [
      'automated sync that is switched off',
      { sync: {} },
      { syncPolicy: { automated: { enabled: false, prune: true } } },
      { isAutomated: false },
    ],
    [
      'a policy without it',
      { sync: {} },
      { syncPolicy: { syncOptions: ['CreateNamespace=true'] } },
      { isAutomated: false },
    ],
    ['a policy that is a text', { sync: {} }, { syncPolicy: 'automated' }, { isAutomated: false }],
  ])('%s', (_, status, spec, expected) => {
    const read = readDeployment(anApplication(status, spec));

    expect(read).toEqual(expected === undefined ? undefined : { ...UNSAID, ...expected });
  });

  test('the last twenty entries of the history', () => {
    const history = Array.from({ length: 1000 }, (_, id) => ({
      id,
      revision: A,
      deployedAt: new Date(MS + id * 1000).toISOString(),
    }));

    const read = readDeployment(anApplication({ sync: {}, history }));

    expect(read?.history).toHaveLength(20);
    expect(read?.history.at(-1)?.deployedAt).toBe(MS + 999_000);
  });

  test.each<[string, object, object, boolean]>([
    ['the same', { source: SOURCE }, {}, false],
    ['the same with nothing written out', { source: { ...SOURCE, chart: '', helm: null } }, {}, false],
    [
      'parameters as texts',
      { source: { ...SOURCE, helm: { parameters: [{ name: 'a', value: '1' }] } } },
      { source: { ...SOURCE, helm: { parameters: [{ name: 'a', value: 1 }] } } },
      false,
    ],
    [
      'another parameter',
      { source: { ...SOURCE, helm: { parameters: [{ name: 'a', value: '1' }] } } },
      { source: { ...SOURCE, helm: { parameters: [{ name: 'a', value: '2' }] } } },
      true,
    ],
    ['another branch', { source: { ...SOURCE, targetRevision: 'old' } }, {}, true],
    [
      'several sources',
      { source: { repoURL: '' }, sources: [SOURCE] },
      { source: undefined, sources: [SOURCE] },
      false,
    ],
    ['one source less', { sources: [SOURCE, SOURCE] }, { source: undefined, sources: [SOURCE] }, true],
    ['nothing', {}, {}, true],
    ['another shape', { source: 7 }, {}, false],
    [
      'the hydrated branch',
      { source: { ...SOURCE, targetRevision: 'env/prod' } },
      { source: undefined, ...HYDRATOR },
      false,
    ],
  ])('what was compared is another spec: %s', (_, comparedTo, spec, isStale) => {
    const read = readDeployment(anApplication({ sync: { status: 'Synced', revision: A, comparedTo } }, spec));

    expect(read?.sync.isStale ?? false).toBe(isStale);
  });

  test.each<[string, object, readonly string[]]>([
    ['the last one', { lastSuccessfulOperation: { drySHA: B, hydratedSHA: A } }, [B]],
    ['the one under way', { currentOperation: { drySHA: B, hydratedSHA: A, phase: 'Hydrated' } }, [B]],
    [
      'the finished one over it',
      {
        currentOperation: { drySHA: C, hydratedSHA: A },
        lastSuccessfulOperation: { drySHA: B, hydratedSHA: A },
      },
      [B],
    ],
    ['another commit', { lastSuccessfulOperation: { drySHA: B, hydratedSHA: C } }, ['']],
    ['nothing', {}, ['']],
    ['odd hashes', { lastSuccessfulOperation: { drySHA: 7, hydratedSHA: A } }, ['']],
  ])('a hydrated commit is the dry one that it was made of: %s', (_, sourceHydrator, expected) => {
    const status = { ...WHOLE, sourceHydrator };
    const read = readDeployment(anApplication(status, { source: undefined, ...HYDRATOR }));

    expect(read?.sync.revisions).toEqual(expected);
    expect(read?.history).toEqual([
      { revisions: [''], deployedAt: MS - 86_400_000 },
      { revisions: expected, deployedAt: MS },
    ]);
    expect(read?.operation?.revisions).toEqual(expected);
  });

  test('no status makes an Application unreadable', () => {
    const strange = fc.oneof(
      fc.anything(),
      fc.record(
        {
          sync: fc.anything(),
          health: fc.anything(),
          history: fc.oneof(
            fc.anything(),
            fc.array(
              fc.oneof(
                fc.anything(),
                fc.record({
                  revision: fc.anything(),
                  revisions: fc.anything(),
                  deployedAt: fc.oneof(fc.anything(), fc.constant(AT)),
                }),
              ),
            ),
          ),
          operationState: fc.oneof(
            fc.anything(),
            fc.record({
              phase: fc.constantFrom('Running', 'x'),
              operation: fc.anything(),
              syncResult: fc.anything(),
            }),
          ),
          sourceHydrator: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(strange, (status) => {
        expect(readLiveManifest(anApplication(status), 'cluster').kind).toBe('application');
      }),
      { numRuns: 500 },
    );
  });
});

const OTHER = { ...SOURCE, repoURL: 'https://git.example/other.git' };
const CHART = {
  repoURL: 'https://charts.example',
  chart: 'shop',
  targetRevision: '1.2.3',
  helm: { valueFiles: ['$values/apps/shop/values.yaml'] },
};

describe('the revision of the branch that is written', () => {
  test.each<[string, object, Readonly<Record<string, string>>, number | undefined]>([
    ['one source', { source: SOURCE }, {}, 0],
    ['another spelling of the remote', { source: SOURCE }, { 'git-repository': 'git@git.example:a.git' }, 0],
    ['another remote', { source: SOURCE }, { 'git-repository': 'https://git.example/b.git' }, undefined],
    ['another branch', { source: SOURCE }, { 'git-branch': 'next' }, 0],
    [
      'a chart and its values',
      { sources: [CHART, { ...SOURCE, path: '', ref: 'values' }] },
      { 'write-back-target': 'helmvalues:$values/apps/shop/values.yaml' },
      1,
    ],
    ['the second remote', { sources: [OTHER, SOURCE] }, { 'git-repository': SOURCE.repoURL }, 1],
    [
      'the branch among two',
      { sources: [{ ...SOURCE, targetRevision: 'next' }, SOURCE] },
      { 'git-branch': 'main', 'write-back-target': 'helmvalues:/values.yaml' },
      1,
    ],
    [
      'the folder among two',
      { sources: [{ ...SOURCE, path: 'apps' }, SOURCE] },
      { 'write-back-target': 'helmvalues:/apps/shop/values.yaml' },
      1,
    ],
    ['a hydrator', HYDRATOR, {}, 0],
    ['the cluster', { source: { ...SOURCE, helm: {} } }, { 'write-back-method': 'argocd' }, undefined],
  ])('%s', (_, spec, annotations, expected) => {
    const manifest = anApplication(WHOLE, { source: undefined, ...spec }) as { metadata: object };
    const read = readLiveManifest(
      {
        ...manifest,
        metadata: {
          ...manifest.metadata,
          annotations: prefixed({
            'image-list': 'web=acme/web',
            'write-back-method': 'git',
            'write-back-target': 'helmvalues:values.yaml',
            ...annotations,
          }),
        },
      },
      'cluster',
    );
    if (read.kind !== 'application') throw read.error;

    const { images, problems } = readPolicies(read.application, CONTEXT);

    expect(problems).toEqual([]);
    expect(images[0]?.observed.deployment).toBe(read.application.deployment);
    expect(images[0]?.observed.deployedSource).toBe(expected);
  });
});

test.each<[string, object, string | undefined]>([
  ['one', { destination: { name: 'in-cluster', namespace: 'shop' } }, 'shop'],
  ['none', { destination: { name: 'in-cluster' } }, undefined],
  ['no destination', {}, undefined],
])('the namespace that is deployed to: %s', (_, spec, expected) => {
  const read = readLiveManifest(anApplication(undefined, spec), 'cluster');
  if (read.kind !== 'application') throw read.error;

  expect(readPolicies(read.application, CONTEXT).images[0]?.observed.destinationNamespace).toBe(expected);
});
