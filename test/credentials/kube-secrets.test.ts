import { describe, expect, test } from 'vitest';
import { createKubeSecrets } from '../../src/credentials/kube-secrets.ts';
import { createRegistryLogins, type RegistryLogins } from '../../src/credentials/registry-logins.ts';
import { parseCredentialSpec } from '../../src/core/credential-spec.ts';
import { SECRETS } from '../../src/kube/kube-client.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.ts';
import { connect, FOREVER, startServer } from '../kube/stand-in.ts';
import { NO_APP_TOKENS } from './no-app-tokens.ts';
import { aSecret } from './a-secret.ts';

const LOGIN = { namespace: 'shop', name: 'login' };
const API = { registry: 'ghcr.io', path: 'acme/api' };

async function setUp(server: KubeStandIn) {
  const clock = createVirtualClock();
  return { clock, secrets: createKubeSecrets({ kube: await connect(server), clock }) };
}

describe('Secrets of the cluster', () => {
  test('are read by name and decoded', async () => {
    const server = await startServer();
    server.objects.put(
      SECRETS,
      aSecret(
        'shop',
        'login',
        { creds: 'user:pässword\n', empty: '' },
        { labels: { team: 'shop' }, annotations: { note: 'x' } },
      ),
    );
    const { secrets } = await setUp(server);

    expect(await secrets.read(LOGIN, FOREVER)).toEqual({
      fields: { creds: 'user:pässword\n', empty: '' },
      type: 'Opaque',
      labels: { team: 'shop' },
      annotations: { note: 'x' },
    });
    expect(server.verbs()).toEqual(new Set(['get secrets']));
  });

  test('may have no fields at all', async () => {
    const server = await startServer();
    const { data: _, type: __, ...bare } = aSecret('shop', 'login', {});
    server.objects.put(SECRETS, { ...bare, metadata: { namespace: 'shop', name: 'login' } });

    expect(await (await setUp(server)).secrets.read(LOGIN, FOREVER)).toEqual({
      fields: {},
      type: '',
      labels: {},
      annotations: {},
    });
  });

  test('that are not there are undefined', async () => {
    const { secrets } = await setUp(await startServer());

    expect(await secrets.read(LOGIN, FOREVER)).toBeUndefined();
  });

  test('that may not be read are kube-denied, with the words of the API server', async () => {
    const { secrets } = await setUp(await startServer({ rules: [] }));

    await expect(secrets.read(LOGIN, FOREVER)).rejects.toMatchObject({
      code: 'kube-denied',
      message: expect.stringMatching(/get secrets.* login.* shop/) as string,
    });
  });

  test('are asked for once by many, and again after a moment', async () => {
    const server = await startServer();
    server.objects.put(SECRETS, aSecret('shop', 'login', { creds: 'old' }));
    const { secrets, clock } = await setUp(server);
    const read = async (): Promise<unknown> => (await secrets.read(LOGIN, FOREVER))?.fields['creds'];

    expect(await Promise.all([read(), read(), read()])).toEqual(['old', 'old', 'old']);
    server.objects.put(SECRETS, aSecret('shop', 'login', { creds: 'new' }));
    expect(await read()).toBe('old');
    expect(server.requests).toHaveLength(1);
    clock.advance(30_000);
    expect(await read()).toBe('new');
  });
});

async function registryLogins(
  server: KubeStandIn,
  credentials?: string,
): Promise<{ readonly logins: RegistryLogins; readonly clock: VirtualClock }> {
  const { clock, secrets } = await setUp(server);
  const logins = createRegistryLogins({
    endpointOf: () => ({
      name: 'GitHub',
      prefix: 'ghcr.io',
      apiUrl: 'https://ghcr.io',
      credentials: credentials === undefined ? undefined : parseCredentialSpec(credentials),
      credentialsExpire: undefined,
    }),
    dockerConfigFile: undefined,
    env: {},
    clock,
    readSecret: secrets.read,
    appTokens: NO_APP_TOKENS,
  });
  return { logins, clock };
}

function pullSecret(password: string) {
  const auths = { 'ghcr.io': { auth: Buffer.from(`robot:${password}`).toString('base64') } };
  return aSecret('shop', 'login', { '.dockerconfigjson': JSON.stringify({ auths }) });
}

describe('a registry login from a Secret of the cluster', () => {
  test('is had again once, when the registry refuses what was read before', async () => {
    const server = await startServer();
    server.objects.put(SECRETS, pullSecret('old'));
    const { logins, clock } = await registryLogins(server, 'pullsecret:shop/login');
    const refused = await logins.find(API, undefined, FOREVER);
    server.objects.put(SECRETS, pullSecret('new'));

    expect(refused).toMatchObject({ username: 'robot', password: 'old' });
    expect(await logins.renew(API, refused, FOREVER)).toBeUndefined();
    clock.advance(30_000);
    expect(await logins.renew(API, refused, FOREVER)).toMatchObject({ password: 'new' });
    expect(server.requests).toHaveLength(2);
  });

  test('is one question for all images of a cycle', async () => {
    const server = await startServer();
    server.objects.put(SECRETS, pullSecret('p'));
    const { logins } = await registryLogins(server);
    const spec = parseCredentialSpec('pullsecret:shop/login');
    const images = Array.from({ length: 20 }, (_, index) => ({ registry: 'ghcr.io', path: `acme/${index}` }));
    await Promise.all(images.map((image) => logins.find(image, spec, FOREVER)));

    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['a right that is missing', { rules: [] }, 'kube-denied'],
    ['a Secret that is not there', {}, 'credentials-missing'],
  ])('fails for %s, and is not tried without a login', async (_what, options, code) => {
    const { logins } = await registryLogins(await startServer(options));
    const spec = parseCredentialSpec('pullsecret:shop/login');

    await expect(logins.find(API, spec, FOREVER)).rejects.toMatchObject({ code });
  });
});
