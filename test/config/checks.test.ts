import { describe, expect, it, test } from 'vitest';
import { specsOf } from '../../src/config/check-specs.ts';
import { faultsOf, load } from './given.ts';

const QUERY = 'prometheus: { url: http://prometheus:9090, query: up, successWhen: "< 1" }';
const REQUEST = 'http: { url: https://status.example.com/ready }';

/** One check with these keys, each on its own in a map. */
function oneCheck(...keys: readonly string[]): string {
  return `verification: { checks: [{ name: slo, ${keys.join(', ')} }] }`;
}

function query(...keys: readonly string[]): string {
  return oneCheck(
    `prometheus: { url: http://prometheus:9090, query: up, successWhen: "< 1", ${keys.join(', ')} }`,
  );
}

function request(...keys: readonly string[]): string {
  return oneCheck(`http: { url: https://status.example.com/ready, ${keys.join(', ')} }`);
}

const PROMETHEUS = 'verification.checks[0].prometheus';
const HTTP = 'verification.checks[0].http';

describe('a check that is wrong', () => {
  it.each<[fileText: string, fault: string]>([
    [`verification: { checks: [{ ${QUERY} }] }`, 'verification.checks[0].name: is missing'],
    [
      `verification: { checks: [{ name: SLO, ${QUERY} }] }`,
      'verification.checks[0].name: expected a name of small letters',
    ],
    [
      `verification: { checks: [{ name: health, ${QUERY} }] }`,
      'verification.checks[0].name: is the name of a check that is always there',
    ],
    [
      `verification: { checks: [{ name: sync, ${QUERY} }] }`,
      'verification.checks[0].name: is the name of a check that is always there',
    ],
    [
      `verification: { checks: [{ name: slo, ${QUERY} }, { name: slo, ${REQUEST} }] }`,
      'verification.checks[1].name: is the name of verification.checks[0] too',
    ],
    [
      oneCheck('delay: 1m'),
      'verification.checks[0]: asks nothing; expected one of prometheus, http, analysis',
    ],
    [
      oneCheck(QUERY, REQUEST),
      'verification.checks[0].http: stands beside prometheus; make two checks of them',
    ],
    [oneCheck('prom: {}', QUERY), 'verification.checks[0].prom: is no known key'],
    [oneCheck(QUERY, 'count: 5'), 'verification.checks[0].interval: is missing; count is 5'],
    [
      oneCheck(QUERY, 'count: 0'),
      'verification.checks[0].count: expected a whole number from 1 to 1000, found 0',
    ],
    [oneCheck(QUERY, 'interval: 10'), 'verification.checks[0].interval: expected a duration'],
    [oneCheck(QUERY, 'interval: 10ms'), 'verification.checks[0].interval: expected a duration'],
    [oneCheck(QUERY, 'delay: soon'), 'verification.checks[0].delay: expected a duration'],
    [
      oneCheck(QUERY, 'interval: 1m', 'count: 3', 'failureLimit: 3'),
      'verification.checks[0].failureLimit: is 3, and only 3 are measured; it must be less',
    ],
    [
      oneCheck(QUERY, 'inconclusiveLimit: 1'),
      'verification.checks[0].inconclusiveLimit: is 1, and only 1 is measured; it must be less',
    ],
    [
      oneCheck(QUERY, 'consecutiveErrorLimit: -1'),
      'verification.checks[0].consecutiveErrorLimit: expected a whole number',
    ],
    [oneCheck('prometheus: { query: up, successWhen: "< 1" }'), `${PROMETHEUS}.url: is missing`],
    [oneCheck('prometheus: { url: http://p, successWhen: "< 1" }'), `${PROMETHEUS}.query: is missing`],
    [oneCheck('prometheus: { url: http://p, query: up }'), `${PROMETHEUS}.successWhen: is missing`],
    [
      oneCheck('prometheus: { url: prometheus:9090, query: up, successWhen: "< 1" }'),
      `${PROMETHEUS}.url: expected an http or https URL`,
    ],
    [
      oneCheck('prometheus: { url: http://u:hunter2@p, query: up, successWhen: "< 1" }'),
      `${PROMETHEUS}.url: the URL holds a user name or password`,
    ],
    [
      oneCheck('prometheus: { url: http://p/api/v1/query, query: up, successWhen: "< 1" }'),
      `${PROMETHEUS}.url: expected a base URL without /api/v1/query`,
    ],
    [
      oneCheck('prometheus: { url: "http://p/?x=1", query: up, successWhen: "< 1" }'),
      `${PROMETHEUS}.url: expected a base URL without a ?`,
    ],
    [
      oneCheck('prometheus: { url: "http://{{namespace}}", query: up, successWhen: "< 1" }'),
      `${PROMETHEUS}.url: a placeholder stands in the host`,
    ],
    [
      oneCheck(`prometheus: { url: http://p, query: 'up{a="{{app}}"}', successWhen: "< 1" }`),
      `${PROMETHEUS}.query: expected one of the placeholders`,
    ],
    [
      oneCheck(`prometheus: { url: http://p, query: 'up{a={{tag}}}', successWhen: "< 1" }`),
      `${PROMETHEUS}.query: {{tag}} stands outside of quotes in the query`,
    ],
    [
      oneCheck('prometheus: { url: http://p, query: up, successWhen: "result < 1" }'),
      `${PROMETHEUS}.successWhen: expected one of < <= > >= == !=`,
    ],
    [
      oneCheck('prometheus: { url: http://p, query: up, successWhen: "0.5" }'),
      `${PROMETHEUS}.successWhen: expected one of < <= > >= == !=`,
    ],
    [query('noData: ignore'), `${PROMETHEUS}.noData: expected success or failure or inconclusive`],
    [query('step: 1m'), `${PROMETHEUS}.step: is for a range, and there is none`],
    [query('range: 1m', 'step: 2m'), `${PROMETHEUS}.step: is longer than the range`],
    [query('range: 24h', 'step: 1s'), `${PROMETHEUS}.step: makes more than 11000 values of the range`],
    [query('timeout: 1h'), `${PROMETHEUS}.timeout: expected a duration`],
    [
      query('tokenFrom: hunter2'),
      `${PROMETHEUS}.tokenFrom: expected env:NAME, file:/path or secret:NAMESPACE/NAME#FIELD`,
    ],
    [query('tokenFrom: "text:hunter2"'), `${PROMETHEUS}.tokenFrom: expected env:NAME`],
    [query('tokenFrom: "ext:/bin/hunter2"'), `${PROMETHEUS}.tokenFrom: expected env:NAME`],
    [
      query('tokenFrom: env:T', 'usernameFrom: env:U', 'passwordFrom: env:P'),
      `${PROMETHEUS}.tokenFrom: stands beside a user name or password`,
    ],
    [query('usernameFrom: env:U'), `${PROMETHEUS}.passwordFrom: is missing`],
    [query('passwordFrom: env:P'), `${PROMETHEUS}.usernameFrom: is missing`],
    [query('clientCertFile: /c'), `${PROMETHEUS}.clientKeyFile: is missing`],
    [query('clientKeyFile: /k'), `${PROMETHEUS}.clientCertFile: is missing`],
    [query('headers: [{ name: X }]'), `${PROMETHEUS}.headers[0]: expected one of value and valueFrom`],
    [
      query('headers: [{ name: X, value: a, valueFrom: env:A }]'),
      `${PROMETHEUS}.headers[0]: expected one of value and valueFrom`,
    ],
    [
      query('headers: [{ name: "X Y", value: a }]'),
      `${PROMETHEUS}.headers[0].name: expected the name of a header`,
    ],
    [
      query('headers: [{ name: X, value: "a\\nB: c" }]'),
      `${PROMETHEUS}.headers[0].value: expected the value of a header`,
    ],
    [
      query('headers: [{ name: authorization, value: hunter2 }]'),
      `${PROMETHEUS}.headers[0].value: is a secret; name its place with valueFrom`,
    ],
    [
      query('tokenFrom: env:T', 'headers: [{ name: Authorization, valueFrom: env:A }]'),
      `${PROMETHEUS}.headers[0].name: stands beside another login`,
    ],
    [
      query('headers: [{ name: Host, value: a }]'),
      `${PROMETHEUS}.headers[0].name: is a header that Lynceus sets itself`,
    ],
    [oneCheck('http: {}'), `${HTTP}.url: is missing`],
    [
      oneCheck('http: { url: "https://{{application}}.example.com/" }'),
      `${HTTP}.url: a placeholder stands in the host`,
    ],
    [request('method: DELETE'), `${HTTP}.method: expected GET or HEAD or POST, found "DELETE"`],
    [request('body: "{}"'), `${HTTP}.body: is sent with POST alone, and the method is GET`],
    [request('method: POST', 'body: "{"'), `${HTTP}.body: expected JSON, with placeholders in strings alone`],
    [
      request('method: POST', `body: '{"a": {{tag}}}'`),
      `${HTTP}.body: {{tag}} stands outside of quotes in the body`,
    ],
    [request('statuses: [2000]'), `${HTTP}.statuses[0]: expected a status such as 200, or 2xx, found 2000`],
    [request('statuses: [9xx]'), `${HTTP}.statuses[0]: expected a status such as 200, or 2xx, found "9xx"`],
    [request('statuses: []'), `${HTTP}.statuses: expected at least one status`],
    [
      request('jsonPath: $.a'),
      `${HTTP}.successWhen: is missing; expected what the values at jsonPath must be`,
    ],
    [
      request(`successWhen: '== "ok"'`),
      `${HTTP}.jsonPath: is missing; expected where the value for successWhen is`,
    ],
    [
      request('jsonPath: $..a', 'successWhen: "== 1"'),
      `${HTTP}.jsonPath: expected a JSON path such as $.status`,
    ],
    [
      request('method: HEAD', 'jsonPath: $.a', 'successWhen: "== 1"'),
      `${HTTP}.method: is HEAD, and jsonPath needs an answer with a body`,
    ],
    [oneCheck('analysis: { name: shop }'), 'verification.checks[0].analysis.resource: is missing'],
    [oneCheck('analysis: { resource: rollout }'), 'verification.checks[0].analysis: expected name or labels'],
    [
      oneCheck('analysis: { resource: rollout, name: a, labels: b=c }'),
      'verification.checks[0].analysis: has both name and labels',
    ],
    [
      oneCheck('analysis: { resource: experiment, name: a }'),
      'verification.checks[0].analysis.resource: expected analysis-run or rollout',
    ],
    [
      oneCheck('analysis: { resource: rollout, name: "{{app}}" }'),
      'verification.checks[0].analysis.name: expected one of the placeholders',
    ],
  ])('%s', (fileText, fault) => {
    const lines = faultsOf({ fileText });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.startsWith(fault), lines[0]).toBe(true);
    expect(lines[0]).not.toContain('hunter2');
  });
});

