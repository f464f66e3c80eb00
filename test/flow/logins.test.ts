import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testOutput } from '../../src/cli/render/json-contract.ts';
import { kept, run, type Ran } from '../cli/run-in-process.ts';
import { startAzure, type AzureStandIn } from '../helpers/azure-stand-in.ts';
import { createAppKey } from '../helpers/github-stand-in.ts';
import { ROBOT, startGoogle, type GoogleStandIn } from '../helpers/google-stand-in.ts';
import { json, startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';

const KEY = createAppKey();
const folder = mkdtempSync(join(tmpdir(), 'lynceus-test-logins-'));
const dockerConfig = join(folder, 'docker.json');
const DENIED = { status: 401, headers: { 'www-authenticate': 'Basic realm="registry"' } } as const;

let registry: StandIn;
let azure: AzureStandIn;
let google: GoogleStandIn;
let config: string;
let registriesConf: string;
let azureEnv: Readonly<Record<string, string>>;

beforeAll(async () => {
  google = await startGoogle({ now: Date.now, publicKey: KEY.publicKey });
  // The user of each image's login is the first part of its path; whatever begins with `public` needs none.
  registry = await startStandIn(({ headers, url }) => {
    const path = url.pathname.replace(/^\/v2\//, '');
    const [user, password = ''] = Buffer.from((headers.authorization ?? '').slice(6), 'base64')
      .toString()
      .split(':');
    const known = user === path.split('/')[0] || (user === 'oauth2accesstoken' && google.isGood(password));
    if (!known && !path.startsWith('public')) return DENIED;
    return path.endsWith('/tags/list') ? json({ tags: ['1.0.0'] }) : { status: 404 };
  });
  azure = await startAzure({
    now: Date.now,
    registry: 'acme.azurecr.io',
    federatedToken: () => 'cluster-s3cret',
  });
  registriesConf = write(
    'registries.conf',
    [
      'registries:',
      `- {name: whole, prefix: reg.test, api_url: "${registry.url}", credentials: "env:HOST_LOGIN"}`,
      `- {name: part, prefix: reg.test/team, api_url: "${registry.url}", credentials: "env:TEAM_LOGIN"}`,
      `- {name: open, prefix: open.test, api_url: "${registry.url}"}`,
      `- {name: azure, prefix: acme.azurecr.io, api_url: "${azure.url}"}`,
      `- {name: google, prefix: eu-docker.pkg.dev, api_url: "${registry.url}"}`,
    ].join('\n'),
  );
  writeFileSync(
    dockerConfig,
    JSON.stringify({ auths: { 'open.test': entry('x'), 'open.test/deep': entry('deep') } }),
  );
  config = write('lynceus.yaml', `dockerConfigFile: ${dockerConfig}\n`);
  azureEnv = {
    AZURE_AUTHORITY_HOST: azure.url,
    AZURE_TENANT_ID: 'a-tenant',
    AZURE_CLIENT_ID: 'a-client',
    AZURE_FEDERATED_TOKEN_FILE: write('azure-token', 'cluster-s3cret'),
  };
});

afterAll(async () => {
  await Promise.all([registry.stop(), azure.stop(), google.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function entry(user: string) {
  return { auth: Buffer.from(`${user}:docker-s3cret`).toString('base64') };
}

async function lynceusTest(
  image: string,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const argv = ['test', image, '--registries-conf-path', registriesConf, '--config', config, ...more];
  const ran = await run(argv, {
    env: { HOST_LOGIN: 'lib:host-s3cret', TEAM_LOGIN: 'team:team-s3cret', ...env },
  });
  expect(ran.stdout + ran.stderr).not.toContain('s3cret');
  return ran;
}

describe('lynceus test says which login it used, and why', () => {
  const cases: readonly [string, string, readonly string[], string][] = [
    [
      'of the host',
      'reg.test/lib/api',
      [],
      'env:HOST_LOGIN, the credentials of the registry entry "whole" (prefix reg.test)',
    ],
    [
      'of the longer prefix',
      'reg.test/team/api',
      [],
      'env:TEAM_LOGIN, the credentials of the registry entry "part" (prefix reg.test/team)',
    ],
    [
      'that was named for the image',
      'reg.test/team/api',
      ['--credentials', 'env:TEAM_LOGIN'],
      'env:TEAM_LOGIN, named for this image',
    ],
    [
      'of a Docker configuration',
      'open.test/deep/api',
      [],
      `docker-config:open.test/deep, the entry with the longest path that fits, of 2 entries in ${dockerConfig}`,
    ],
  ];
  test.each(cases)('%s', async (_what, image, more, login) => {
    const { exitCode, stdout, stderr } = await lynceusTest(image, more);

    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(
      stdout
        .split('\n')
        .find((line) => line.startsWith('Login'))
        ?.replace(/^Login +/, ''),
    ).toBe(login);
  });

  test('when there is none, by what was looked for', async () => {
    const none = write('none.yaml', '');
    const argv = ['test', 'open.test/public/api', '--registries-conf-path', registriesConf, '--config', none];

    expect((await run(argv)).stdout).toMatch(
      /^Login +anonymous: nothing named a login: no credentials in the registry entry "open" \(prefix open\.test\), no dockerConfigFile$/m,
    );
  });

  test('in JSON as well', async () => {
    const { stdout } = await lynceusTest('reg.test/team/api', ['-o', 'json']);

    expect(kept(testOutput, stdout).login).toEqual({
      identity: 'env:TEAM_LOGIN',
      why: 'the credentials of the registry entry "part" (prefix reg.test/team)',
    });
  });

  test('by the identity of the process in Azure', async () => {
    const { stdout } = await lynceusTest('acme.azurecr.io/acme/api', [], azureEnv);

    expect(stdout).toMatch(
      /^Login +azure:acme\.azurecr\.io, nothing named a login, so the workload identity a-client \(AZURE_FEDERATED_TOKEN_FILE\) is used$/m,
    );
    expect(azure.lines()).toEqual(
      expect.arrayContaining([
        'POST /a-tenant/oauth2/v2.0/token',
        'POST /oauth2/exchange',
        'POST /oauth2/token',
      ]),
    );
  });

  test('by the identity of the process in Google', async () => {
    const key = {
      type: 'service_account',
      client_email: ROBOT,
      private_key: KEY.pkcs1,
      token_uri: `${google.url}/token`,
    };
    const env = { GOOGLE_APPLICATION_CREDENTIALS: write('google.json', JSON.stringify(key)) };

    const { stdout } = await lynceusTest('eu-docker.pkg.dev/acme/images/api', [], env);

    expect(stdout).toMatch(
      /^Login +google:service account robot@.*, nothing named a login, so GOOGLE_APPLICATION_CREDENTIALS is used$/m,
    );
  });
});

describe('lynceus test says so too when the login', () => {
  test('cannot be had', async () => {
    const { exitCode, stderr } = await lynceusTest('reg.test/team/api', [], { TEAM_LOGIN: 'no-s3cret' });

    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'lynceus: expected user:password in the environment variable TEAM_LOGIN, found something else\n' +
        'lynceus: login: env:TEAM_LOGIN, the credentials of the registry entry "part" (prefix reg.test/team)\n' +
        'lynceus: a token alone is half of it: put the user name and a colon in front\n',
    );
  });

  test('is in a Secret, without a cluster in reach', async () => {
    const { exitCode, stderr } = await lynceusTest('reg.test/lib/api', ['--credentials', 'secret:a/b#c']);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^lynceus: the login is to come from a Secret: no Kubernetes cluster is in reach/);
    expect(stderr).toContain('lynceus: set KUBECONFIG, or name the login with env: or ext:\n');
    expect(stderr).not.toContain('--');
  });

  test('is refused', async () => {
    const { exitCode, stderr } = await lynceusTest('reg.test/other/api');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('to the login env:HOST_LOGIN: status 401');
    expect(stderr).toContain(
      'lynceus: login: env:HOST_LOGIN, the credentials of the registry entry "whole" (prefix reg.test)\n',
    );
  });

  test('of a Docker configuration is refused', async () => {
    const { exitCode, stderr } = await lynceusTest('open.test/private/api');

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'lynceus: login: docker-config:open.test, the entry with the longest path that fits',
    );
  });

  test('is that of a cloud, which gives none', async () => {
    const { exitCode, stderr } = await lynceusTest('acme.azurecr.io/acme/api', [], {
      ...azureEnv,
      AZURE_CLIENT_ID: 'other',
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Azure gave no token to the workload identity other');
    expect(stderr).toContain(
      'lynceus: login: azure:acme.azurecr.io, nothing named a login, so the workload identity other',
    );
  });
});
