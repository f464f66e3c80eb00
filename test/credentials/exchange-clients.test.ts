import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientGuard, createAddressGuard } from '../../src/http/address-guard.ts';
import { createExchangeClients } from '../../src/credentials/exchange-clients.ts';
import { tokenForm } from '../../src/credentials/oauth.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import { startConnectProxy, type ConnectProxy } from '../helpers/connect-proxy.ts';
import { startStandIn, type Answer, type StandIn } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-exchange-'));
const caFile = join(folder, 'ca.pem');
const { signal } = new AbortController();

let server: StandIn;
let answers: Answer[] = [];
const FORM = { grant_type: 'x' };

beforeAll(async () => {
  writeFileSync(caFile, createPrivateCa(folder));
  const tls = {
    key: readFileSync(join(folder, 'server.key')),
    cert: readFileSync(join(folder, 'server.pem')),
  };
  server = await startStandIn(() => answers.shift() ?? { status: 200, body: 'a token' }, { tls });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function clientsWith(env: Readonly<Record<string, string>> = {}, trusted: readonly string[] = []) {
  const clock = createVirtualClock();
  const addresses = createAddressGuard({
    privateAddresses: true,
    exceptions: [],
    env: {},
    trusted: trusted.map((url) => new URL(url)),
  });
  const guard = clientGuard(addresses);
  const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env, guard });
  onTestFinished(() => clients.close());
  return { clients, clock };
}

async function aProxy(): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({ leadsTo: server.host });
  onTestFinished(() => proxy.stop());
  return proxy;
}

const TEST_URL = new URL('https://registry.test/token');

describe('a server that gives out tokens', () => {
  test('is reached through the proxy of the process, with a private authority', async () => {
    const proxy = await aProxy();
    const { clients } = clientsWith({ HTTPS_PROXY: proxy.url });
    const send = await clients.by({ caFile });

    expect((await send(tokenForm(TEST_URL, FORM), signal)).status).toBe(200);
    expect(proxy.asked).toHaveLength(1);
  });

  test('is reached through the proxy that its login names instead', async () => {
    const [own, other] = [await aProxy(), await aProxy()];
    const { clients } = clientsWith({ HTTPS_PROXY: other.url });
    const send = await clients.by({ caFile, proxy: { url: own.url, except: '' } });

    await send(tokenForm(TEST_URL, FORM), signal);

    expect([own.asked.length, other.asked.length]).toEqual([1, 0]);
  });

  test('is held to addresses when a Secret may have named it, and so is the proxy of that', async () => {
    const proxy = await aProxy();
    const route = { caFile, guarded: true, proxy: { url: proxy.url, except: '' } };
    const url = new URL(`${server.url}/token`);
    const { clients } = clientsWith();
    const refusal = { code: 'address-refused', message: expect.stringContaining('this machine') as string };

    const direct = await clients.by({ caFile, guarded: true });
    await expect(direct(tokenForm(url, FORM), signal)).rejects.toMatchObject(refusal);
    for (const at of [proxy.url, proxy.url.replace('127.0.0.1', 'localhost')]) {
      const send = await clients.by({ ...route, proxy: { url: at, except: '' } });
      await expect(send(tokenForm(TEST_URL, FORM), signal)).rejects.toMatchObject(refusal);
    }
    expect(proxy.asked).toEqual([]);

    const named = clientsWith({}, [server.url, proxy.url]).clients;
    expect((await (await named.by({ caFile, guarded: true }))(tokenForm(url, FORM), signal)).status).toBe(
      200,
    );
    expect((await (await named.by(route))(tokenForm(TEST_URL, FORM), signal)).status).toBe(200);
  });

  test('is asked again after what passes by itself, also for a POST', async () => {
    answers = [{ status: 503 }, { status: 429 }];
    const { clients, clock } = clientsWith();
    const send = await clients.by({ caFile });

    expect((await send(tokenForm(new URL(`${server.url}/token`), FORM), signal)).status).toBe(200);
    expect(clock.sleeps).toHaveLength(2);
  });

  test('is not asked again when it is only to be found out whether it is there', async () => {
    const { clients, clock } = clientsWith();

    expect(await clients.probe(tokenForm(new URL('http://127.0.0.1:1/'), FORM), signal)).toBeUndefined();
    expect(clock.sleeps).toEqual([]);
  });

  test.each([
    ['is not there', join(folder, 'nowhere.pem'), /nowhere\.pem cannot be read \(ENOENT\)$/],
    ['holds something else', join(folder, 'server.csr'), /server\.csr are not PEM$/],
  ])('is an error when the file with its authorities %s', async (_what, file, message) => {
    const { clients } = clientsWith();

    await expect(clients.by({ caFile: file })).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message) as string,
    });
  });
});
