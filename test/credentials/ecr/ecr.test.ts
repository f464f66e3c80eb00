import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { askEcr } from '../../../src/credentials/ecr/ask-ecr.ts';
import { parseEcrHost } from '../../../src/credentials/ecr/ecr-host.ts';
import { createEcrTokens, type AskForToken } from '../../../src/credentials/ecr/ecr-tokens.ts';
import { withEcr } from '../../../src/credentials/ecr/with-ecr.ts';
import { createRegistryLogins } from '../../../src/credentials/registry-logins.ts';
import type { Login } from '../../../src/ports/logins.ts';
import { startStandIn, type Answer, type StandIn } from '../../helpers/registry-stand-in.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const REPOSITORY = { registry: HOST, path: 'acme/api' };
const HOUR = 3_600_000;
const signal = new AbortController().signal;

const HOSTS: readonly [string, readonly [string, string, boolean] | undefined][] = [
  [HOST, ['123456789012', 'eu-central-1', false]],
  ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', ['123456789012', 'us-east-1', true]],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', ['123456789012', 'cn-north-1', false]],
  ['123456789012.dkr-ecr.eu-west-1.on.aws', ['123456789012', 'eu-west-1', false]],
  ['123456789012.dkr-ecr-fips.us-gov-west-1.on.aws', ['123456789012', 'us-gov-west-1', true]],
  ['public.ecr.aws', undefined],
  ['ghcr.io', undefined],
  ['12345.dkr.ecr.eu-central-1.amazonaws.com', undefined],
  [`${HOST}.evil.example`, undefined],
  [`x.${HOST}`, undefined],
];

test.each(HOSTS)('%s', (host, expected) => {
  const found = parseEcrHost(host);
  expect(found && [found.account, found.region, found.fips]).toEqual(expected);
});

function tokenOf(password: string): string {
  return Buffer.from(`AWS:${password}`).toString('base64');
}

describe('the login of Amazon ECR', () => {
  function tokens(life: number | undefined = 12 * HOUR) {
    let now = 0;
    let asked = 0;
    const ask: AskForToken = () => {
      asked += 1;
      return Promise.resolve({
        text: tokenOf(`secret-${asked}`),
        expiresAt: life === undefined ? undefined : now + life,
      });
    };
    const none = createRegistryLogins({
      endpointOf: () => undefined,
      dockerConfigFile: undefined,
      env: { LOGIN: 'me:mine' },
      clock: { now: () => now },
    });
    const logins = withEcr(none, createEcrTokens({ clock: { now: () => now }, ask }));
    return { logins, asked: () => asked, pass: (milliseconds: number) => (now += milliseconds) };
  }

  function passwordOf(login: Login | undefined): string | undefined {
    return login?.kind === 'basic' ? login.password : undefined;
  }

  test('is asked for once for all images of an account and region', async () => {
    const { logins, asked } = tokens();

    const found = await Promise.all(
      ['a', 'b', 'c'].map((path) => logins.find({ registry: HOST, path }, undefined, signal)),
    );

    expect(found.map(passwordOf)).toEqual(['secret-1', 'secret-1', 'secret-1']);
    expect(asked()).toBe(1);
  });

  test('is asked for again at 80 % of its life', async () => {
    const { logins, pass } = tokens();
    await logins.find(REPOSITORY, undefined, signal);

    pass(9.5 * HOUR);
    const before = await logins.find(REPOSITORY, undefined, signal);
    pass(0.2 * HOUR);
    const after = await logins.find(REPOSITORY, undefined, signal);

    expect([passwordOf(before), passwordOf(after)]).toEqual(['secret-1', 'secret-2']);
  });

  test('is renewed once when it is refused, whoever is told first', async () => {
    const { logins, asked } = tokens();
    const refused = await logins.find(REPOSITORY, undefined, signal);

    const one = await logins.renew(REPOSITORY, refused, signal);
    const other = await logins.renew(REPOSITORY, refused, signal);

    expect([passwordOf(one), passwordOf(other), asked()]).toEqual(['secret-2', 'secret-2', 2]);
  });

  test('gives way to a login that somebody named, and to other registries', async () => {
    const { logins, asked } = tokens();

    const named = await logins.find(REPOSITORY, { kind: 'env', variable: 'LOGIN' }, signal);
    const elsewhere = await logins.find({ registry: 'ghcr.io', path: 'acme/api' }, undefined, signal);

    expect([passwordOf(named), elsewhere.kind, asked()]).toEqual(['mine', 'anonymous', 0]);
  });
});

describe('the API of Amazon ECR', () => {
  let standIn: StandIn;
  let answer: Answer;

  beforeEach(async () => {
    answer = {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({
        authorizationData: [{ authorizationToken: tokenOf('from-aws'), expiresAt: 2_000_000_000 }],
      }),
    };
    standIn = await startStandIn(() => answer);
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL_ECR: standIn.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'very-secret-key',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    }))
      vi.stubEnv(name, value);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await standIn.stop();
  });

  const registry = { account: '123456789012', region: 'eu-central-1', fips: false };

  test('is asked with a signature for the region of the image', async () => {
    const token = await askEcr(registry, signal);

    expect(token).toEqual({ text: tokenOf('from-aws'), expiresAt: 2_000_000_000_000 });
    const [request] = standIn.seen;
    expect(request?.headers['x-amz-target']).toBe(
      'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    );
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-central-1\/ecr\//,
    );
    expect(JSON.parse(request?.body ?? '')).toEqual({ registryIds: ['123456789012'] });
  });

  test('that refuses is quoted by the name of its error, with what to do', async () => {
    answer = {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({
        __type: 'AccessDeniedException',
        message: 'User very-secret-key is not authorized',
      }),
    };

    const error: unknown = await askEcr(registry, signal).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'credentials-failed',
      retryable: false,
      message: expect.stringContaining('AccessDeniedException') as string,
      hint: expect.stringContaining('ecr:GetAuthorizationToken') as string,
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('very-secret-key');
  });

  test('is not asked without an identity', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');

    await expect(askEcr(registry, signal)).rejects.toMatchObject({
      code: 'credentials-failed',
      hint: expect.stringContaining('IRSA') as string,
    });
    expect(standIn.seen).toEqual([]);
  });

  test('may break off, which is worth another try', async () => {
    answer = { reset: 'at-once' };

    await expect(askEcr(registry, signal)).rejects.toMatchObject({
      code: 'credentials-failed',
      retryable: true,
    });
  });
});
