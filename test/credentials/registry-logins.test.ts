import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCredentialSpec } from '../../src/core/credential-spec.ts';
import {
  createRegistryLogins,
  type LoginEndpoint,
  type RegistryLoginsOptions,
} from '../../src/credentials/registry-logins.ts';
import type { KubeSecret, SecretFields } from '../../src/credentials/kube-secrets.ts';
import { LynceusError } from '../../src/errors.ts';
import type { Login } from '../../src/ports/logins.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { NO_APP_TOKENS } from './no-app-tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-logins-'));
const { signal } = new AbortController();
const API = { registry: 'ghcr.io', path: 'acme/api' };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Wish extends Partial<RegistryLoginsOptions> {
  /** `credentials` of the registry entry. */
  readonly credentials?: string;
  readonly credentialsExpire?: number;
}

function setUp({ credentials, credentialsExpire, ...options }: Wish = {}) {
  const clock = createVirtualClock(0);
  const endpoint: LoginEndpoint = {
    name: 'GitHub',
    prefix: 'ghcr.io',
    apiUrl: 'https://ghcr.io',
    credentials: credentials === undefined ? undefined : parseCredentialSpec(credentials),
    credentialsExpire,
  };
  const logins = createRegistryLogins({
    endpointOf: () => endpoint,
    dockerConfigFile: undefined,
    env: { GHCR: 'env-user:env-pass\n' },
    clock,
    appTokens: NO_APP_TOKENS,
    ...options,
  });
  return {
    clock,
    logins,
    find: (spec?: string) =>
      logins.find(API, spec === undefined ? undefined : parseCredentialSpec(spec), signal),
    renew: (refused: Login) => logins.renew(API, refused, signal),
  };
}

/** A script that prints another password each time, and counts. */
function aCounter() {
  let count = 0;
  return { runScript: () => Promise.resolve(`user:pass-${++count}\n`), runs: () => count };
}

let files = 0;

function aDockerConfig(auths: Readonly<Record<string, string>>): string {
  const path = join(folder, `config-${++files}.json`);
  const entries = Object.entries(auths).map(([key, login]) => [key, { auth: btoa(login) }]);
  writeFileSync(path, JSON.stringify({ auths: Object.fromEntries(entries) }));
  return path;
}

function aKubeSecret(fields: SecretFields | undefined): KubeSecret | undefined {
  return fields && { fields, type: 'Opaque', labels: {}, annotations: {} };
}

function basic(identity: string, username: string, password: string): Login {
  return { kind: 'basic', identity, username, password };
}

