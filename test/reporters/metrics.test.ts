import { describe, expect, test } from 'vitest';
import type { CycleReport, ImageResult } from '../../src/core/report.ts';
import type { VersionTimes } from '../../src/core/tags/version-times.ts';
import { createMetrics, type Metrics } from '../../src/reporters/metrics.ts';
import { aTracked } from '../helpers/policies.ts';
import { image, IMAGES, problem, report, updater } from './reports.ts';

/** Samples of our metrics by name and labels, `name{a="b"} 1` as `['name{a="b"}', 1]`. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => /^(?:lynceus|argocd)_/.test(line));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

async function after(...cycles: readonly CycleReport[]): Promise<Map<string, number>> {
  const metrics = createMetrics({ version: '1.2.3' });
  for (const cycle of cycles) await metrics.reporter.report(cycle);
  return samples(metrics);
}

const OTHER = { namespace: 'team', name: 'blog' };
const P = 'argocd_image_updater_';

describe('metrics of cycles', () => {
  test('keep the names and labels of Argo CD Image Updater', async () => {
    const found = await after(
      report({
        applications: 2,
        images: [
          image('updated'),
          image('updated'),
          image('failed'),
          image('current', { application: OTHER }),
        ],
      }),
      report({ applications: 2, images: [image('updated'), image('current', { application: OTHER })] }),
    );
    expect(Object.fromEntries([...found].filter(([name]) => name.startsWith(P)))).toEqual({
      [`${P}applications_watched_total`]: 2,
      [`${P}images_watched_total{application="argocd/shop"}`]: 1,
      [`${P}images_watched_total{application="team/blog"}`]: 1,
      [`${P}images_updated_total{application="argocd/shop"}`]: 3,
      [`${P}images_updated_total{application="team/blog"}`]: 0,
      [`${P}images_errors_total{application="argocd/shop"}`]: 1,
      [`${P}images_errors_total{application="team/blog"}`]: 0,
    });
  });

  test('do not count what a dry run would write', async () => {
    const found = await after(report({ dryRun: true, images: [image('update')] }));
    expect(found.get(`${P}images_updated_total{application="argocd/shop"}`)).toBe(0);
    expect(found.get('lynceus_images{application="argocd/shop",outcome="update",code="up-to-date"}')).toBe(1);
  });

  test('show how each image ended the last cycle, and nothing of the one before', async () => {
    const found = await after(
      report({
        images: [image('failed', { code: 'registry-denied' }), image('current')],
        problems: [problem()],
      }),
      report({ images: [image('current'), image('current')] }),
    );
    expect([...found].filter(([name]) => /^lynceus_(?:images|problems)/.test(name))).toEqual([
      ['lynceus_images{application="argocd/shop",outcome="current",code="up-to-date"}', 2],
    ]);
  });

  test('count images of which a version was turned away, in the last cycle alone', async () => {
    const turnedAway = [
      image('held', { code: 'signature-missing' }),
      image('held', { alias: 'b', code: 'signature-invalid' }),
      image('updated', { alias: 'c', warnings: [{ code: 'newer-turned-away', message: 'x' }] }),
    ];
    const others = [image('held', { code: 'gate-unavailable', application: OTHER })];
    const name = (application: string) => `lynceus_images_turned_away{application="${application}"}`;
    const found = await after(report({ images: [...turnedAway, ...others] }));
    expect([found.get(name('argocd/shop')), found.get(name('team/blog'))]).toEqual([3, undefined]);
    const next = await after(report({ images: turnedAway }), report({ images: [image('current')] }));
    expect(next.get(name('argocd/shop'))).toBeUndefined();
  });

  test('count problems as errors, once each', async () => {
    const failed = image('failed', { alias: 'web', code: 'annotation-invalid' });
    const found = await after(
      report({
        images: [failed],
        problems: [problem({ alias: 'web' }), problem(), problem({ application: OTHER })],
      }),
    );
    expect(found.get(`${P}images_errors_total{application="argocd/shop"}`)).toBe(2);
    expect(found.get(`${P}images_errors_total{application="team/blog"}`)).toBe(1);
    expect(found.get('lynceus_problems{application="argocd/shop",code="annotation-invalid"}')).toBe(2);
  });

  test('forget an Application that is gone', async () => {
    const found = await after(
      report({ images: [image('updated'), image('current', { application: OTHER })] }),
      report({ images: [image('current')] }),
    );
    expect([...found.keys()].filter((name) => name.includes('blog'))).toEqual([]);
    expect(found.get(`${P}images_updated_total{application="argocd/shop"}`)).toBe(1);
  });

  test('remember Applications that could not be read this time, until they can be', async () => {
    const both = report({ images: [image('updated'), image('current', { application: OTHER })] });
    const blind = report({ applications: 0, failures: [{ code: 'applications-unreadable', message: 'x' }] });
    const during = await after(both, blind);
    expect(during.get(`${P}images_updated_total{application="argocd/shop"}`)).toBe(1);
    expect(during.get('lynceus_images{application="team/blog",outcome="current",code="up-to-date"}')).toBe(1);
    const later = await after(both, blind, report({ images: [image('current')] }));
    expect([...later.keys()].filter((name) => name.includes('blog'))).toEqual([]);
  });

  test('keep what a cycle for a part of the images was not for', async () => {
    const all = report({
      applications: 2,
      images: [
        image('current'),
        image('held', { alias: 'web', image: 'ghcr.io/acme/web' }),
        image('current', { application: OTHER }),
      ],
      problems: [problem()],
    });
    const found = await after(all, report({ applications: 1, partial: true, images: [image('updated')] }));
    expect(found.get(`${P}applications_watched_total`)).toBe(2);
    expect(found.get(`${P}images_watched_total{application="argocd/shop"}`)).toBe(2);
    expect(found.get(`${P}images_updated_total{application="argocd/shop"}`)).toBe(1);
    expect([...found].filter(([name]) => /^lynceus_(?:images|problems)/.test(name))).toEqual([
      ['lynceus_images{application="argocd/shop",outcome="held",code="up-to-date"}', 1],
      ['lynceus_images{application="argocd/shop",outcome="updated",code="up-to-date"}', 1],
      ['lynceus_images{application="team/blog",outcome="current",code="up-to-date"}', 1],
      ['lynceus_problems{application="argocd/shop",code="annotation-invalid"}', 1],
    ]);
  });

  const of = (name: string) => `image_updater_cr_name="${name}",image_updater_cr_namespace="argocd"`;
  const BLOG = { ...IMAGES, name: 'blog' };

  test('have the labels of the ImageUpdater, so that sums by it, by Application and over all are right', async () => {
    const images = [
      image('updated', { updater: IMAGES }),
      image('failed', { updater: IMAGES, application: OTHER }),
      image('current', { updater: BLOG, application: OTHER }),
      image('current', { application: { namespace: 'argocd', name: 'annotated' } }),
    ];
    const bad = { ...IMAGES, name: 'bad' };
    const fault = problem({
      application: { namespace: 'argocd', name: '' },
      updater: bad,
      code: 'updater-invalid',
    });
    const updaters = [
      updater(images.slice(0, 2)),
      updater(images.slice(2, 3), BLOG),
      updater([], { ...bad, fault }),
    ];
    const found = await after(report({ applications: 3, images, updaters, problems: [fault] }));
    expect(Object.fromEntries([...found].filter(([name]) => name.startsWith(P)))).toEqual({
      [`${P}applications_watched_total`]: 1,
      [`${P}applications_watched_total{${of('images')}}`]: 2,
      [`${P}applications_watched_total{${of('blog')}}`]: 1,
      [`${P}applications_watched_total{${of('bad')}}`]: 0,
      [`${P}images_watched_total{application="argocd/shop",${of('images')}}`]: 1,
      [`${P}images_watched_total{application="team/blog",${of('images')}}`]: 1,
      [`${P}images_watched_total{application="team/blog",${of('blog')}}`]: 1,
      [`${P}images_watched_total{application="argocd/annotated"}`]: 1,
      [`${P}images_watched_total{${of('bad')}}`]: 0,
      [`${P}images_updated_total{application="argocd/shop",${of('images')}}`]: 1,
      [`${P}images_updated_total{application="team/blog",${of('images')}}`]: 0,
      [`${P}images_updated_total{application="team/blog",${of('blog')}}`]: 0,
      [`${P}images_updated_total{application="argocd/annotated"}`]: 0,
      [`${P}images_updated_total{${of('bad')}}`]: 0,
      [`${P}images_errors_total{application="argocd/shop",${of('images')}}`]: 0,
      [`${P}images_errors_total{application="team/blog",${of('images')}}`]: 1,
      [`${P}images_errors_total{application="team/blog",${of('blog')}}`]: 0,
      [`${P}images_errors_total{application="argocd/annotated"}`]: 0,
      [`${P}images_errors_total{${of('bad')}}`]: 1,
    });
    expect(found.get(`lynceus_problems{${of('bad')},code="updater-invalid"}`)).toBe(1);
  });

  test('forget an ImageUpdater that is gone, but not while they cannot be read', async () => {
    const images = [image('updated', { updater: IMAGES })];
    const both = report({ images, updaters: [updater(images), updater([], BLOG)] });
    const alone = report({ images: [image('current')], updaters: [updater([], BLOG)] });
    const blind = report({ failures: [{ code: 'updaters-unreadable', message: 'x' }] });
    const seriesOf = (found: Map<string, number>, name: string) =>
      [...found.keys()].filter((key) => key.includes(`cr_name="${name}"`)).length;
    expect(seriesOf(await after(both), 'images')).toBe(4);
    expect(seriesOf(await after(both, alone), 'images')).toBe(0);
    expect(seriesOf(await after(both, alone), 'blog')).toBe(1);
    expect(seriesOf(await after(both, blind), 'images')).toBe(4);
  });

  test('keep what a cycle for some Applications does not see', async () => {
    const all = report({
      applications: 2,
      images: [image('updated'), image('held', { alias: 'db' }), image('failed', { application: OTHER })],
      updaters: [updater([])],
    });
    const found = await after(all, report({ applications: 1, partial: true, images: [image('updated')] }));
    expect(found.get(`${P}images_watched_total{application="argocd/shop"}`)).toBe(2);
    expect(found.get('lynceus_images{application="argocd/shop",outcome="held",code="up-to-date"}')).toBe(1);
    expect(found.get(`${P}applications_watched_total`)).toBe(2);
    expect(found.get(`${P}applications_watched_total{${of('images')}}`)).toBe(0);
    expect(found.get(`${P}images_updated_total{application="argocd/shop"}`)).toBe(2);
    expect(found.get(`${P}images_errors_total{application="team/blog"}`)).toBe(1);
    expect(found.get('lynceus_images{application="team/blog",outcome="failed",code="up-to-date"}')).toBe(1);
  });

  test('say how the last cycle went', async () => {
    const good = await after(report());
    expect(good.get('lynceus_last_cycle_success')).toBe(1);
    expect(good.get('lynceus_last_cycle_timestamp_seconds')).toBeCloseTo(
      Date.parse('2026-11-21T09:14:00Z') / 1_000 + 1.23456,
      5,
    );
    expect(good.get('lynceus_cycles_total{result="success"}')).toBe(1);
    expect(good.get('lynceus_cycle_duration_seconds_count')).toBe(1);
    expect(good.get('lynceus_cycle_duration_seconds_bucket{le="2.5"}')).toBe(1);
    const bad = await after(report(), report({ images: [image('failed')] }));
    expect(bad.get('lynceus_last_cycle_success')).toBe(0);
    expect(bad.get('lynceus_cycles_total{result="failure"}')).toBe(1);
  });

  test('count a cycle that ended early as a failed one', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    await metrics.reporter.report(report({ startedAt: 5_000, seconds: 2 }));

    metrics.cycleEndedEarly();

    const found = await samples(metrics);
    const valuesOf = (...names: readonly string[]) => names.map((name) => found.get(name));
    expect(
      valuesOf(
        'lynceus_cycles_total{result="failure"}',
        'lynceus_cycles_total{result="success"}',
        'lynceus_cycles_ended_early_total',
        'lynceus_last_cycle_success',
        'lynceus_last_cycle_timestamp_seconds',
      ),
    ).toEqual([1, 1, 1, 0, 7]);
  });

  test('say which version runs', async () => {
    expect((await after()).get(`lynceus_build_info{version="1.2.3",node="${process.version}"}`)).toBe(1);
  });
});

describe('metrics of what was asked of the world', () => {
  // prettier-ignore
  test.each([
    ['tags', 200, 0, '2xx'],
    ['tags', 304, 0, '3xx'],
    ['ping', 401, 0, '4xx'],
    ['tags', 401, 0, '4xx'],
    ['token', 401, 1, '4xx'],
    ['manifest', 404, 1, '4xx'],
    ['tags', 429, 1, '4xx'],
    ['blob', 503, 1, '5xx'],
    ['tags', 0, 1, 'none'],
    ['tags', 999, 1, 'none'],
  ] as const)('a %s request answered with %d counts as %d failures', async (kind, status, failures, label) => {
    const metrics = createMetrics({ version: '' });
    metrics.observer.registryRequest({ registry: 'ghcr.io', kind, status, seconds: 0.2 });
    const found = await samples(metrics);
    expect(found.get(`${P}registry_requests_total{registry="ghcr.io"}`)).toBe(1);
    expect(found.get(`${P}registry_requests_failed_total{registry="ghcr.io"}`)).toBe(failures);
    expect(found.get(`lynceus_registry_request_duration_seconds_count{registry="ghcr.io",kind="${kind}",status="${label}"}`)).toBe(1);
  });

  test('fetches and pushes are counted by remote and result', async () => {
    const metrics = createMetrics({ version: '' });
    for (const [kind, ok] of [
      ['fetch', true],
      ['push', true],
      ['push', false],
      ['push', false],
    ] as const) {
      metrics.observer.gitOperation({ remote: 'github.com', kind, ok, seconds: 1 });
    }
    const found = await samples(metrics);
    expect([...found].filter(([name]) => name.startsWith('lynceus_git_operations_total'))).toEqual([
      ['lynceus_git_operations_total{remote="github.com",kind="fetch",result="success"}', 1],
      ['lynceus_git_operations_total{remote="github.com",kind="push",result="success"}', 1],
      ['lynceus_git_operations_total{remote="github.com",kind="push",result="failure"}', 2],
    ]);
    expect(found.get('lynceus_git_operation_duration_seconds_count{kind="push"}')).toBe(3);
  });

  test('names beyond the first 200 share one series', async () => {
    const metrics = createMetrics({ version: '' });
    for (let i = 0; i < 300; i++) {
      metrics.observer.registryRequest({ registry: `r${i}.example`, kind: 'tags', status: 200, seconds: 0 });
      metrics.observer.gitOperation({ remote: `g${i}.example`, kind: 'fetch', ok: true, seconds: 0 });
    }
    metrics.observer.registryRequest({ registry: 'r0.example', kind: 'tags', status: 200, seconds: 0 });
    const found = await samples(metrics);
    const series = [...found.keys()].filter((name) => name.startsWith(`${P}registry_requests_total`));
    expect(series).toHaveLength(201);
    expect(found.get(`${P}registry_requests_total{registry="other"}`)).toBe(100);
    expect(found.get(`${P}registry_requests_total{registry="r0.example"}`)).toBe(2);
    expect(found.get('lynceus_git_operations_total{remote="other",kind="fetch",result="success"}')).toBe(100);
  });

  test('two sets of metrics do not share anything', async () => {
    const [one, two] = [createMetrics({ version: '' }), createMetrics({ version: '' })];
    one.observer.registryRequest({ registry: 'ghcr.io', kind: 'tags', status: 200, seconds: 0 });
    expect((await samples(two)).get(`${P}registry_requests_total{registry="ghcr.io"}`)).toBeUndefined();
    expect(one.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

describe('metrics of deliveries', () => {
  const NOTHING = { leadTimes: [], ended: [], rolledBack: [], restored: [] };
  const underWay = { proposed: 0, written: 0, synced: 0 };
  const application = { namespace: 'argocd', name: 'shop' };

  test('are there before anything happened, so that the first counts', async () => {
    const found = await after();
    const ours = [...found].filter(([name]) =>
      /^lynceus_(?:deliveries_\w*total|time_to|delivery)/.test(name),
    );
    expect(ours.filter(([, value]) => value !== 0)).toEqual([]);
    const counted = ours.filter(([name]) => !name.includes('_bucket')).map(([name]) => name);
    expect(counted).toContain('lynceus_deliveries_total{result="rolled-back"}');
    expect(counted).toContain('lynceus_deliveries_rolled_back_total{by="person"}');
    expect(counted).toContain('lynceus_delivery_lead_time_seconds_count{from="pushed",to="verified"}');
    expect(counted).toContain('lynceus_time_to_restore_seconds_count{by="check"}');
  });

  test('count what a cycle tells, and a cycle that tells nothing changes nothing', async () => {
    const found = await after(
      report({
        deliveries: {
          leadTimes: [
            { application, from: 'pushed', to: 'commit', seconds: 90 },
            { application, from: 'seen', to: 'synced', seconds: 200_000 },
          ],
          ended: [
            { application, result: 'verified' },
            { application, result: 'verified' },
            { application, result: 'failed' },
          ],
          rolledBack: [{ application, by: 'check' }],
          restored: [{ application, by: 'check', seconds: 300 }],
          underWay: { proposed: 1, written: 2, synced: 3 },
        },
      }),
      report(),
    );
    expect(Object.fromEntries(found)).toMatchObject({
      'lynceus_delivery_lead_time_seconds_sum{from="pushed",to="commit"}': 90,
      'lynceus_delivery_lead_time_seconds_bucket{le="60",from="pushed",to="commit"}': 0,
      'lynceus_delivery_lead_time_seconds_bucket{le="120",from="pushed",to="commit"}': 1,
      'lynceus_delivery_lead_time_seconds_bucket{le="172800",from="seen",to="synced"}': 0,
      'lynceus_delivery_lead_time_seconds_bucket{le="345600",from="seen",to="synced"}': 1,
      'lynceus_deliveries_total{result="verified"}': 2,
      'lynceus_deliveries_total{result="failed"}': 1,
      'lynceus_deliveries_total{result="superseded"}': 0,
      'lynceus_deliveries_rolled_back_total{by="check"}': 1,
      'lynceus_deliveries_rolled_back_total{by="person"}': 0,
      'lynceus_time_to_restore_seconds_sum{by="check"}': 300,
      'lynceus_deliveries_under_way{stage="written"}': 2,
    });
    const later = await after(report({ deliveries: { ...NOTHING, underWay } }));
    expect(later.get('lynceus_deliveries_under_way{stage="written"}')).toBe(0);
  });
});

describe('metrics of versions in force', () => {
  const DAY = 86_400_000;
  const START = Date.parse('2026-11-21T09:14:00Z');
  const at = (days: number) => START - days * DAY;
  const [BEHIND, AGE] = ['lynceus_image_versions_behind', 'lynceus_image_age_seconds'];

  /** An image with what is known of its tags. */
  function known(
    rest: Parameters<typeof image>[1],
    basis: { readonly newer?: number; readonly current?: VersionTimes; readonly candidate?: VersionTimes },
  ): ImageResult {
    const { newer, ...times } = basis;
    const tags = { seen: 9, considered: 9, ...(newer === undefined ? {} : { newer }) };
    return image(rest?.outcome ?? 'current', {
      ...rest,
      basis: {
        project: 'default',
        policy: aTracked().policy,
        reason: { code: 'no-tags', facts: {} },
        tags,
        times,
      },
    });
  }
  const version = (tag: string) => ({ name: undefined, tag, digest: undefined });

  test('are those of the image that is worst, and only where they are known', async () => {
    const found = await after(
      report({
        seconds: 0,
        images: [
          known({ alias: 'a' }, { newer: 0, current: { built: at(10), pushed: at(9) } }),
          known({ alias: 'b', outcome: 'held' }, { newer: 4, current: { pushed: at(30) } }),
          known({ alias: 'c' }, {}),
          known({ application: OTHER }, { candidate: { built: at(1) } }),
        ],
      }),
    );
    expect(found.get(`${BEHIND}{application="argocd/shop"}`)).toBe(4);
    expect(found.get(`${AGE}{application="argocd/shop"}`)).toBe(30 * 86_400);
    expect(
      [...found.keys()].filter((name) => name.startsWith('lynceus_image_') && name.includes('team')),
    ).toEqual([]);
  });

  test('remember the time of a version that was written, and go on without its image', async () => {
    const written = known(
      { outcome: 'updated', current: version('1'), candidate: { tag: '2', digest: undefined } },
      { newer: 3, current: { built: at(50) }, candidate: { built: at(2) } },
    );
    const later = known({ current: version('2') }, { newer: 1 });
    const cycles = [
      report({ seconds: 0, images: [written] }),
      report({ startedAt: at(-1), seconds: 0, images: [later] }),
    ];
    const first = await after(...cycles.slice(0, 1));
    expect(first.get(`${BEHIND}{application="argocd/shop"}`)).toBe(0);
    expect(first.get(`${AGE}{application="argocd/shop"}`)).toBe(2 * 86_400);
    const second = await after(...cycles);
    expect(second.get(`${BEHIND}{application="argocd/shop"}`)).toBe(1);
    expect(second.get(`${AGE}{application="argocd/shop"}`)).toBe(3 * 86_400);
    const changed = await after(...cycles, report({ images: [known({ current: version('5') }, {})] }));
    expect(changed.has(`${AGE}{application="argocd/shop"}`)).toBe(false);
    const gone = await after(...cycles, report({ images: [image('current', { application: OTHER })] }));
    expect([...gone.keys()].filter((name) => name.startsWith('lynceus_image_'))).toEqual([]);
  });

  test('of what is only proposed stay as they were, and of an image whose turn has not come too', async () => {
    const proposed = known(
      {
        outcome: 'updated',
        current: version('1'),
        candidate: { tag: '2', digest: undefined },
        pullRequest: { action: 'open', url: undefined },
      },
      { newer: 3, current: { built: at(50) }, candidate: { built: at(2) } },
    );
    const waiting = image('skipped', { code: 'not-due', current: undefined });
    const found = await after(
      report({ seconds: 0, images: [proposed] }),
      report({ seconds: 0, images: [waiting] }),
    );
    expect(found.get(`${BEHIND}{application="argocd/shop"}`)).toBe(3);
    expect(found.get(`${AGE}{application="argocd/shop"}`)).toBe(50 * 86_400);
  });

  test('of Applications that a cycle was not for stay as they were', async () => {
    const found = await after(
      report({ seconds: 0, images: [known({}, { newer: 2 })] }),
      report({ partial: true, images: [known({ application: OTHER }, { newer: 1 })] }),
    );
    expect(found.get(`${BEHIND}{application="argocd/shop"}`)).toBe(2);
    expect(found.get(`${BEHIND}{application="team/blog"}`)).toBe(1);
  });
});
