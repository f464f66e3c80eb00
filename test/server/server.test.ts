import { request as send } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createHealth,
  type HealthRules,
  healthRoutes,
  healthRulesFor,
  checkLiveness,
  checkReadiness,
} from '../../src/server/health.ts';
import type { Routes } from '../../src/server/routes.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import type { LynceusError } from '../../src/errors.ts';

const open: RunningServer[] = [];

async function serve(routes: Routes, onError?: (error: LynceusError) => void): Promise<RunningServer> {
  const server = await startServer({
    address: '127.0.0.1',
    port: 0,
    routes,
    ...(onError === undefined ? {} : { onError }),
  });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(port: number, path: string, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What a server says to raw text, until it hangs up. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
  });
}

const ROUTES: Routes = {
  '/healthz': () => ({ status: 200, body: 'OK\n' }),
  '/metrics': () => Promise.resolve({ status: 200, contentType: 'text/plain; version=0.0.4', body: 'ü 1\n' }),
};

describe('the server', () => {
  // prettier-ignore
  test.each([
    ['GET', '/healthz', 200, 'OK\n'],
    ['GET', '/healthz?verbose=1', 200, 'OK\n'],
    ['HEAD', '/healthz', 200, ''],
    ['GET', '/metrics', 200, 'ü 1\n'],
    ['GET', '/', 404, 'not found\n'],
    ['GET', '/healthz/', 404, 'not found\n'],
    ['GET', '/constructor', 404, 'not found\n'],
    ['GET', '/../healthz', 404, 'not found\n'],
    ['POST', '/healthz', 405, 'only GET and HEAD\n'],
    ['DELETE', '/metrics', 405, 'only GET and HEAD\n'],
    ['POST', '/x', 404, 'not found\n'],
  ])('answers %s %s with %d', async (method, path, status, body) => {
    const { port } = await serve(ROUTES);
    const answer = await ask(port, path, method);
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers['allow']).toBe(status === 405 ? 'GET, HEAD' : undefined);
  });

  test('sends type and length, also for HEAD', async () => {
    const { port } = await serve(ROUTES);
    const { headers } = await ask(port, '/metrics', 'HEAD');
    expect(headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4',
      'content-length': '5',
      'cache-control': 'no-store',
    });
  });

  test('says nothing of why a route failed, but to its owner', async () => {
    const errors: LynceusError[] = [];
    const { port } = await serve({ '/x': () => Promise.reject(new Error('password is hunter2')) }, (error) =>
      errors.push(error),
    );
    expect(await ask(port, '/x')).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(errors.map(({ message }) => message)).toEqual(['unexpected error: password is hunter2']);
  });

  test('does not read a body, and hangs up after one', async () => {
    const { port } = await serve(ROUTES);
    const answer = await ask(port, '/healthz', 'POST', 'x'.repeat(100));
    expect(answer.headers['connection']).toBe('close');
  });

  test('hangs up on what is no HTTP and on headers without end', async () => {
    const { port } = await serve(ROUTES);
    expect(await talk(port, 'nonsense\r\n\r\n')).not.toContain('200');
    expect(
      await talk(port, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    ).not.toContain('200');
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
  });

  test('explains a port that is taken, and how to choose another', async () => {
    const { port } = await serve(ROUTES);
    const second = startServer({ address: '127.0.0.1', port, routes: ROUTES });
    await expect(second).rejects.toMatchObject({
      code: 'config-invalid',
      message: `cannot listen on 127.0.0.1:${port}: another process listens there`,
      hint: expect.stringContaining('server.metricsPort') as string,
    });
  });

  test('explains an address that is not this machine’s', async () => {
    const elsewhere = startServer({ address: '192.0.2.1', port: 0, routes: ROUTES });
    await expect(elsewhere).rejects.toThrow(
      'cannot listen on 192.0.2.1:0: this machine does not have that address',
    );
  });

  test('listens on all addresses when none is given', async () => {
    const server = await startServer({ address: '', port: 0, routes: ROUTES });
    open.push(server);
    expect(await ask(server.port, '/healthz')).toMatchObject({ status: 200 });
  });

  test('stops at once, with a connection kept alive and an answer under way', async () => {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const server = await serve({
      ...ROUTES,
      '/never': () => {
        asked();
        return new Promise(() => undefined);
      },
    });
    const idle = talk(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const stuck = talk(server.port, 'GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
    await isAsked;
    const begin = performance.now();
    await server.close();
    expect(await idle).toContain('200 OK');
    expect(await stuck).toBe('');
    // Connections that are only kept alive would end by themselves after 5 seconds.
    expect(performance.now() - begin).toBeLessThan(4_000);
    await expect(ask(server.port, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});

const RULES: HealthRules = { staleAfter: 1_000, readyAfterFirstCycle: true };

describe('health', () => {
  // prettier-ignore
  test.each([
    ['between cycles', { runningSince: undefined, dueAt: 5_000, ended: 1, early: 0 }, 4_000, true, true],
    ['when a cycle is due', { runningSince: undefined, dueAt: 5_000, ended: 1, early: 0 }, 6_000, true, true],
    ['when a cycle is overdue', { runningSince: undefined, dueAt: 5_000, ended: 1, early: 0 }, 6_001, false, false],
    ['when nobody knows when one is due', { runningSince: undefined, dueAt: undefined, ended: 1, early: 0 }, 9e9, true, true],
    ['during a cycle', { runningSince: 5_000, dueAt: undefined, ended: 1, early: 0 }, 6_000, true, true],
    ['during a cycle that is stuck', { runningSince: 5_000, dueAt: undefined, ended: 1, early: 0 }, 6_001, false, false],
    ['after a cycle that ended early', { runningSince: undefined, dueAt: 5_000, ended: 1, early: 2 }, 4_000, true, true],
    ['after three of them', { runningSince: undefined, dueAt: 5_000, ended: 1, early: 3 }, 4_000, false, false],
    ['during the first cycle', { runningSince: 5_000, dueAt: undefined, ended: 0, early: 0 }, 5_500, true, false],
    ['before the first cycle', { runningSince: undefined, dueAt: 5_000, ended: 0, early: 0 }, 5_000, true, false],
    ['when the first cycle never began', { runningSince: undefined, dueAt: 5_000, ended: 0, early: 0 }, 6_001, false, false],
  ])('%s', (_, times, now, live, ready) => {
    expect(checkLiveness(times, RULES, now).ok).toBe(live);
    expect(checkReadiness(times, RULES, now).ok).toBe(ready);
  });

  test('is ready before the first cycle when that may be tomorrow', () => {
    const health = createHealth({ now: () => 0 }, healthRulesFor({ kind: 'cron' }, 1_200_000));
    expect(health.ready().ok).toBe(true);
  });

  test('is shown by /healthz and /readyz, with the reason', async () => {
    let now = 0;
    const health = createHealth({ now: () => now }, RULES);
    const { port } = await serve(healthRoutes(health));
    const both = async (): Promise<unknown> => {
      const answers = await Promise.all(['/healthz', '/readyz'].map((path) => ask(port, path)));
      return answers.map(({ status, body }) => [status, body]);
    };
    health.cycleBegins();
    expect(await both()).toEqual([
      [200, 'OK\n'],
      [503, 'the first cycle has not ended yet\n'],
    ]);
    health.cycleEnded(500, true);
    expect(await both()).toEqual([
      [200, 'OK\n'],
      [200, 'OK\n'],
    ]);
    now = 3_000;
    expect(await both()).toEqual(Array(2).fill([503, 'the next cycle has been due for 3 s\n']));
    health.cycleBegins();
    now = 5_000;
    expect(await both()).toEqual(Array(2).fill([503, 'the cycle has been running for 2 s\n']));
  });

  test('gives a cycle three intervals, and never less than half an hour', () => {
    expect(healthRulesFor({ kind: 'interval', every: 120_000 }, 1_200_000).staleAfter).toBe(1_800_000);
    expect(healthRulesFor({ kind: 'interval', every: 3_600_000 }, 1_200_000).staleAfter).toBe(10_800_000);
    expect(healthRulesFor({ kind: 'interval', every: 120_000 }, 3_600_000).staleAfter).toBe(4_200_000);
    expect(healthRulesFor({ kind: 'cron' }, 3_600_000).staleAfter).toBe(4_200_000);
  });

  test('counts cycles in a row that ended early, which are no first cycle', () => {
    const health = createHealth({ now: () => 0 }, RULES);
    const end = (isWhole: boolean) => {
      health.cycleBegins();
      health.cycleEnded(500, isWhole);
      return [health.live(), health.ready()].map(({ ok, reason }) => `${ok} ${reason}`);
    };
    const EARLY = 'true OK, but the last cycle ended early';

    expect(end(false)).toEqual([EARLY, 'false the first cycle has not ended yet']);
    expect(end(true)).toEqual(['true OK', 'true OK']);
    expect(end(false)).toEqual([EARLY, EARLY]);
    end(false);
    expect(end(false)).toEqual(Array(2).fill('false the last 3 cycles ended early'));
    expect(end(true)).toEqual(['true OK', 'true OK']);
  });
});
