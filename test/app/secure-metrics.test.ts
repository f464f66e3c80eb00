import { request } from 'node:https';
import { onTestFinished, describe, expect, test } from 'vitest';
import { openServerTls } from '../../src/app/open-server-tls.ts';
import { reviewScrape } from '../../src/app/review-scrape.ts';
import { startServers, type Served } from '../../src/app/start-servers.ts';
import { SYSTEM_CLOCK } from '../../src/cli/clock.ts';
import { LynceusError } from '../../src/errors.ts';
import { createHealth } from '../../src/server/health.ts';
import { load } from '../config/given.ts';
import { connect, startServer } from '../kube/stand-in.ts';
import { SILENT } from '../helpers/logs.ts';

const PEOPLE = {
  prometheus: { user: 'system:serviceaccount:monitoring:prometheus', mayGet: ['/metrics'] },
  stranger: { user: 'system:serviceaccount:team-a:default', mayGet: ['/healthz'] },
};

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function get(port: number, path: string, token?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const asking = request({
      host: '127.0.0.1',
      port,
      path,
      headers,
      rejectUnauthorized: false,
      agent: false,
    });
    asking.on('error', reject).on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    asking.end();
  });
}

/** Metrics over HTTPS at a free port, and probes at another, with the API server of the test. */
async function secureMetrics(api = startServer({ people: PEOPLE })) {
  const server = await api;
  const kube = await connect(server);
  const config = load({ flags: { metricsBindAddress: '127.0.0.1:1', healthProbeBindAddress: '0' } }).server;
  const served: Served = {
    health: createHealth({ now: () => 0 }, { staleAfter: 1, readyAfterFirstCycle: false }),
    metrics: { text: async () => 'lynceus_images 1\n', contentType: 'text/plain' },
    log: SILENT,
    clock: { now: () => 0 },
    review: (asked) => reviewScrape(kube, asked),
    openTls: () => openServerTls(config, { clock: SYSTEM_CLOCK, log: SILENT }),
  };
  // Port 0 is off in the configuration, and any free port to a server.
  const [running] = await startServers(
    { ...config, metricsAddress: { address: '127.0.0.1', port: await freePort() } },
    served,
  );
  onTestFinished(() => running?.close());
  return { server, port: running?.port ?? 0, served, config };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { readonly port: number };
      probe.close(() => resolve(port));
    });
  });
}

describe('metrics over HTTPS', () => {
  test('are for those whom Kubernetes lets get /metrics', async () => {
    const { server, port } = await secureMetrics();
    expect(await get(port, '/metrics', 'prometheus')).toEqual({ status: 200, body: 'lynceus_images 1\n' });
    expect((await get(port, '/metrics', 'stranger')).status).toBe(403);
    expect((await get(port, '/metrics', 'nobody')).status).toBe(401);
    expect((await get(port, '/metrics')).status).toBe(401);
    expect((await get(port, '/healthz', 'prometheus')).status).toBe(404);
    expect((await get(port, '/metrics', 'prometheus')).status).toBe(200);
    expect(
      server.requests.map(
        ({ verb, group, resource, namespace }) => `${verb} ${group}/${resource} ${namespace}`,
      ),
    ).toEqual([
      'create authentication.k8s.io/tokenreviews ',
      'create authorization.k8s.io/subjectaccessreviews ',
      'create authentication.k8s.io/tokenreviews ',
      'create authorization.k8s.io/subjectaccessreviews ',
      'create authentication.k8s.io/tokenreviews ',
    ]);
  });

  test('are an error while the API server cannot be asked, or may not be', async () => {
    const { server, port } = await secureMetrics(startServer({ people: PEOPLE, rules: [] }));
    expect(await get(port, '/metrics', 'prometheus')).toEqual({ status: 500, body: 'internal error\n' });
    server.setRules(undefined);
    expect((await get(port, '/metrics', 'prometheus')).status).toBe(200);
  });

  test('need a cluster', async () => {
    const { served, config } = await secureMetrics();
    await expect(startServers(config, { ...served, review: undefined })).rejects.toThrow(LynceusError);
  });
});
