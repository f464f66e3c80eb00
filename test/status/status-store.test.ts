import { describe, expect, test } from 'vitest';
import type { CycleReport, ImageResult } from '../../src/core/report.ts';
import type { Reason } from '../../src/core/reasons/reason.ts';
import type { WriteResult } from '../../src/core/verification/write-result.ts';
import type { PromotionPolicy } from '../../src/core/promotion/promotion-policy.ts';
import { createStatusStore } from '../../src/status/status-store.ts';
import { aResult, becauseOf } from '../core/status/results.ts';

function aStore() {
  const clock = { time: 1_000, now: () => clock.time };
  const store = createStatusStore({
    clock,
    version: '1',
    process: 'p',
    shard: '0/2',
    commitPageOf: () => undefined,
  });
  const changesOf = (alias = 'api') =>
    store.reader.image(`argocd/shop/${alias}`)?.changes.map(({ kind, at }) => `${kind} ${at}`);
  const report = (images: readonly ImageResult[], more: Partial<CycleReport> = {}) => {
    clock.time += 1_000;
    return store.reporter.report(aReport(images, more));
  };
  return { clock, store, report, changesOf, reader: store.reader };
}

function aReport(images: readonly ImageResult[], more: Partial<CycleReport>): CycleReport {
  return {
    cycle: 'c-1',
    startedAt: 0,
    seconds: 1,
    dryRun: false,
    applications: 1,
    images,
    problems: [],
    failures: [],
    costs: { registryRequests: 1, gitFetches: 2, gitPushes: 3 },
    diffs: [],
    ...more,
  };
}

const SHA = 'a'.repeat(40);
const WRITTEN = aResult({
  outcome: 'updated',
  code: 'newer-version',
  candidate: { tag: '1.2.0', digest: undefined },
  commit: SHA,
});
const HELD: Reason = {
  code: 'pinned',
  facts: { by: 'comment', text: '', candidate: { tag: '1.2.0', digest: undefined } },
};

describe('reports', () => {
  test('a report of all says what is gone, one of a part says nothing of the others', async () => {
    const { report, reader } = aStore();
    await report([aResult(), aResult({ alias: 'web' })]);
    await report([aResult({ outcome: 'failed' })], { partial: true });
    expect(reader.overview()).toMatchObject({ images: { failed: 1, current: 1 }, shard: '0/2' });
    await report([aResult()]);
    expect(reader.image('argocd/shop/web')).toBeUndefined();
    expect(reader.overview()).toMatchObject({ images: { failed: 0, current: 1 } });
  });

  test('a dry run says nothing', async () => {
    const { report, reader } = aStore();
    await report([aResult()]);
    await report([], { dryRun: true });
    expect(reader.image('argocd/shop/api')).toBeDefined();
  });

  test('an image that was not due stays as it was', async () => {
    const { report, reader } = aStore();
    await report([becauseOf(HELD, { outcome: 'held' })]);
    await report([aResult({ outcome: 'skipped', code: 'not-due', reason: 'later' })]);
    expect(reader.image('argocd/shop/api')?.image).toMatchObject({
      outcome: 'held',
      code: 'pinned',
      checkedAt: 2_000,
    });
    await report([aResult({ alias: 'new', outcome: 'skipped', code: 'not-due' })], { partial: true });
    expect(reader.image('argocd/shop/new')?.image).toMatchObject({ code: 'not-due' });
  });

  test('who follows hears what changed, and nothing of what stayed', async () => {
    const { report, reader } = aStore();
    const heard: (readonly string[])[] = [];
    await report([aResult(), aResult({ alias: 'web' })]);
    const end = reader.subscribe((ids) => heard.push(ids));
    await report([aResult(), aResult({ alias: 'web' })]);
    await report([aResult({ reason: 'anew' }), aResult({ alias: 'web' })]);
    await report([aResult({ reason: 'anew' })]);
    end();
    await report([]);
    expect(heard).toEqual([[], ['argocd/shop/api'], ['argocd/shop/web']]);
  });

  test('the revision is another one after each', async () => {
    const { report, reader } = aStore();
    const seen = new Set([reader.overview().revision]);
    for (let at = 0; at < 3; at += 1) {
      await report([aResult()]);
      seen.add(reader.overview().revision);
    }
    expect(seen.size).toBe(4);
  });
});

