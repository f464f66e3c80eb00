import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PrometheusQuestion } from '../../src/core/verification/check-spec.ts';
import { createPrivateCa, issueCertificate } from '../helpers/certificates.ts';
import { openMetrics, startPrometheus } from '../helpers/prometheus.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aCheck, aQuery, aSubject, NEVER, NOON, theChecks } from './a-check.ts';
import { json, serve } from './http-server.ts';

const ONE = { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [0, '1'] }] } };

function named(name: string, namespace = 'argocd') {
  return aSubject({ application: { namespace, name } });
}

describe('a real Prometheus with TLS, users and client certificates', () => {
  it('is asked with them, and not without', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lynceus-tls-'));
    onTestFinished(() => removeFolder(folder));
    createPrivateCa(folder);
    const { certFile, keyFile } = issueCertificate(folder, 'client');
    const hash = execFileSync('htpasswd', ['-nbBC', '4', 'robot', 'pass'], { encoding: 'utf8' })
      .trim()
      .split(':')[1];
    const prometheus = await startPrometheus({
      samples: openMetrics([{ name: 'up', value: 1, at: NOON }]),
      web: {
        tls_server_config: {
          cert_file: join(folder, 'server.pem'),
          key_file: join(folder, 'server.key'),
          client_auth_type: 'RequireAndVerifyClientCert',
          client_ca_file: join(folder, 'authority.pem'),
        },
        basic_auth_users: { robot: hash },
      },
    });
    onTestFinished(() => prometheus.stop());
    const all = {
      url: prometheus.url,
      usernameFrom: 'env:USER',
      passwordFrom: 'env:PASSWORD',
      caFile: join(folder, 'authority.pem'),
      clientCertFile: certFile,
      clientKeyFile: keyFile,
    };
    const secrets = { 'env:USER': 'robot', 'env:PASSWORD': 'pass', 'env:OTHER': 'wrong secret' };
    const checks = theChecks(secrets);
    const measure = async (changes: Partial<PrometheusQuestion>) =>
      await checks.measure(aCheck(aQuery({ ...all, ...changes })), aSubject(), NOON, NEVER);
    expect(await measure({})).toMatchObject({ kind: 'success' });
    for (const [changes, detail] of [
      [{ caFile: undefined }, /unknown authority/],
      [{ clientCertFile: undefined, clientKeyFile: undefined }, /client certificate|closed half-way/],
      [{ passwordFrom: 'env:OTHER' }, /answers the query with status 401 \(see tokenFrom, usernameFrom/],
      [
        { caFile: join(folder, 'gone.pem') },
        /certificates of the check cannot be used: .*gone\.pem.* \(ENOENT\)/,
      ],
      [{ caFile: keyFile }, /no certificate in PEM form/],
      [{ clientKeyFile: join(folder, 'server.key') }, /certificates of the check cannot be used/],
    ] as const) {
      const found = await measure(changes);
      expect(found).toMatchObject({
        kind: 'inconclusive',
        isUnasked: true,
        detail: expect.stringMatching(detail),
      });
      expect(found.detail).not.toMatch(/wrong secret|pass\b.*pass\b/);
    }
  });
});

