import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicationHealth, Deployment } from '../../../src/core/deployment/deployment.ts';
import {
  declaredState,
  revisionsToRead,
  versionState,
  type VersionInFile,
  type VersionState,
} from '../../../src/core/deployment/version-state.ts';

/** What the file says: B is another Application's commit after A. */
const FILE: Readonly<Record<string, string>> = { old: '1.0', A: '1.1', B: '1.1', C: '1.2' };

type Operation = NonNullable<Deployment['operation']>;

function operation(
  phase: Operation['phase'],
  revision: string,
  finishedAt: number | undefined = 100,
): Operation {
  return { phase, revisions: [revision], finishedAt };
}

/** 1.1 was deployed at 100 with the commit A, and the Application is healthy since 120. */
const RUNS: Deployment = {
  sync: { status: 'synced', revisions: ['A'] },
  health: { status: 'healthy', since: 120 },
  operation: operation('succeeded', 'A'),
  history: [
    { revisions: ['old'], deployedAt: 10 },
    { revisions: ['A'], deployedAt: 100 },
  ],
  isAutomated: true,
};

const WRITTEN: VersionInFile = {
  version: '1.1',
  sourceIndex: 0,
  versionAt: (revision) => FILE[revision],
  writtenAt: 90,
};

function written(health: ApplicationHealth = 'healthy'): VersionState {
  return { stage: 'written', health, since: 90 };
}

function synced(health: ApplicationHealth, since: number | undefined = 100): VersionState {
  return { stage: 'synced', health, since };
}

function healthy(since: number | undefined): VersionState {
  return { stage: 'healthy', health: 'healthy', since };
}

type Changes = Omit<Partial<Deployment>, 'operation'> & { readonly operation?: Operation | undefined };
type Row = [string, Changes | undefined, VersionState, Partial<VersionInFile>?];

const NO_STATUS: VersionState = { stage: 'written', health: 'unknown', since: undefined };

