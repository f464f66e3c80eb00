import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../helpers/registry-stand-in.ts';
import { ecrError, STATIC_KEY, stsError, type EcrStandInOptions } from '../helpers/ecr-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { anEcrRegistry, askEcr, stubEnv } from './asking-ecr.ts';

const { signal } = new AbortController();
const DIGEST = `sha256:${'a'.repeat(64)}`;
const ROLE = 'arn:aws:iam::123456789012:role/pull';
const FIRST = { repository: 'acme/api', after: undefined };
const NO_KEY = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-aws-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tokenFile(): string {
  const file = join(folder, 'token');
  writeFileSync(file, 'pod-token');
  return file;
}

function decoded({ text }: { readonly text: string }): string {
  return Buffer.from(text, 'base64').toString();
}

describe('the identity', () => {
  const WAYS: readonly (readonly [
    string,
    (
      | Readonly<Record<string, string | undefined>>
      | ((podIdentityUrl: string) => Record<string, string | undefined>)
    ),
    readonly string[],
  ])[] = [
    ['keys of the environment', {}, ['GetAuthorizationToken eu-central-1 by AKIDEXAMPLE']],
    [
      'keys of the environment with white space around them',
      { AWS_ACCESS_KEY_ID: `${STATIC_KEY.id}\n`, AWS_SECRET_ACCESS_KEY: ` ${STATIC_KEY.secret}\r\n` },
      ['GetAuthorizationToken eu-central-1 by AKIDEXAMPLE'],
    ],
    [
      'IRSA',
      () => ({
        ...NO_KEY,
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/irsa',
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile(),
      }),
      ['AssumeRoleWithWebIdentity unsigned', 'GetAuthorizationToken eu-central-1 by ASIAWEBIDENTITY'],
    ],
    [
      'EKS Pod Identity',
      (url) => ({
        ...NO_KEY,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile(),
      }),
      ['PodIdentity', 'GetAuthorizationToken eu-central-1 by ASIAPODIDENTITY'],
    ],
    [
      'a profile',
      () => {
        const file = join(folder, 'credentials');
        writeFileSync(
          file,
          `[work]\naws_access_key_id = ${STATIC_KEY.id}\naws_secret_access_key = ${STATIC_KEY.secret}\n`,
        );
        return { ...NO_KEY, AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: 'work' };
      },
      ['GetAuthorizationToken eu-central-1 by AKIDEXAMPLE'],
    ],
  ];

  test.each(WAYS)('may come from %s', async (_, env, calls) => {
    const { standIn, api } = await askEcr({ podToken: 'pod-token' });
    stubEnv(typeof env === 'function' ? env(standIn.podIdentityUrl) : env);

    const token = await api.authorizationToken(anEcrRegistry(), signal);

    expect(standIn.calls).toEqual(calls);
    expect(decoded(token)).toBe(`AWS:password for ${calls.at(-1)?.split(' ').at(-1)}`);
    expect(token.expiresAt).toBeGreaterThan(Date.now() + 11 * 3_600_000);
    expect(standIn.inputs('GetAuthorizationToken')).toEqual([{ registryIds: ['123456789012'] }]);
  });

  test('is asked for once for many questions', async () => {
    const { standIn, api } = await askEcr({ podToken: 'pod-token', repositories: { 'acme/api': [] } });
    stubEnv({
      ...NO_KEY,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/irsa',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile(),
    });

    await api.authorizationToken(anEcrRegistry(), signal);
    await Promise.all([1, 2, 3].map(() => api.imagePage(anEcrRegistry(), FIRST, signal)));

    expect(standIn.calls.filter((call) => call.startsWith('AssumeRole'))).toHaveLength(1);
  });

  test('may assume a role, with an external ID, once; every request counts', async () => {
    const { standIn, api, requests } = await askEcr({
      roles: { [ROLE]: 'between us' },
      repositories: { 'acme/api': [] },
    });
    const registry = anEcrRegistry({ awsRoleArn: ROLE, awsExternalId: 'between us' });

    await api.authorizationToken(registry, signal);
    await api.imagePage(registry, FIRST, signal);

    expect(standIn.calls).toEqual([
      'AssumeRole eu-central-1 by AKIDEXAMPLE',
      'GetAuthorizationToken eu-central-1 by ASIAPULL',
      'DescribeImages eu-central-1 by ASIAPULL',
    ]);
    expect(standIn.inputs('AssumeRole')).toMatchObject([{ RoleSessionName: 'lynceus', RoleArn: ROLE }]);
    expect(requests).toEqual(['token 200', 'token 200', 'tags 200']);
  });

  test('of IRSA may assume a role in another account', async () => {
    const { standIn, api } = await askEcr({ podToken: 'pod-token', roles: { [ROLE]: undefined } });
    stubEnv({
      ...NO_KEY,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/irsa',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile(),
    });

    await api.authorizationToken(anEcrRegistry({ awsRoleArn: ROLE }), signal);

    expect(standIn.calls).toEqual([
      'AssumeRoleWithWebIdentity unsigned',
      'AssumeRole eu-central-1 by ASIAWEBIDENTITY',
      'GetAuthorizationToken eu-central-1 by ASIAPULL',
    ]);
  });

  test('is kept apart from that of another role, and of none', async () => {
    const other = 'arn:aws:iam::123456789012:role/other';
    const { api } = await askEcr({ roles: { [ROLE]: undefined, [other]: undefined } });
    const registries = [undefined, ROLE, other].map((awsRoleArn) => anEcrRegistry({ awsRoleArn }));

    const tokens = await Promise.all(registries.map((registry) => api.authorizationToken(registry, signal)));

    expect(tokens.map(decoded)).toEqual([
      'AWS:password for AKIDEXAMPLE',
      'AWS:password for ASIAPULL',
      'AWS:password for ASIAOTHER',
    ]);
  });

  test('that is refused as too old is looked for again, once', async () => {
    const { standIn, api } = await askEcr({ repositories: { 'acme/api': [] } });
    standIn.failNext('DescribeImages', ecrError('ExpiredTokenException'));

    await expect(api.imagePage(anEcrRegistry(), FIRST, signal)).resolves.toMatchObject({ kind: 'page' });

    standIn.failNext('DescribeImages', ecrError('ExpiredTokenException'), ecrError('ExpiredTokenException'));
    const error = await errorOf(api.imagePage(anEcrRegistry(), FIRST, signal));

    expect(error).toMatchObject({ code: 'credentials-failed', hint: 'renew the AWS session token' });
    expect(standIn.calls).toHaveLength(4);
  });
});

