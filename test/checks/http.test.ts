import { describe, expect, it } from 'vitest';
import type { HttpQuestion } from '../../src/core/verification/check-spec.ts';
import { aCheck, aSubject, NEVER, NOON, theChecks } from './a-check.ts';
import { json, serve, type Received } from './http-server.ts';

const OK = Array.from({ length: 100 }, (_, index) => 200 + index);

function aRequest(changes: Partial<HttpQuestion>): HttpQuestion {
  return { kind: 'http', url: 'http://127.0.0.1:1/', statuses: OK, timeout: 5_000, ...changes };
}

const HEALTH = {
  status: 'ok',
  errors: 0,
  ratio: '0.5',
  ready: true,
  checks: [
    { name: 'db', status: 'ok' },
    { name: 'cache', status: 'down' },
  ],
  none: null,
};

describe('a request', () => {
  it.each<[title: string, asked: Partial<HttpQuestion>, kind: string, detail: RegExp]>([
    ['with a good status', {}, 'success', /^status 200$/],
    ['with HEAD', { method: 'HEAD' }, 'success', /^status 200$/],
    [
      'with a good value',
      { json: { path: '$.status', successWhen: '== "ok"' } },
      'success',
      /^"ok" of \$\.status is == "ok"$/,
    ],
    [
      'with a number',
      { json: { path: '$.errors', successWhen: '< 1' } },
      'success',
      /^0 of \$\.errors is < 1$/,
    ],
    ['with a number as text', { json: { path: '$.ratio', successWhen: '<= 0.5' } }, 'success', /is <= 0.5$/],
    ['with a truth', { json: { path: '$.ready', successWhen: '== true' } }, 'success', /^true of/],
    [
      'with a bad value',
      { json: { path: '$.errors', successWhen: '> 0' } },
      'failure',
      /^0 of \$\.errors is not > 0$/,
    ],
    [
      'with several values, one bad',
      { json: { path: '$.checks[*].status', successWhen: '== "ok"' } },
      'failure',
      /^"down" of \$\.checks\[\*\]\.status is not == "ok" \(1 of 2 values\)$/,
    ],
    ['with null', { json: { path: '$.none', successWhen: '< 1' } }, 'inconclusive', /cannot be compared/],
    [
      'with a text for a number',
      { json: { path: '$.status', successWhen: '< 1' } },
      'inconclusive',
      /^"ok" of \$\.status cannot be compared: expected < 1$/,
    ],
    [
      'with nothing there',
      { json: { path: '$.gone', successWhen: '< 1' } },
      'inconclusive',
      /^the answer has nothing at \$\.gone$/,
    ],
    [
      'with a list',
      { json: { path: '$.checks', successWhen: '!= "down"' } },
      'inconclusive',
      /^a list or a map is at \$\.checks/,
    ],
    [
      'with a status that is not listed',
      { statuses: [204] },
      'failure',
      /^127\.0\.0\.1:\d+ answers with status 200$/,
    ],
  ])('%s', async (_title, asked, kind, detail) => {
    const { url } = await serve((_request, response) => json(response, HEALTH));
    const check = aCheck(aRequest({ url, ...asked }));
    expect(await theChecks().measure(check, aSubject(), NOON, NEVER)).toMatchObject({
      kind,
      at: NOON,
      detail: expect.stringMatching(detail),
      ...(kind === 'inconclusive' ? { isUnasked: false } : {}),
    });
  });

  it.each<[status: number, asked: Partial<HttpQuestion>, kind: string, isUnasked?: boolean]>([
    [503, {}, 'failure'],
    [500, {}, 'failure'],
    [404, {}, 'failure'],
    [401, {}, 'failure'],
    [503, { statuses: [503] }, 'success'],
    [204, {}, 'success'],
    [302, { statuses: [302] }, 'success'],
    [429, {}, 'inconclusive', true],
    [401, { tokenFrom: 'env:TOKEN' }, 'inconclusive', true],
    [403, { usernameFrom: 'env:USER', passwordFrom: 'env:PASSWORD' }, 'inconclusive', true],
    [403, { headers: [{ name: 'X-Key', valueFrom: 'env:TOKEN' }] }, 'inconclusive', true],
    [403, { headers: [{ name: 'X-Scope', value: 'a' }] }, 'failure'],
    [500, { tokenFrom: 'env:TOKEN' }, 'failure'],
  ])('answered with %d, by %j', async (status, asked, kind, isUnasked) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(status, { location: '/other' }).end();
    });
    const checks = theChecks({ 'env:TOKEN': 't', 'env:USER': 'u', 'env:PASSWORD': 'p' });
    const found = await checks.measure(aCheck(aRequest({ url, ...asked })), aSubject(), NOON, NEVER);
    expect(found).toMatchObject({ kind, ...(isUnasked === undefined ? {} : { isUnasked }) });
  });

  it('sends what is set, with what the write gives it', async () => {
    const { url, received } = await serve((_request, response) => json(response, HEALTH));
    const checks = theChecks({ 'secret:argocd/status#key': 'one key', 'file:/token': 'a token' });
    const asked = aRequest({
      url: `${url}/{{destinationNamespace}}/{{application}}?tag={{tag}}`,
      method: 'POST',
      body: '{"commit": "{{commit}}", "image": "{{image}}"}',
      tokenFrom: 'file:/token',
      headers: [
        { name: 'X-Key', valueFrom: 'secret:argocd/status#key' },
        { name: 'X-Scope', value: 'deployments' },
      ],
    });
    const subject = aSubject({ application: { namespace: 'argocd', name: 'shop/../x' } });
    expect(await checks.measure(aCheck(asked), subject, NOON, NEVER)).toMatchObject({ kind: 'success' });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/shop/shop%2F..%2Fx?tag=1.4.2',
      headers: {
        authorization: 'Bearer a token',
        'x-key': 'one key',
        'x-scope': 'deployments',
        'content-type': 'application/json',
      },
    });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      commit: subject.commit,
      image: 'ghcr.io/acme/api',
    });
  });

  it('sends basic authentication', async () => {
    const { url, received } = await serve((_request, response) => json(response, HEALTH));
    const asked = aRequest({ url, usernameFrom: 'env:USER', passwordFrom: 'env:PASSWORD' });
    await theChecks({ 'env:USER': 'robot', 'env:PASSWORD': 'pässword' }).measure(
      aCheck(asked),
      aSubject(),
      NOON,
      NEVER,
    );
    expect(received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('robot:pässword').toString('base64')}`,
    );
  });

  it('follows a redirect on its host, and none to another one', async () => {
    const other = await serve((_request, response) => json(response, HEALTH));
    const { url, received } = await serve(({ path }, response) => {
      if (path === '/here') json(response, HEALTH);
      else response.writeHead(302, { location: path === '/' ? '/here' : other.url }).end();
    });
    const checks = theChecks({ 'env:TOKEN': 'a token' });
    const measure = async (path: string) =>
      await checks.measure(
        aCheck(aRequest({ url: `${url}${path}`, tokenFrom: 'env:TOKEN' })),
        aSubject(),
        NOON,
        NEVER,
      );
    expect(await measure('/')).toMatchObject({ kind: 'success' });
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer a token',
      'Bearer a token',
    ]);
    expect(await measure('/away')).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: expect.stringContaining('redirects to another host, 127.0.0.1:'),
    });
    expect(other.received).toEqual([]);
  });

  it.each<[title: string, answer: string, asked: Partial<HttpQuestion>, detail: RegExp, isUnasked: boolean]>([
    ['that is no JSON', '<html>', {}, /^127\.0\.0\.1:\d+ answers with something else than JSON$/, false],
    [
      'that is too large',
      `["${'x'.repeat(1024 * 1024)}"]`,
      {},
      /answered with more than 1048576 bytes/,
      true,
    ],
    ['that is too deep', '['.repeat(5_000) + ']'.repeat(5_000), {}, /something else than JSON/, false],
  ])('has no value in an answer %s', async (_title, answer, asked, detail, isUnasked) => {
    const { url } = await serve((_request, response) => void response.end(answer));
    const check = aCheck(aRequest({ url, json: { path: '$.status', successWhen: '== 1' }, ...asked }));
    expect(await theChecks().measure(check, aSubject(), NOON, NEVER)).toMatchObject({
      kind: 'inconclusive',
      isUnasked,
      detail: expect.stringMatching(detail),
    });
    const byStatus = aCheck(aRequest({ url }));
    expect(await theChecks().measure(byStatus, aSubject(), NOON, NEVER)).toMatchObject({ kind: 'success' });
  });

  it('of several images is several requests, and one that is bad is enough', async () => {
    const { url, received } = await serve(({ path }: Received, response) =>
      json(response, {}, path.endsWith('/2.0.0') ? 500 : 200),
    );
    const both = aSubject({
      images: [
        { alias: 'api', image: 'ghcr.io/acme/api', tag: '1.4.2' },
        { alias: 'web', image: 'ghcr.io/acme/web', tag: '2.0.0' },
        { alias: 'job', image: 'ghcr.io/acme/job', tag: '1.4.2' },
      ],
    });
    const check = aCheck(aRequest({ url: `${url}/{{tag}}` }));
    expect(await theChecks().measure(check, both, NOON, NEVER)).toMatchObject({ kind: 'failure' });
    expect(received.map(({ path }) => path).toSorted()).toEqual(['/1.4.2', '/2.0.0']);
    expect(theChecks().questionsOf(check, both, NOON)).toEqual([`GET ${url}/1.4.2`, `GET ${url}/2.0.0`]);
    expect(theChecks().isReplayable(check)).toBe(false);
  });
});