describe('changes', () => {
  test('a write is there once, by the batch and by the report', async () => {
    const { clock, store, report, changesOf, reader } = aStore();
    await report([aResult()]);
    clock.time = 2_500;
    store.wrote([WRITTEN]);
    expect(changesOf()).toEqual(['updated 2500']);
    await report([WRITTEN]);
    expect(changesOf()).toEqual(['updated 2500']);
    await report([aResult({ current: { name: undefined, tag: '1.2.0', digest: undefined } })]);
    expect(reader.changes({}, { limit: 5 })).toMatchObject({
      total: 1,
      items: [{ to: '1.2.0', from: '1.1.0' }],
    });
  });

  test('so is a write to a live Application, which has no commit, and the next one is another', async () => {
    const { store, report, changesOf } = aStore();
    const { commit: _, ...live } = WRITTEN;
    const written = { ...live, commit: undefined, writer: 'argocd' } as const;
    store.wrote([written]);
    await report([written]);
    expect(changesOf()).toEqual(['updated 1000']);
    store.wrote([written]);
    await report([written]);
    expect(changesOf()).toEqual(['updated 2000', 'updated 1000']);
  });

  // prettier-ignore
  test.each<[name: string, result: ImageResult, kind: string]>([
    ['a proposal', { ...WRITTEN, pullRequest: { action: 'open', url: 'https://git.example/pull/1' } }, 'proposed'],
    ['a promotion', becauseOf({ code: 'newer-version', facts: { chosen: { tag: '1.2.0', digest: undefined }, strategy: { kind: 'alphabetical' }, considered: 1, promotedFrom: ['argocd/dev/api'], present: { name: undefined, tag: '1.1.0', digest: undefined } } }, { outcome: 'updated', commit: SHA }), 'promoted'],
    ['a rollback', becauseOf({ code: 'check-failed', facts: { check: 'errors', detail: '', commit: SHA, from: '1.2.0', to: '1.1.0' } }, { outcome: 'updated', commit: SHA }), 'rolled-back'],
  ])('%s is told as such', async (_, result, kind) => {
    const { report, changesOf } = aStore();
    await report([result]);
    expect(changesOf()).toEqual([`${kind} 2000`]);
  });

  test('holds, failures and what ends them are told when they begin, and not by the first cycle', async () => {
    const { report, changesOf } = aStore();
    const failed = aResult({ outcome: 'failed', code: 'registry-unreachable' });
    const held = becauseOf(HELD, { outcome: 'held' });
    for (const one of [held, held, failed, failed, held, aResult(), failed, aResult()]) await report([one]);
    expect(changesOf()).toEqual(['recovered 9000', 'failing 8000', 'held 6000', 'failing 4000']);
  });

  test('what is kept of a write tells how it ended, also of one that nobody saw here', async () => {
    const { store, report, changesOf, reader } = aStore();
    const kept: WriteResult = {
      application: { namespace: 'argocd', name: 'shop' },
      alias: 'api',
      image: 'ghcr.io/acme/api',
      version: '1.2.0',
      commit: SHA,
      writtenAt: 100,
      syncedAt: 200,
      ending: { outcome: 'failed', at: 300, check: 'errors', detail: '5 %' },
    };
    store.follow({ results: () => [kept, { ...kept, alias: 'gone' }], resultsOf: () => [kept] });
    await report([aResult()]);
    await report([aResult()]);
    expect(changesOf()).toEqual(['verification-failed 300', 'synced 200', 'updated 100']);
    expect(reader.image('argocd/shop/api')?.verification).toEqual({
      state: 'failed',
      commit: SHA,
      since: 300,
      checks: [{ name: 'errors', state: 'failed', detail: '5 %' }],
    });
  });

  test('the sync of the very commit is told once', async () => {
    const { report, changesOf } = aStore();
    await report([WRITTEN]);
    const deployment = {
      sync: { status: 'synced', revisions: [SHA] },
      health: { status: 'healthy', since: 1 },
      history: [{ revisions: [SHA], deployedAt: 2_600 }],
      isAutomated: true,
    } as const;
    const place = {
      git: {
        remote: { label: 'git.example/x' } as never,
        base: 'main',
        push: undefined,
        credentials: { kind: 'repocreds' },
      },
      file: { kind: 'markers', path: 'x' },
    } as const;
    const now = becauseOf({ code: 'no-tags', facts: {} }, { basis: { deployment }, place });
    const { store, report: again, changesOf: seen } = aStore();
    store.wrote([{ ...WRITTEN, place }]);
    await again([now]);
    await again([now]);
    expect(seen()).toEqual(['synced 2600', 'updated 1000']);
    expect(changesOf()).toEqual(['updated 2000']);
  });

  test('of an image the last 50 are kept, and those of one that is gone are not', async () => {
    const { store, report, changesOf, reader } = aStore();
    await report([aResult()]);
    const many = Array.from({ length: 80 }, (_, at) => ({
      id: `argocd/shop/api/write/${at}`,
      imageId: 'argocd/shop/api',
      at,
      kind: 'updated' as const,
      text: '',
    }));
    store.remember([...many, { id: 'x', imageId: 'argocd/unknown/api', at: 1, kind: 'updated', text: '' }]);
    expect(changesOf()).toHaveLength(50);
    expect(changesOf()?.[0]).toBe('updated 79');
    await report([]);
    expect(reader.changes({}, { limit: 5 }).total).toBe(0);
  });
});

