import { ECRClient, type ECRClientConfig } from '@aws-sdk/client-ecr';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { SendAs } from './ecr-api.ts';
import { ecrKey, type AwsRole, type EcrRegistry } from './ecr-registry.ts';
import { createSdkHandler, type SdkRequest } from './sdk-handler.ts';

/** One client for each registry and role. A client keeps the identity that it found. */
export interface SdkClients {
  get(registry: EcrRegistry): ECRClient;
  /** The next `get` finds the identity again, unless another caller has had that done already. */
  forget(registry: EcrRegistry, client: ECRClient): void;
}

/** Attempts in all: the SDK tries again after throttling, server errors and broken connections. */
const ATTEMPTS = 3;

export function createSdkClients(sendAs: SendAs): SdkClients {
  const clients = new Map<string, ECRClient>();
  return {
    get(registry) {
      const key = ecrKey(registry);
      const client = clients.get(key) ?? createClient(registry, sendAs);
      clients.set(key, client);
      return client;
    },
    forget(registry, client) {
      const key = ecrKey(registry);
      if (clients.get(key) === client) clients.delete(key);
    },
  };
}

function createClient({ host, region, fips, dualStack, role }: EcrRegistry, sendAs: SendAs): ECRClient {
  const key = trimmedKey(process.env);
  const config: ECRClientConfig = {
    region,
    ...(key === undefined ? {} : { credentials: key }),
    // Unless the host name asks for FIPS, AWS_USE_FIPS_ENDPOINT and the like may.
    ...(fips ? { useFipsEndpoint: true } : {}),
    ...(dualStack ? { useDualstackEndpoint: true } : {}),
    maxAttempts: ATTEMPTS,
    // The SDK gives it to its client of STS as well.
    requestHandler: { ...createSdkHandler((request) => sendAs(kindOf(request), host)) },
  };
  if (role === undefined) return new ECRClient(config);
  const own = new ECRClient(config);
  return new ECRClient({ ...config, credentials: assumeRole(role, { from: own.config.credentials, fips }) });
}

/**
 * The access key of the environment when there is white space around it, as in a Secret that was made of a file or by
 * `echo`, with which every request would be refused. `undefined` for any other: the SDK finds the identity itself.
 */
function trimmedKey(env: NodeJS.ProcessEnv): Extract<Identity, { readonly accessKeyId: string }> | undefined {
  const [id, secret, token] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map(
    (name) => env[name] ?? '',
  ) as [string, string, string];
  const accessKeyId = id.trim();
  const secretAccessKey = secret.trim();
  const sessionToken = token.trim();
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  if (accessKeyId === id && secretAccessKey === secret && sessionToken === token) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

/** All that is not a listing is part of logging in. */
function kindOf({ headers }: SdkRequest): 'tags' | 'token' {
  return headers['x-amz-target']?.endsWith('.DescribeImages') === true ? 'tags' : 'token';
}

type Identity = NonNullable<ECRClientConfig['credentials']>;

/** What CloudTrail shows beside the role. */
const SESSION_NAME = 'lynceus';

/** The identity of a role, assumed by another one through STS in the region of the registry; renewed before it ends. */
function assumeRole(
  { arn, externalId }: AwsRole,
  { from, fips }: { readonly from: Identity; readonly fips: boolean },
): Identity {
  return fromTemporaryCredentials({
    masterCredentials: from,
    params: {
      RoleArn: arn,
      RoleSessionName: SESSION_NAME,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    ...(fips ? { clientConfig: { useFipsEndpoint: true } } : {}),
  });
}