test('checks that are right have what they ask, and when', () => {
  const config = load({
    fileText: [
      'verification:',
      '  rules: [{ checks: [health, slo, ready, rollout] }]',
      '  checks:',
      `    - { name: slo, ${QUERY} }`,
      '    - name: latency',
      '      prometheus: { url: https://p/tenant, query: "up", successWhen: "< 1", range: 1h, noData: success, timeout: 5s }',
      '      delay: 5m',
      '      interval: 1m',
      '      count: 10',
      '      failureLimit: 2',
      '      inconclusiveLimit: 3',
      '      consecutiveErrorLimit: 0',
      '    - name: ready',
      '      http: { url: "https://s/{{tag}}", statuses: [2xx, 404], jsonPath: $.a, successWhen: "== 1", tokenFrom: "secret:a/b#c" }',
      '    - { name: rollout, analysis: { resource: rollout, name: "{{application}}" } }',
    ].join('\n'),
  });
  const [slo, latency, ready, rollout] = specsOf(config);
  expect(slo).toMatchObject({
    name: 'slo',
    timing: {
      delay: 0,
      interval: 60_000,
      count: 1,
      failureLimit: 0,
      inconclusiveLimit: 0,
      consecutiveErrorLimit: 4,
    },
    ask: {
      kind: 'prometheus',
      url: 'http://prometheus:9090',
      query: 'up',
      noData: 'inconclusive',
      timeout: 30_000,
    },
  });
  expect(slo?.ask).not.toHaveProperty('range');
  expect(latency).toMatchObject({
    timing: {
      delay: 300_000,
      interval: 60_000,
      count: 10,
      failureLimit: 2,
      inconclusiveLimit: 3,
      consecutiveErrorLimit: 0,
    },
    ask: { range: { over: 3_600_000, step: 60_000 }, noData: 'success', timeout: 5_000 },
  });
  expect(ready?.ask).toMatchObject({
    kind: 'http',
    method: 'GET',
    json: { path: '$.a', successWhen: '== 1' },
    tokenFrom: 'secret:a/b#c',
  });
  expect(ready?.ask.kind === 'http' && ready.ask.statuses).toEqual([
    ...Array.from({ length: 100 }, (_, index) => 200 + index),
    404,
  ]);
  expect(rollout?.ask).toEqual({ kind: 'analysis', resource: 'rollout', name: '{{application}}' });
});