describe('a listing', () => {
  test('asks for images that have a tag, a thousand a page, of the account in the host', async () => {
    const { standIn, api } = await askEcr({
      repositories: {
        'acme/api': [
          { digest: DIGEST, tags: ['1.0', 'latest'], pushedAt: 1_700_000_000.5 },
          { digest: DIGEST.replaceAll('a', 'b'), tags: [] },
        ],
      },
    });

    expect(await api.imagePage(anEcrRegistry(), FIRST, signal)).toEqual({
      kind: 'page',
      images: [{ digest: DIGEST, tags: ['1.0', 'latest'], pushed: 1_700_000_000_500 }],
      next: undefined,
    });
    await api.imagePage(anEcrRegistry(), { repository: 'acme/api', after: 'after-1' }, signal);

    const question = {
      registryId: '123456789012',
      repositoryName: 'acme/api',
      filter: { tagStatus: 'TAGGED' },
      maxResults: 1000,
    };
    expect(standIn.inputs('DescribeImages')).toEqual([question, { ...question, nextToken: 'after-1' }]);
  });

  test('is asked for again when it is throttled or broke off, and each attempt counts', async () => {
    const { standIn, api, requests } = await askEcr({ repositories: { 'acme/api': [] } });
    standIn.failNext('DescribeImages', ecrError('ThrottlingException'), { reset: 'at-once' });

    expect(await api.imagePage(anEcrRegistry(), FIRST, signal)).toMatchObject({ kind: 'page' });

    expect(standIn.calls).toHaveLength(3);
    expect(requests).toEqual(['tags 400', 'tags 200']);
  });

  test('may be denied, which is an answer', async () => {
    const { standIn, api } = await askEcr();
    standIn.failNext('DescribeImages', ecrError('AccessDeniedException'));

    expect(await api.imagePage(anEcrRegistry(), FIRST, signal)).toEqual({ kind: 'denied' });
  });
});