describe('the login for an image', () => {
  const dockerConfigFile = aDockerConfig({ 'ghcr.io': 'file-user:file-pass' });
  const runScript = () => Promise.resolve('script-user:script-pass');

  test.each([
    [
      'what the Application names',
      { credentials: 'ext:/login.sh', dockerConfigFile, runScript },
      'env:GHCR',
      basic('env:GHCR', 'env-user', 'env-pass'),
    ],
    [
      "else the registry's own",
      { credentials: 'ext:/login.sh', dockerConfigFile, runScript },
      undefined,
      basic('ext:/login.sh', 'script-user', 'script-pass'),
    ],
    [
      'else what the Docker configuration says',
      { dockerConfigFile },
      undefined,
      basic('docker-config:ghcr.io', 'file-user', 'file-pass'),
    ],
    [
      'else nobody',
      { dockerConfigFile: aDockerConfig({ 'quay.io': 'a:b' }) },
      undefined,
      { kind: 'anonymous', identity: 'anonymous' },
    ],
    ['nobody where nothing is configured', {}, undefined, { kind: 'anonymous', identity: 'anonymous' }],
  ] as const)('is %s', async (_what, wish, spec, expected) => {
    expect(await setUp(wish).find(spec)).toMatchObject(expected);
  });

  test.each([
    [
      'an unset variable',
      {},
      'env:NOTHING',
      'credentials-missing',
      'the environment variable NOTHING is not set',
    ],
    [
      'a variable with half a login',
      { env: { GHCR: 'token-s3cret' } },
      'env:GHCR',
      'credentials-failed',
      'expected user:password in the environment variable GHCR, found something else',
    ],
    [
      'a program that prints no login',
      { runScript: () => Promise.resolve('s3cret\n') },
      'ext:/x',
      'credentials-failed',
      'expected user:password in what /x printed, found something else',
    ],
    [
      'a Secret without a cluster',
      {},
      'secret:shop/login#creds',
      'credentials-missing',
      'the login is to come from the Secret shop/login, and there is no cluster to read it from',
    ],
    [
      'a pull secret without a cluster',
      {},
      'pullsecret:shop/login',
      'credentials-missing',
      'the login is to come from the Secret shop/login, and there is no cluster to read it from',
    ],
  ] as const)(
    'that was named and cannot be had is an error: %s',
    async (_what, wish, spec, code, message) => {
      const dockerConfig = { dockerConfigFile };

      await expect(setUp({ ...dockerConfig, ...wish }).find(spec)).rejects.toMatchObject({ code, message });
      await expect(setUp({ ...dockerConfig, ...wish, credentials: spec }).find()).rejects.toMatchObject({
        code,
        message,
      });
    },
  );

  test.each([
    ['is not there', join(folder, 'nowhere.json'), 'credentials-missing', /cannot be read \(ENOENT\)$/],
    ['is a folder', folder, 'credentials-missing', /cannot be read \(EISDIR\)$/],
  ])('is an error when the Docker configuration %s', async (_what, file, code, message) => {
    await expect(setUp({ dockerConfigFile: file }).find()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test('that nothing names says which entry of the registries almost fits', async () => {
    const endpointOf = () => undefined;
    const near = 'the entry "GitHub" almost fits, but its prefix ghcr.io:80 has the port 80';
    const why = async (nearEntryOf?: () => string) =>
      (await setUp({ endpointOf, ...(nearEntryOf && { nearEntryOf }) }).find()).why;

    expect([await why(() => near), await why()]).toEqual([
      `nothing named a login: no registry entry is for ghcr.io (${near}), no dockerConfigFile`,
      'nothing named a login: no registry entry is for ghcr.io, no dockerConfigFile',
    ]);
  });

  test('is an error when the Docker configuration is none, or its entry is broken', async () => {
    const none = join(folder, 'none.json');
    writeFileSync(none, 'auths: {}');

    await expect(setUp({ dockerConfigFile: none }).find()).rejects.toMatchObject({
      code: 'credentials-failed',
    });
    await expect(
      setUp({ dockerConfigFile: aDockerConfig({ 'ghcr.io': 's3cret' }) }).find(),
    ).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(/^the entry "ghcr\.io" of .* is no login: expected auth with/) as string,
    });
  });
});

describe('a login from a Kubernetes Secret', () => {
  const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'shop/plain': { creds: 'user:pass\n' },
    'shop/pull': {
      '.dockerconfigjson': JSON.stringify({ auths: { 'https://ghcr.io/acme': { auth: btoa('user:pass') } } }),
    },
    'shop/other': {
      '.dockerconfigjson': JSON.stringify({
        auths: Object.fromEntries(
          ['a', 'https://u:s3cret@b', 'c', 'd', 'e', 'f'].map((key) => [key, { auth: btoa('u:p') }]),
        ),
      }),
    },
    'shop/legacy': { '.dockercfg': JSON.stringify({ 'ghcr.io': { username: 'user', password: 'pass' } }) },
    'shop/swapped': { '.dockercfg': JSON.stringify({ auths: { 'ghcr.io': { auth: btoa('user:pass') } } }) },
    'shop/old': {
      '.dockerconfigjson': `\uFEFF${JSON.stringify({ 'ghcr.io': { auth: btoa('user:pass') } })}\n`,
    },
    'shop/blank': { '.dockerconfigjson': '\n' },
    'shop/both': {
      '.dockercfg': 's3cret',
      '.dockerconfigjson': JSON.stringify({ auths: { 'ghcr.io': { auth: btoa('user:pass\n') } } }),
    },
    'shop/broken-legacy': { '.dockercfg': '["s3cret"]' },
    'shop/port': {
      '.dockerconfigjson': JSON.stringify({
        auths: { a: { auth: btoa('u:p') }, 'https://ghcr.io:8443': { auth: btoa('u:p') } },
      }),
    },
    'shop/token': {
      '.dockerconfigjson': JSON.stringify({ auths: { 'ghcr.io': { registrytoken: 's3cret' } } }),
    },
    'shop/empty': { '.dockerconfigjson': '{}' },
    'shop/broken': { '.dockerconfigjson': 's3cret' },
  };
  const readSecret: RegistryLoginsOptions['readSecret'] = ({ namespace, name }) =>
    Promise.resolve(aKubeSecret(secrets[`${namespace}/${name}`]));

  test.each([
    ['secret:shop/plain#creds', 'user', 'pass'],
    ['pullsecret:shop/pull', 'user', 'pass'],
    ['pullsecret:shop/legacy', 'user', 'pass'],
    ['pullsecret:shop/swapped', 'user', 'pass'],
    ['pullsecret:shop/old', 'user', 'pass'],
    ['pullsecret:shop/both', 'user', 'pass'],
  ])('is read: %s', async (spec, username, password) => {
    expect(await setUp({ readSecret }).find(spec)).toMatchObject(basic(spec, username, password));
  });

  test.each([
    ['secret:shop/gone#creds', 'credentials-missing', 'there is no Secret shop/gone'],
    ['secret:shop/plain#other', 'credentials-missing', 'the Secret shop/plain has no field other'],
    ['pullsecret:shop/plain', 'credentials-missing', 'the Secret shop/plain has no field .dockerconfigjson'],
    [
      'pullsecret:shop/other',
      'credentials-missing',
      'the Secret shop/other has no entry for ghcr.io/acme/api, only for "a", "https://b", "c", "d", "e" and 1 more',
    ],
    [
      'pullsecret:shop/port',
      'credentials-missing',
      'the Secret shop/port has no entry for ghcr.io/acme/api, only for "https://ghcr.io:8443" (another port), "a"',
    ],
    [
      'pullsecret:shop/token',
      'credentials-failed',
      'the entry "ghcr.io" of the Secret shop/token has only a registrytoken, which is good for one image and ends soon: expected auth with user:password in base64, or username and password, or identitytoken',
    ],
    [
      'pullsecret:shop/empty',
      'credentials-missing',
      'the Secret shop/empty has no entry for ghcr.io/acme/api, only for nothing',
    ],
    [
      'pullsecret:shop/blank',
      'credentials-missing',
      'the Secret shop/blank has no entry for ghcr.io/acme/api, only for nothing',
    ],
    [
      'pullsecret:shop/broken',
      'credentials-failed',
      'the Secret shop/broken holds no Docker configuration in .dockerconfigjson',
    ],
    [
      'pullsecret:shop/broken-legacy',
      'credentials-failed',
      'the Secret shop/broken-legacy holds no Docker configuration in .dockercfg',
    ],
  ])('%s is the error %s', async (spec, code, message) => {
    await expect(setUp({ readSecret }).find(spec)).rejects.toMatchObject({ code, message });
  });
});