const ROWS: readonly Row[] = [
  ['deployed and healthy', {}, healthy(120)],
  ['no status', undefined, NO_STATUS],
  ['healthy before it was deployed', { health: { status: 'healthy', since: 50 } }, healthy(100)],
  ['healthy at the time of the commit', { health: { status: 'healthy', since: 50 }, history: [] }, healthy(90)],
  ['healthy, and it is not said since when', { health: { status: 'healthy', since: undefined } }, healthy(undefined)],
  ...(['progressing', 'degraded', 'suspended', 'missing', 'unknown'] as const).map(
    (status): Row => [status, { health: { status, since: 130 } }, synced(status)],
  ),
  ['deployed again', { history: [...RUNS.history, { revisions: ['A'], deployedAt: 200 }] }, healthy(200)],
  ['deployed again with a commit that is not known', { history: [...RUNS.history, { revisions: [''], deployedAt: 200 }] }, healthy(200)],
  ['deployed by hand, without a revision', { history: [{ revisions: [], deployedAt: 150 }] }, healthy(150)],
  ['out of sync', { sync: { status: 'out-of-sync', revisions: ['A'] } }, written()],
  ['not compared', { sync: { status: 'unknown', revisions: ['A'] } }, written()],
  ['compared with nothing', { sync: { status: 'synced', revisions: [] } }, written()],
  ['compared with a commit that is not known', { sync: { status: 'synced', revisions: ['gone'] } }, written()],
  ['compared before the spec was changed', { sync: { status: 'synced', revisions: ['A'], isStale: true } }, written()],
  ['compared with the commit before', { sync: { status: 'synced', revisions: ['old'] } }, written()],
  ['compared with the commit after', { sync: { status: 'synced', revisions: ['C'] } }, written()],
  ['compared with a commit of another Application', { sync: { status: 'synced', revisions: ['B'] } }, healthy(120)],
  ['out of sync with a commit that leaves our file alone', { sync: { status: 'out-of-sync', revisions: ['B'] } }, written()],
  ['rolled back in Argo CD', { sync: { status: 'out-of-sync', revisions: ['A'] }, operation: operation('succeeded', 'old'), history: [...RUNS.history, { revisions: ['old'], deployedAt: 200 }], isAutomated: false }, written()],
  ['nothing had to be synced', { operation: operation('succeeded', 'old'), history: [{ revisions: ['old'], deployedAt: 10 }] }, healthy(120)],
  ['never synced', { operation: undefined, history: [] }, healthy(120)],
  ['a sync under way', { operation: operation('running', 'A', undefined) }, written()],
  ['a sync of another version under way', { operation: operation('running', 'old', undefined) }, written()],
  ['a sync that is being ended', { operation: operation('terminating', 'A', undefined) }, written()],
  ['a sync that failed', { operation: operation('failed', 'A') }, written()],
  ['a sync that failed with a commit of another Application', { operation: operation('failed', 'B') }, written()],
  ['a sync that could not be done', { operation: operation('error', 'A') }, written()],
  ['a sync that failed with another version, which was taken back', { operation: operation('failed', 'C') }, healthy(120)],
  ['a sync that failed with a commit that is not known', { operation: operation('failed', 'gone') }, written()],
  ['a sync that failed with nothing', { operation: { phase: 'failed', revisions: [], finishedAt: 1 } }, written()],
  ['without automated sync', { isAutomated: false }, healthy(120)],
  ['without automated sync, waiting for a person', { isAutomated: false, sync: { status: 'out-of-sync', revisions: ['A'] }, operation: operation('succeeded', 'old'), history: RUNS.history.slice(0, 1) }, written()],
  ['the second of two sources', { sync: { status: 'synced', revisions: ['1.2.3', 'A'] }, operation: { phase: 'succeeded', revisions: ['1.2.3', 'A'], finishedAt: 1 } }, healthy(120), { sourceIndex: 1 }],
  ['the first of two sources, which is a chart', { sync: { status: 'synced', revisions: ['1.2.3', 'A'] } }, written()],
  ['a source that is not there', { sync: { status: 'synced', revisions: ['A'] } }, written(), { sourceIndex: 1 }],
  ['a file that no source has', {}, written(), { sourceIndex: undefined }],
  ['another version', {}, written(), { version: '1.2' }],
  ['without a time of writing', { sync: { status: 'out-of-sync', revisions: [] } }, { stage: 'written', health: 'healthy', since: undefined }, { writtenAt: undefined as never }],
]; // prettier-ignore

function deploymentOf(changes: Changes | undefined): Deployment | undefined {
  if (changes === undefined) return undefined;
  const { operation: last, ...rest } = { ...RUNS, ...changes };
  return last === undefined ? rest : { ...rest, operation: last };
}

describe('the state of a version', () => {
  test.each<Row>(ROWS)('%s', (_, changes, expected, image = {}) => {
    expect(versionState(deploymentOf(changes), { ...WRITTEN, ...image })).toEqual(expected);
  });

  test.each<Row>(ROWS)(
    'is found by the revisions that are to be read: %s',
    (_, changes, expected, image = {}) => {
      const deployment = deploymentOf(changes);
      const wanted = { ...WRITTEN, ...image };
      const read = new Set(deployment === undefined ? [] : revisionsToRead(deployment, wanted.sourceIndex));
      const versionAt = (revision: string) => (read.has(revision) ? FILE[revision] : undefined);

      expect(versionState(deployment, { ...wanted, versionAt })).toEqual(expected);
    },
  );

  test.each<[string, Partial<Deployment>, readonly string[]]>([
    ['synced', {}, ['A']],
    ['out of sync', { sync: { status: 'out-of-sync', revisions: ['A'] } }, []],
    ['after a failed sync', { operation: operation('failed', 'C') }, ['A', 'C']],
    ['after a failed sync of the same', { operation: operation('failed', 'A') }, ['A']],
  ])('nothing more is read than that takes: %s', (_, changes, expected) => {
    expect(revisionsToRead({ ...RUNS, ...changes }, 0)).toEqual(expected);
  });
});