describe('a server of checks', () => {
  it('is asked once for the same question at the same time, and again at another', async () => {
    const { url, received } = await serve((_request, response) => json(response, ONE));
    const checks = theChecks({ 'env:A': 'a', 'env:B': 'b' });
    const check = aCheck(aQuery({ url }));
    const names = Array.from({ length: 200 }, (_, index) => named(`app-${index}`));
    const found = await Promise.all(
      names.map(async (subject) => await checks.measure(check, subject, NOON, NEVER)),
    );
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['success']));
    expect(received).toHaveLength(1);
    // Later as well, and by another check that asks the same.
    await checks.measure(aCheck(aQuery({ url }), 'other'), named('late'), NOON, NEVER);
    expect(received).toHaveLength(1);
    // Another time, another query, another login.
    await checks.measure(check, named('app-1'), NOON + 1, NEVER);
    await checks.measure(
      aCheck(aQuery({ url, query: 'up{app="{{application}}"}' })),
      named('app-1'),
      NOON,
      NEVER,
    );
    await checks.measure(aCheck(aQuery({ url, tokenFrom: 'env:A' })), named('app-1'), NOON, NEVER);
    await checks.measure(aCheck(aQuery({ url, tokenFrom: 'env:B' })), named('app-1'), NOON, NEVER);
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      undefined,
      'Bearer a',
      'Bearer b',
    ]);
  });

  it('that does not answer is left alone for a moment, and its neighbours are asked', async () => {
    const good = await serve((_request, response) => json(response, ONE));
    let isDown = true;
    const bad = await serve((_request, response) => {
      if (isDown) response.destroy();
      else json(response, ONE);
    });
    const clock = createVirtualClock(NOON);
    const checks = theChecks({}, { clock });
    const query = 'up{app="{{application}}"}';
    const measure = async (url: string, name: string) =>
      await checks.measure(aCheck(aQuery({ url, query })), named(name), NOON, NEVER);
    for (const name of ['a', 'b', 'c'])
      expect(await measure(bad.url, name)).toMatchObject({ kind: 'inconclusive', isUnasked: true });
    const asked = bad.received.length;
    const many = Array.from({ length: 200 }, (_, index) => `app-${index}`);
    const found = await Promise.all(many.map(async (name) => await measure(bad.url, name)));
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['inconclusive']));
    expect(found[0]?.detail).toMatch(/^cannot reach http:.*; it is asked again in a moment$/);
    expect(bad.received).toHaveLength(asked);
    expect(await measure(good.url, 'shop')).toMatchObject({ kind: 'success' });
    clock.advance(-3_600_000);
    expect((await measure(bad.url, 'later')).detail).not.toContain('in a moment');
    isDown = false;
    clock.advance(20_000);
    expect(await measure(bad.url, 'app-1')).toMatchObject({ kind: 'success' });
    expect(await measure(bad.url, 'app-2')).toMatchObject({ kind: 'success' });
  });

  it('that answers an error is not taken for one that is down', async () => {
    const { url, received } = await serve(({ body }, response) => {
      const isBad = body.includes('bad');
      json(
        response,
        isBad ? { status: 'error', errorType: 'bad_data', error: 'no' } : ONE,
        isBad ? 400 : 200,
      );
    });
    const checks = theChecks();
    const query = 'up{app="{{application}}"}';
    for (const name of ['bad-1', 'bad-2', 'bad-3', 'bad-4', 'bad-5'])
      expect(await checks.measure(aCheck(aQuery({ url, query })), named(name), NOON, NEVER)).toMatchObject({
        isUnasked: true,
        detail: expect.stringContaining('refuses the query: bad_data: no'),
      });
    expect(await checks.measure(aCheck(aQuery({ url, query })), named('good'), NOON, NEVER)).toMatchObject({
      kind: 'success',
    });
    expect(received).toHaveLength(6);
  });

  it('has five requests at a time, and a slow one holds up nobody at another host', async () => {
    const waiting: (() => void)[] = [];
    const slow = await serve((_request, response) => void waiting.push(() => json(response, ONE)));
    const quick = await serve((_request, response) => json(response, ONE));
    const checks = theChecks();
    const query = 'up{app="{{application}}"}';
    const many = Array.from({ length: 12 }, (_, index) => named(`app-${index}`, index % 2 === 0 ? 'a' : 'b'));
    // Two kinds of access, which do not share connections.
    const all = Promise.all(
      many.map(async (subject, index) => {
        const check = aCheck(aQuery({ url: slow.url, query, timeout: 9_000 + (index % 3) }));
        return await checks.measure(check, subject, NOON, NEVER);
      }),
    );
    expect(
      await checks.measure(aCheck(aQuery({ url: quick.url, query })), named('x'), NOON, NEVER),
    ).toMatchObject({
      kind: 'success',
    });
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    const timer = setInterval(() => waiting.splice(0).forEach((answer) => answer()), 5);
    onTestFinished(() => clearInterval(timer));
    expect((await all).map(({ kind }) => kind)).toEqual(many.map(() => 'success'));
    expect(slow.mostAtOnce()).toBeLessThanOrEqual(5);
    expect(slow.received).toHaveLength(12);
  });

  it('is given up after its time, and at once when it is stopped', async () => {
    const { url, received } = await serve(() => undefined);
    const check = aCheck(aQuery({ url, timeout: 100 }));
    expect(await theChecks().measure(check, aSubject(), NOON, NEVER)).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: expect.stringMatching(/no answer in time|timeout|took/),
    });
    const stop = new AbortController();
    const before = received.length;
    const measuring = errorOf(theChecks().measure(aCheck(aQuery({ url })), aSubject(), NOON, stop.signal));
    await expect.poll(() => received.length).toBe(before + 1);
    stop.abort();
    expect(await measuring).toMatchObject({ code: 'aborted' });
  });

  it('that takes no POST is asked with GET', async () => {
    const { url, received } = await serve(({ method }, response) =>
      method === 'POST' ? void response.writeHead(405).end() : json(response, ONE),
    );
    expect(
      await theChecks().measure(aCheck(aQuery({ url, query: 'a + b' })), aSubject(), NOON, NEVER),
    ).toMatchObject({
      kind: 'success',
    });
    expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/query',
      `GET /api/v1/query?query=a+%2B+b&time=${NOON / 1000}.000`,
    ]);
    expect(received[0]?.body).toBe(`query=a+%2B+b&time=${NOON / 1000}.000`);
  });

  it.each<[title: string, answer: unknown, status: number, detail: RegExp]>([
    [
      'with warnings',
      { ...ONE, warnings: ['store s3 is gone'] },
      200,
      /warns that its answer may not be all: store s3 is gone$/,
    ],
    ['with another status', {}, 403, /answers the query with status 403 \(see tokenFrom/],
    ['with a page', '<html>', 200, /the answer is none of the HTTP API of Prometheus/],
    ['with another list', [1], 200, /the answer is none of the HTTP API of Prometheus/],
    [
      'with another type',
      { status: 'success', data: { resultType: 'streams', result: [] } },
      200,
      /is none of the HTTP API/,
    ],
    [
      'with native histograms',
      { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, histogram: [0, {}] }] } },
      200,
      /native histograms/,
    ],
    [
      'with an error in the middle',
      { status: 'error', errorType: 'timeout', error: 'query timed out\n"x"' },
      503,
      /refuses the query: timeout: query timed out "x"$/,
    ],
  ])('that answers %s has no answer', async (_title, answer, status, detail) => {
    const { url } = await serve((_request, response) => json(response, answer, status));
    expect(await theChecks().measure(aCheck(aQuery({ url })), aSubject(), NOON, NEVER)).toMatchObject({
      kind: 'inconclusive',
      isUnasked: true,
      detail: expect.stringMatching(detail),
    });
  });

  it('with infos, as newer ones have them, has one', async () => {
    const { url } = await serve((_request, response) =>
      json(response, { ...ONE, infos: ['not a counter'], warnings: [] }),
    );
    expect(await theChecks().measure(aCheck(aQuery({ url })), aSubject(), NOON, NEVER)).toMatchObject({
      kind: 'success',
    });
  });

  it.each([
    ['two\nlines', 'is no value of a header'],
    ['ünï', 'is no value of a header'],
  ])('is not sent the secret %j, and it is in no message', async (secret, detail) => {
    const { url, received } = await serve((_request, response) => json(response, ONE));
    const checks = theChecks({ 'env:TOKEN': secret });
    const found = await checks.measure(
      aCheck(aQuery({ url, tokenFrom: 'env:TOKEN' })),
      aSubject(),
      NOON,
      NEVER,
    );
    expect(found).toMatchObject({ isUnasked: true, detail: expect.stringContaining(detail) });
    expect(found.detail).toContain('env:TOKEN');
    expect(found.detail).not.toContain(secret);
    expect(received).toEqual([]);
  });
});
