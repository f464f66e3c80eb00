import { expect, test } from 'vitest';
import { createEcrApi } from '../../src/aws/create-ecr-api.ts';
import { ecrIdentity, readEcrHost } from '../../src/aws/ecr-registry.ts';
import { STATIC_KEY } from '../helpers/ecr-stand-in.ts';
import { anEcrRegistry, stubEnv } from './asking-ecr.ts';

/** Host of images, region, host of the API by the endpoint rules of the SDK. */
const HOSTS: readonly (readonly [string, string, string])[] = [
  ['dkr.ecr.eu-central-1.amazonaws.com', 'eu-central-1', 'api.ecr.eu-central-1.amazonaws.com'],
  ['dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1', 'api.ecr-fips.us-east-1.amazonaws.com'],
  ['dkr.ecr.us-gov-west-1.amazonaws.com', 'us-gov-west-1', 'api.ecr.us-gov-west-1.amazonaws.com'],
  ['dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1', 'api.ecr.cn-north-1.amazonaws.com.cn'],
  ['dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1', 'api.ecr.eusc-de-east-1.amazonaws.eu'],
  ['dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1', 'api.ecr.us-iso-east-1.c2s.ic.gov'],
  ['dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1', 'api.ecr.us-isob-east-1.sc2s.sgov.gov'],
  ['dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1', 'api.ecr.eu-isoe-west-1.cloud.adc-e.uk'],
  ['dkr.ecr.us-isof-south-1.csp.hci.ic.gov', 'us-isof-south-1', 'api.ecr.us-isof-south-1.csp.hci.ic.gov'],
  ['dkr-ecr.eu-west-1.on.aws', 'eu-west-1', 'ecr.eu-west-1.api.aws'],
  ['dkr-ecr-fips.us-gov-west-1.on.aws', 'us-gov-west-1', 'ecr-fips.us-gov-west-1.api.aws'],
  [
    'dkr-ecr.cn-north-1.on.amazonwebservices.com.cn',
    'cn-north-1',
    'ecr.cn-north-1.api.amazonwebservices.com.cn',
  ],
];

const NONE: readonly string[] = [
  'public.ecr.aws',
  'ghcr.io',
  '12345.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com:8443',
  'robot@123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.evil-amazonaws.com',
  '123456789012.dkr.ecr.eu.evil.amazonaws.com',
  '123456789012.dkr-ecr.eu-west-1.on.aws.evil.example',
  'x.123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.on.aws',
  '123456789012.dkr-ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com:443',
];

test.each(HOSTS)('%s belongs to region %s and is asked at %s', async (host, region, apiHost) => {
  stubEnv({
    AWS_ACCESS_KEY_ID: STATIC_KEY.id,
    AWS_SECRET_ACCESS_KEY: STATIC_KEY.secret,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_ENDPOINT_URL_ECR: undefined,
  });
  const asked: string[] = [];
  const api = createEcrApi((kind, registry) => ({ url, headers }) => {
    const [, scope = ''] = /Credential=([^,]+)/.exec(headers['authorization'] ?? '') ?? [];
    asked.push(`${kind} for ${registry}`, url.host, scope.split('/').slice(2).join('/'));
    return Promise.resolve({
      status: 200,
      headers: {},
      body: Buffer.from(JSON.stringify({ authorizationData: [{ authorizationToken: 'eA==' }] })),
      url,
    });
  });

  const registry = anEcrRegistry({}, `123456789012.${host}`);
  await api.authorizationToken(registry, new AbortController().signal);

  expect([registry.account, registry.region]).toEqual(['123456789012', region]);
  expect(asked).toEqual([`token for ${registry.host}`, apiHost, `${region}/ecr/aws4_request`]);
});

test.each(NONE)('%s is no private registry of Amazon ECR', (host) => {
  expect(readEcrHost(host)).toBeUndefined();
});

test('hosts are read in any case of letters', () => {
  expect(readEcrHost('123456789012.DKR.ECR.eu-central-1.amazonaws.com')?.host).toBe(
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  );
});

test('roles have identities of their own, which do not tell the external ID', () => {
  const arn = 'arn:aws:iam::123456789012:role/pull';

  expect(ecrIdentity(anEcrRegistry())).toBe('ecr:123456789012.dkr.ecr.eu-central-1.amazonaws.com');
  expect(ecrIdentity(anEcrRegistry({ awsRoleArn: arn, awsExternalId: 'between us' }))).toBe(
    `ecr:123456789012.dkr.ecr.eu-central-1.amazonaws.com as ${arn}`,
  );
});