describe('a login of a registry', () => {
  test('is read once and kept for ever', async () => {
    const { runScript, runs } = aCounter();
    const { find, clock } = setUp({ credentials: 'ext:/login.sh', runScript });

    await Promise.all([find(), find(), find()]);
    clock.advance(1e12);
    await find();

    expect(runs()).toBe(1);
  });

  test('is read again when it has expired', async () => {
    const { runScript, runs } = aCounter();
    const { find, clock } = setUp({ credentials: 'ext:/login.sh', credentialsExpire: 3_600_000, runScript });
    await find();

    clock.advance(3_599_999);
    await find();
    expect(runs()).toBe(1);

    clock.advance(1);
    expect(await find()).toMatchObject({ password: 'pass-2' });
  });

  test('that the Application names is read anew for each cycle', async () => {
    const { runScript, runs } = aCounter();
    const { find, clock } = setUp({ runScript });
    await Promise.all([find('ext:/login.sh'), find('ext:/login.sh')]);

    clock.advance(30_000);
    await find('ext:/login.sh');

    expect(runs()).toBe(2);
  });

  test('that cannot be read is not tried for each image, but for each cycle', async () => {
    let runs = 0;
    const { find, clock } = setUp({
      credentials: 'ext:/login.sh',
      runScript: () => {
        runs += 1;
        return Promise.reject(new LynceusError('credentials-failed', 'no'));
      },
    });

    await Promise.allSettled([find(), find(), find()]);
    expect(runs).toBe(1);
    clock.advance(30_000);
    await Promise.allSettled([find()]);
    expect(runs).toBe(2);
  });

  test('that was stopped is tried again at once', async () => {
    const errors = [new LynceusError('aborted', 'stopped')];
    const { find } = setUp({
      credentials: 'ext:/login.sh',
      runScript: () => {
        const error = errors.pop();
        return error === undefined ? Promise.resolve('a:b') : Promise.reject(error);
      },
    });
    await Promise.allSettled([find()]);

    expect(await find()).toMatchObject({ username: 'a' });
  });

  test('from the Docker configuration follows the file', async () => {
    const path = aDockerConfig({ 'ghcr.io': 'user:old' });
    const { find, clock } = setUp({ dockerConfigFile: path });
    await find();
    writeFileSync(path, JSON.stringify({ auths: { 'ghcr.io': { auth: btoa('user:new') } } }));

    clock.advance(30_000);

    expect(await find()).toMatchObject({ password: 'new' });
  });
});