describe('pipelines', () => {
  const promotedFrom = (application: string, alias?: string): PromotionPolicy => ({
    from: [{ namespace: undefined, application, alias, text: application }],
    when: 'healthy',
    after: 3_600_000,
    by: 'tag',
    approval: 'command',
    key: 'k',
  });
  const stage = (name: string, promotion?: PromotionPolicy, more: Partial<ImageResult> = {}) => {
    const { basis: _, ...further } = more;
    return becauseOf(
      { code: 'no-tags', facts: {} },
      {
        application: { namespace: 'argocd', name },
        ...(promotion === undefined ? {} : { policy: { promotion } }),
        ...further,
      },
    );
  };

  test('upstream comes before downstream, however they are listed', async () => {
    const { report, reader } = aStore();
    await report([
      stage('prod', promotedFrom('staging')),
      stage('staging', promotedFrom('dev', 'api')),
      stage('dev'),
      stage('dev', undefined, { alias: 'web', image: 'ghcr.io/acme/web' }),
      stage('alone'),
    ]);
    expect(reader.pipeline().map(({ imageId, upstreams }) => [imageId, upstreams])).toEqual([
      ['argocd/dev/api', []],
      ['argocd/staging/api', ['argocd/dev/api']],
      ['argocd/prod/api', ['argocd/staging/api']],
    ]);
    expect(reader.pipeline()[1]).toMatchObject({ when: 'healthy', after: '1h', approval: 'command' });
    expect(reader.image('argocd/dev/api')?.promotedTo).toEqual(['argocd/staging/api']);
    expect(reader.image('argocd/staging/api')?.image.policy?.promoteFrom).toEqual(['argocd/dev/api']);
  });

  test('a ring and an upstream that is not there do no harm', async () => {
    const { report, reader } = aStore();
    await report([
      stage('a', promotedFrom('b')),
      stage('b', promotedFrom('a')),
      stage('c', promotedFrom('nowhere')),
    ]);
    const ids = reader.pipeline().map(({ imageId }) => imageId);
    expect(new Set(ids)).toEqual(new Set(['argocd/a/api', 'argocd/b/api', 'argocd/c/api']));
    expect(ids).toHaveLength(3);
    expect(reader.pipeline().at(-1)?.upstreams).toEqual(['nowhere']);
  });

  test('who may see one Application sees its own stage alone', async () => {
    const { report, reader } = aStore();
    await report([stage('prod', promotedFrom('dev')), stage('dev')]);
    const own = reader.confinedTo({ namespace: 'argocd', name: 'dev' });
    expect(own.pipeline().map(({ imageId }) => imageId)).toEqual(['argocd/dev/api']);
    expect(own.image('argocd/dev/api')?.promotedTo).toEqual([]);
    expect(own.image('argocd/prod/api')).toBeUndefined();
  });
});

describe('who may see one Application', () => {
  const secret = aResult({
    outcome: 'failed',
    code: 'registry-unreachable',
    reason: 'http://10.0.0.5 refused',
    forTenants: { code: 'address-refused', message: 'it cannot be reached' },
  });

  test('reads the reason that is for its people, in images, changes and search', async () => {
    const { report, reader } = aStore();
    await report([aResult()]);
    await report(
      [secret, aResult({ application: { namespace: 'argocd', name: 'other' }, outcome: 'failed' })],
      {
        failures: [{ code: 'applications-unreadable', message: 'secret place' }],
      },
    );
    const own = reader.confinedTo({ namespace: 'argocd', name: 'shop' });
    const all = [
      own.overview(),
      own.images({}, { limit: 9 }),
      own.image('argocd/shop/api'),
      own.changes({}, { limit: 9 }),
      own.registries(),
      own.remotes(),
      own.pipeline(),
    ];
    expect(JSON.stringify(all)).not.toMatch(/10\.0\.0\.5|secret place|other/);
    expect(own.images({ search: '10.0.0.5' }, { limit: 9 }).total).toBe(0);
    expect(own.images({ search: 'cannot be reached' }, { limit: 9 }).total).toBe(1);
    expect(own.overview()).toMatchObject({ applications: 1, images: { failed: 1, current: 0 } });
    expect(reader.images({ search: '10.0.0.5' }, { limit: 9 }).total).toBe(1);
  });

  test('cannot come to see another one by it, and hears only of its own', async () => {
    const { report, reader } = aStore();
    const own = reader.confinedTo({ namespace: 'argocd', name: 'shop' });
    const heard: (readonly string[])[] = [];
    own.subscribe((ids) => heard.push(ids));
    const other = (changes: Partial<ImageResult> = {}) =>
      aResult({ application: { namespace: 'argocd', name: 'other' }, ...changes });
    await report([aResult(), other()]);
    await report([aResult(), other({ outcome: 'failed' })]);
    expect(heard).toEqual([['argocd/shop/api']]);
    expect(own.confinedTo({ namespace: 'argocd', name: 'other' }).images({}, { limit: 9 }).total).toBe(0);
    expect(own.confinedTo(undefined).images({}, { limit: 9 }).total).toBe(1);
  });
});
