import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { PrometheusQuestion } from '../../src/core/verification/check-spec.ts';
import { openMetrics, startPrometheus, type Prometheus, type Sample } from '../helpers/prometheus.ts';
import { aCheck, aQuery, aSubject, NEVER, NOON, theChecks } from './a-check.ts';
import { serve } from './http-server.ts';

const MINUTE = 60_000;
/** What nobody who names something expects to be read as anything else. */
const ODD_NAME = 'o"d\\d\n{n}';

/** Every minute from half an hour before noon until noon. */
function series(
  name: string,
  labels: Readonly<Record<string, string>>,
  valueAt: (minutesBeforeNoon: number) => number | string,
): readonly Sample[] {
  return Array.from({ length: 31 }, (_, minute) => ({
    name,
    labels,
    value: valueAt(30 - minute),
    at: NOON - (30 - minute) * MINUTE,
  }));
}

const SAMPLES = openMetrics([
  ...series('requests', { app: 'shop', code: '200', tag: '1.4.2' }, (ago) => (30 - ago) * 99),
  ...series('requests', { app: 'shop', code: '500', tag: '1.4.2' }, (ago) => 30 - ago),
  ...series('requests', { app: 'quiet', code: '200' }, () => 7),
  ...series('requests', { app: 'quiet', code: '500' }, () => 0),
  ...series('errors', { app: 'shop', pod: 'a' }, () => 0.002),
  ...series('errors', { app: 'shop', pod: 'b' }, (ago) => (ago < 5 ? 0.2 : 0.001)),
  ...series('errors', { app: 'shop', pod: 'c' }, () => 0.003),
  ...series('errors', { app: ODD_NAME, pod: 'd' }, () => 0.5),
  ...series('latency', { app: 'shop' }, (ago) => (ago % 2 === 0 ? 'NaN' : 0.1)),
  ...series('broken', { app: 'shop' }, () => '+Inf'),
  ...series('build', { image: 'ghcr.io/acme/api', tag: '1.4.2' }, () => 1),
  ...series('build', { image: 'ghcr.io/acme/web', tag: '2.0.0' }, () => 0),
]);

let prometheus: Prometheus;

beforeAll(async () => {
  prometheus = await startPrometheus({ samples: SAMPLES });
});

afterAll(async () => {
  await prometheus.stop();
});

const RATIO =
  'sum(rate(requests{app="{{application}}",code=~"5.."}[10m])) / sum(rate(requests{app="{{application}}"}[10m]))';

async function measure(changes: Partial<PrometheusQuestion>, subject = aSubject(), at = NOON) {
  const check = aCheck(aQuery({ url: prometheus.url, ...changes }));
  return await theChecks().measure(check, subject, at, NEVER);
}