describe('a login that was refused', () => {
  test('is read again, once for all who were refused', async () => {
    const { runScript, runs } = aCounter();
    const { find, renew, clock } = setUp({ credentials: 'ext:/login.sh', runScript });
    const refused = await find();
    clock.advance(30_000);

    const renewed = await Promise.all([renew(refused), renew(refused)]);

    expect(renewed).toMatchObject([
      basic('ext:/login.sh', 'user', 'pass-2'),
      basic('ext:/login.sh', 'user', 'pass-2'),
    ]);
    expect(runs()).toBe(2);
    expect(await find()).toEqual(renewed[0]);
  });

  test('a moment after it was read is not read again', async () => {
    const { runScript, runs } = aCounter();
    const { find, renew } = setUp({ credentials: 'ext:/login.sh', runScript });

    expect(await renew(await find())).toBeUndefined();
    expect(runs()).toBe(1);
  });

  test('is not tried again when it reads the same', async () => {
    const { find, renew, clock } = setUp({ credentials: 'env:GHCR' });
    const refused = await find();
    clock.advance(60_000);

    expect(await renew(refused)).toBeUndefined();
  });

  test('may come anew from the Docker configuration', async () => {
    const path = aDockerConfig({ 'ghcr.io': 'user:old' });
    const { find, renew, clock } = setUp({ dockerConfigFile: path });
    const refused = await find();
    writeFileSync(path, JSON.stringify({ auths: { 'ghcr.io': { auth: btoa('user:new') } } }));
    clock.advance(30_000);

    expect(await renew(refused)).toMatchObject(basic('docker-config:ghcr.io', 'user', 'new'));
  });

  test('by nobody stays so', async () => {
    const { find, renew } = setUp();

    expect(await renew(await find())).toBeUndefined();
  });
});

test('no error of a login contains any of it', async () => {
  const secret = 's3cret';
  const dockerConfigFile = aDockerConfig({ 'ghcr.io': secret });
  const readSecret = () =>
    Promise.resolve(
      aKubeSecret({ creds: secret, '.dockerconfigjson': `{"auths": {"ghcr.io": {"auth": "${secret}"}}}` }),
    );
  const worlds: readonly [Wish, string | undefined][] = [
    [{ env: { GHCR: secret } }, 'env:GHCR'],
    [{ runScript: () => Promise.resolve(secret) }, 'ext:/x'],
    [{ readSecret }, 'secret:shop/login#creds'],
    [{ readSecret }, 'pullsecret:shop/login'],
    [{ dockerConfigFile }, undefined],
  ];

  for (const [wish, spec] of worlds) {
    const error: unknown = await setUp(wish)
      .find(spec)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LynceusError);
    expect(
      `${(error as LynceusError).line} ${(error as LynceusError).stack} ${JSON.stringify(error)}`,
    ).not.toContain(secret);
  }
});