interface Failure {
  readonly name: string;
  readonly of: 'token' | 'images';
  readonly answers: Readonly<Record<string, readonly Answer[]>>;
  readonly role?: true;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly hint?: string;
}

const thrice = (answer: Answer): readonly Answer[] => [answer, answer, answer];

const FAILURES: readonly Failure[] = [
  {
    name: 'a login that is denied',
    of: 'token',
    answers: { GetAuthorizationToken: [ecrError('AccessDeniedException')] },
    expected: { code: 'credentials-failed', retryable: false },
    hint: 'ecr:GetAuthorizationToken',
  },
  {
    name: 'no identity at all',
    of: 'token',
    answers: {},
    env: NO_KEY,
    expected: { code: 'credentials-failed', retryable: false },
    hint: 'IRSA',
  },
  {
    name: 'a wrong secret key',
    of: 'token',
    answers: {},
    env: { AWS_SECRET_ACCESS_KEY: 'wrong' },
    expected: { code: 'credentials-failed', retryable: false },
    hint: 'secret key',
  },
  {
    name: 'a login that breaks off',
    of: 'token',
    answers: { GetAuthorizationToken: thrice({ reset: 'at-once' }) },
    expected: { code: 'registry-unreachable', retryable: true },
  },
  {
    name: 'a role that may not be assumed',
    of: 'images',
    answers: {},
    role: true,
    expected: { code: 'credentials-failed', retryable: false },
    hint: 'trust policy',
  },
  {
    name: 'a repository that is not there',
    of: 'images',
    answers: {},
    expected: { code: 'registry-not-found', retryable: false },
    hint: 'region',
  },
  {
    name: 'throttling without end',
    of: 'images',
    answers: { DescribeImages: thrice(ecrError('ThrottlingException')) },
    expected: { code: 'registry-rate-limited', retryable: true },
  },
  {
    name: 'a server error without end',
    of: 'images',
    answers: { DescribeImages: thrice(ecrError('ServerException', 500)) },
    expected: { code: 'registry-failed', retryable: true },
  },
  {
    name: 'a parameter that is refused',
    of: 'images',
    answers: { DescribeImages: [ecrError('InvalidParameterException')] },
    expected: { code: 'registry-failed', retryable: false },
  },
  {
    name: 'an answer that is no JSON',
    of: 'images',
    answers: { DescribeImages: thrice({ status: 200, body: '<html>proxy</html>' }) },
    expected: { code: 'registry-response-invalid' },
  },
  {
    name: 'STS that fails',
    of: 'images',
    answers: { AssumeRole: thrice(stsError('InternalFailure', 500)) },
    role: true,
    expected: { code: 'registry-failed', retryable: true },
  },
];

test.each(FAILURES)(
  '$name is said so, without a secret',
  async ({ of, answers, role, env = {}, expected, hint }) => {
    const options: EcrStandInOptions = {};
    const { standIn, api } = await askEcr(options);
    stubEnv(env);
    for (const [operation, list] of Object.entries(answers)) standIn.failNext(operation, ...list);
    const registry = anEcrRegistry(role === true ? { awsRoleArn: ROLE } : {});

    const error = await errorOf(
      of === 'token' ? api.authorizationToken(registry, signal) : api.imagePage(registry, FIRST, signal),
    );

    expect(error).toMatchObject(expected);
    expect(error.hint ?? '').toContain(hint ?? '');
    expect(JSON.stringify(error) + String(error.stack) + String(error.cause)).not.toContain(
      STATIC_KEY.secret,
    );
  },
);

test('whoever stops waits no longer', async () => {
  const { standIn, api } = await askEcr();
  const controller = new AbortController();
  standIn.failNext('DescribeImages', { hang: 'at-once' });
  const asking = errorOf(api.imagePage(anEcrRegistry(), FIRST, controller.signal));
  await expect.poll(() => standIn.calls).toHaveLength(1);

  controller.abort();

  expect((await asking).code).toBe('aborted');
});