describe('a query', () => {
  it.each<[title: string, asked: Partial<PrometheusQuestion>, kind: string, detail: string]>([
    ['of a ratio', { query: RATIO, successWhen: '< 0.02' }, 'success', '0.01 is < 0.02'],
    ['of a ratio that is too high', { query: RATIO, successWhen: '< 0.01' }, 'failure', '0.01 is not < 0.01'],
    [
      'of a scalar',
      { query: 'scalar(errors{pod="a"})', successWhen: '== 0.002' },
      'success',
      '0.002 is == 0.002',
    ],
    ['of a number alone', { query: '1 + 1', successWhen: '> 1 && < 3' }, 'success', '2 is > 1 && < 3'],
    ['of a text', { query: '"ok"', successWhen: '== "ok"' }, 'success', '"ok" is == "ok"'],
    [
      'of a text as number',
      { query: '"ok"', successWhen: '< 1' },
      'inconclusive',
      '"ok" cannot be compared: expected < 1',
    ],
    [
      'of several series',
      { query: 'errors{app="shop"}', successWhen: '< 0.5' },
      'success',
      '3 values are < 0.5',
    ],
    [
      'of several, one too high',
      { query: 'errors{app="shop"}', successWhen: '< 0.01' },
      'failure',
      '0.2 of errors{app="shop", pod="b"} is not < 0.01 (1 of 3 values)',
    ],
    [
      'that is infinite',
      { query: 'broken', successWhen: '< 1' },
      'failure',
      'Infinity of broken{app="shop"} is not < 1',
    ],
    [
      'that may be infinite',
      { query: 'broken', successWhen: '== Inf' },
      'success',
      'Infinity of broken{app="shop"} is == Inf',
    ],
    [
      'over a range, good all the time',
      { query: 'errors{pod="a"}', successWhen: '< 0.01', range: { over: 10 * MINUTE, step: MINUTE } },
      'success',
      '11 values are < 0.01',
    ],
    [
      'over a range, bad at its end',
      { query: 'errors{pod="b"}', successWhen: '< 0.01', range: { over: 10 * MINUTE, step: MINUTE } },
      'failure',
      '0.2 of errors{app="shop", pod="b"} is not < 0.01 (5 of 11 values)',
    ],
    [
      'over a range with NaN in between',
      { query: 'latency', successWhen: '< 1', range: { over: 10 * MINUTE, step: MINUTE } },
      'success',
      '5 values are < 1, 6 more are NaN',
    ],
    [
      'of nothing',
      { query: 'errors{app="gone"}', successWhen: '< 1' },
      'inconclusive',
      'the answer has no value',
    ],
    [
      'of nothing, which is good',
      { query: 'errors{app="gone"}', successWhen: '< 1', noData: 'success' },
      'success',
      'the answer has no value, which counts as success',
    ],
    [
      'of nothing, which is bad',
      { query: 'errors{app="gone"}', successWhen: '< 1', noData: 'failure' },
      'failure',
      'the answer has no value, which counts as failure',
    ],
    [
      'over a range with nothing',
      { query: 'gone', successWhen: '< 1', range: { over: MINUTE, step: MINUTE } },
      'inconclusive',
      'the answer has no value',
    ],
    [
      'of a ratio without requests',
      { query: RATIO.replaceAll('{{application}}', 'quiet'), successWhen: '< 0.01' },
      'inconclusive',
      'the answer has NaN alone',
    ],
    [
      'of a ratio without requests, which is good',
      { query: RATIO.replaceAll('{{application}}', 'quiet'), successWhen: '== NaN || < 0.01' },
      'success',
      'NaN is == NaN || < 0.01',
    ],
    [
      'of a ratio without requests, where no data is good',
      { query: RATIO.replaceAll('{{application}}', 'quiet'), successWhen: '< 0.01', noData: 'success' },
      'success',
      'the answer has NaN alone, which counts as success',
    ],
  ])('%s', async (_title, asked, kind, detail) => {
    expect(await measure(asked)).toMatchObject({ kind, detail, at: NOON });
  });

  it('has the same answer at the same time, and another one at another', async () => {
    const asked = { query: 'errors{pod="b"}', successWhen: '< 0.01' };
    expect(await measure(asked, aSubject(), NOON - 6 * MINUTE)).toMatchObject({ kind: 'success' });
    expect(await measure(asked)).toMatchObject({ kind: 'failure' });
    expect(await measure(asked, aSubject(), NOON - 6 * MINUTE)).toMatchObject({ kind: 'success' });
    expect(theChecks().isReplayable(aCheck(aQuery({})))).toBe(true);
  });

  it('finds what is named in any odd way, and nothing else', async () => {
    const odd = aSubject({ application: { namespace: 'argocd', name: ODD_NAME } });
    for (const query of [
      'errors{app="{{application}}"}',
      "errors{app='{{application}}'}",
      'errors{app=~"{{application}}"}',
    ])
      expect(await measure({ query, successWhen: '< 0.01' }, odd)).toMatchObject({
        kind: 'failure',
        detail: expect.stringContaining('0.5 of '),
      });
    const everything = aSubject({ application: { namespace: 'argocd', name: '.*' } });
    for (const query of ['errors{app=~"{{application}}"}', 'errors{app=~"{{application|regex}}"}'])
      expect(await measure({ query, successWhen: '< 0.01' }, everything)).toMatchObject({
        detail: 'the answer has no value',
      });
    const escaping = aSubject({ application: { namespace: 'argocd', name: '"} or vector(0) or up{a="' } });
    expect(
      await measure({ query: 'errors{app="{{application}}"}', successWhen: '< 1' }, escaping),
    ).toMatchObject({
      kind: 'inconclusive',
      detail: 'the answer has no value',
    });
  });

  it('that names an image is asked for each, and one failure is enough', async () => {
    const both = aSubject({
      images: [
        { alias: 'api', image: 'ghcr.io/acme/api', tag: '1.4.2' },
        { alias: 'web', image: 'ghcr.io/acme/web', tag: '2.0.0' },
        { alias: 'old', image: 'ghcr.io/acme/old', tag: '1.0.0' },
      ],
    });
    const asked = { query: 'build{image="{{image}}",tag="{{tag}}"}', successWhen: '== 1' };
    expect(await measure(asked, both)).toMatchObject({
      kind: 'failure',
      detail: '0 of build{image="ghcr.io/acme/web", tag="2.0.0"} is not == 1',
    });
    expect(await measure(asked)).toMatchObject({ kind: 'success' });
    expect(await measure(asked, aSubject({ images: both.images.slice(2) }))).toMatchObject({
      kind: 'inconclusive',
    });
    const checks = theChecks();
    expect(checks.questionsOf(aCheck(aQuery({ url: `${prometheus.url}/`, ...asked })), both, NOON)).toEqual([
      `${prometheus.url}/api/v1/query: build{image="ghcr.io/acme/api",tag="1.4.2"}`,
      `${prometheus.url}/api/v1/query: build{image="ghcr.io/acme/web",tag="2.0.0"}`,
      `${prometheus.url}/api/v1/query: build{image="ghcr.io/acme/old",tag="1.0.0"}`,
    ]);
  });

  it.each<[asked: Partial<PrometheusQuestion>, detail: RegExp]>([
    [{ query: 'sum(' }, /^127\.0\.0\.1:\d+ refuses the query: bad_data: .*parse error/],
    [
      { query: 'errors + on(app) group_left broken * on() errors' },
      /refuses the query: (?:execution|bad_data): /,
    ],
    [
      { query: 'errors', range: { over: 86_400_000, step: 1_000 } },
      /refuses the query: bad_data: exceeded maximum resolution/,
    ],
    [
      { url: 'http://127.0.0.1:1' },
      /^cannot reach http:\/\/127\.0\.0\.1:1\/api\/v1\/query: connection refused/,
    ],
    [
      { query: 'up{n="{{destinationNamespace}}"}' },
      /^there is no value for \{\{destinationNamespace\}\} \(the Application has no/,
    ],
  ])('that cannot be asked is inconclusive: %j', async (asked, detail) => {
    const found = await measure(asked, aSubject({ destinationNamespace: '' }));
    expect(found).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: expect.stringMatching(detail),
    });
  });

  it('that is somewhere below another path is not found', async () => {
    expect(await measure({ url: `${prometheus.url}/prometheus` })).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: expect.stringMatching(
        /^127\.0\.0\.1:\d+ answers the query with status 404 \(see the url of the check\)$/,
      ),
    });
  });
});

describe('a Prometheus that scrapes', () => {
  it('has what is scraped now, and takes a target that is gone for no data', async () => {
    const target = await serve((_request, response) => void response.end('errors{app="shop"} 0.25\n'));
    const scraping = await startPrometheus({
      scrapes: { targets: [new URL(target.url).host], interval: '100ms' },
    });
    onTestFinished(() => scraping.stop());
    const asked = { url: scraping.url, query: 'errors{app="{{application}}"}', successWhen: '< 0.1' };
    const now = async () => await measure(asked, aSubject(), Date.now());
    await expect.poll(now, { timeout: 10_000 }).toMatchObject({ kind: 'failure' });
    expect(await measure(asked, aSubject(), Date.now() - 3_600_000)).toMatchObject({
      kind: 'inconclusive',
      isUnasked: false,
    });
  });
});
