import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RetirableAgent } from '../../src/http/retirable-agent.ts';
import { createSelfSigned } from '../helpers/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-retirable-'));
let server: Server;
let held: Promise<void> | undefined;

beforeAll(async () => {
  const { key, certificate } = createSelfSigned(folder);
  server = createServer({ key, cert: certificate }, (_, response) => {
    void Promise.resolve(held).then(() => response.end('ok'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function anAgent(): RetirableAgent {
  return new RetirableAgent({ keepAlive: true, rejectUnauthorized: false });
}

async function ask(agent: RetirableAgent): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const asked = request({ host: '127.0.0.1', port, agent }, (response) => response.resume()).end();
  await once(asked, 'close');
}

function connections(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

test('an agent keeps its connection, and ends it as soon as it is retired', async () => {
  const agent = anAgent();
  await ask(agent);
  await ask(agent);
  expect(await connections()).toBe(1);

  agent.retire();

  await expect.poll(connections).toBe(0);
});

test('a connection that is in use when its agent is retired ends with its request', async () => {
  const agent = anAgent();
  let release = (): void => undefined;
  held = new Promise((resolve) => (release = resolve));
  const asked = ask(agent);
  await expect.poll(connections).toBe(1);

  agent.retire();
  expect(await connections()).toBe(1);
  release();
  await asked;

  await expect.poll(connections).toBe(0);
});