describe('the state of a version in the spec', () => {
  test.each<[string, Partial<Deployment> | undefined, VersionState]>([
    ['deployed and healthy', {}, healthy(120)],
    ['no status', undefined, NO_STATUS],
    ['not seen by Argo CD yet', { sync: { status: 'synced', revisions: ['A'], isStale: true } }, written()],
    ['out of sync', { sync: { status: 'out-of-sync', revisions: ['A'] } }, written()],
    ['progressing', { health: { status: 'progressing', since: 130 } }, synced('progressing')],
    ['a sync under way', { operation: operation('running', 'A') }, written()],
    ['a sync that failed', { operation: operation('failed', 'C') }, written()],
  ])('%s', (_, changes, expected) => {
    expect(declaredState(deploymentOf(changes), 90)).toEqual(expected);
  });
});

const TIMES = fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined });
const REVISIONS = fc.array(fc.constantFrom('', 'old', 'A', 'B', 'C', 'gone'), { maxLength: 2 });
const DEPLOYMENTS: fc.Arbitrary<Deployment> = fc
  .record({
    sync: fc.record({
      status: fc.constantFrom('synced', 'out-of-sync', 'unknown'),
      revisions: REVISIONS,
      isStale: fc.option(fc.constant(true as const), { nil: undefined }),
    }),
    health: fc.record({
      status: fc.constantFrom<ApplicationHealth>(
        'healthy',
        'progressing',
        'degraded',
        'suspended',
        'missing',
        'unknown',
      ),
      since: TIMES,
    }),
    operation: fc.option(
      fc.record({
        phase: fc.constantFrom('running', 'terminating', 'failed', 'error', 'succeeded'),
        revisions: REVISIONS,
        finishedAt: TIMES,
      }),
      { nil: undefined },
    ),
    history: fc.array(fc.record({ revisions: REVISIONS, deployedAt: fc.integer({ min: 0, max: 300 }) }), {
      maxLength: 4,
    }),
    isAutomated: fc.boolean(),
  })
  .map(({ operation: last, sync: { isStale, ...sync }, ...rest }) => ({
    ...rest,
    sync: isStale === undefined ? sync : { ...sync, isStale },
    ...(last === undefined ? {} : { operation: last }),
  }));

describe('whatever Argo CD says, in whatever order', () => {
  test('a version is never further than what is compared, deployed and healthy', () => {
    fc.assert(
      fc.property(DEPLOYMENTS, fc.constantFrom(0, 1, undefined), (deployment, sourceIndex) => {
        const { stage, since, health } = versionState(deployment, { ...WRITTEN, sourceIndex });
        const { sync, history, operation: last } = deployment;
        expect(health).toBe(deployment.health.status);
        if (stage === 'written') return;
        expect(sync).toMatchObject({ status: 'synced' });
        expect(sync.isStale).toBeUndefined();
        expect(FILE[sync.revisions[sourceIndex ?? 9] ?? '']).toBe('1.1');
        expect(last?.phase ?? '').not.toMatch(/running|terminating/);
        expect(stage).toBe(health === 'healthy' ? 'healthy' : 'synced');
        const times = history.map(({ deployedAt }) => deployedAt);
        if (since === undefined) expect(deployment.health.since).toBeUndefined();
        else
          expect(since).toBe(
            Math.max(90, ...times, stage === 'healthy' ? (deployment.health.since ?? 0) : 0),
          );
      }),
      { numRuns: 2_000 },
    );
  });

  test('parts of the status that arrive one after the other end in the same state', () => {
    const parts = Object.keys(RUNS) as (keyof Deployment)[];
    const before: Deployment = {
      sync: { status: 'synced', revisions: ['old'] },
      health: { status: 'healthy', since: 5 },
      operation: operation('succeeded', 'old', 10),
      history: RUNS.history.slice(0, 1),
      isAutomated: true,
    };
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (order) => {
        let status = before;
        const states = order.map((part) => {
          status = { ...status, [part]: RUNS[part] };
          return versionState(status, WRITTEN);
        });
        expect(states.at(-1)).toEqual(healthy(120));
        for (const { stage, since = 0 } of states)
          if (stage !== 'written') expect(since).toBeGreaterThanOrEqual(90);
      }),
    );
  });
});
