import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { LynceusError } from '../../errors.ts';
import type { EcrRegistry } from './ecr-host.ts';
import type { AskForToken } from './ecr-tokens.ts';

const ATTEMPTS = 3;

/**
 * Asks the API of Amazon ECR, with whatever identity the SDK finds: environment, web identity (IRSA), Pod Identity,
 * profile, instance role. Import this file only when the first image of ECR is met: the SDK is large.
 */
export const askEcr: AskForToken = async (registry, signal) => {
  const client = new ECRClient({
    region: registry.region,
    useFipsEndpoint: registry.fips,
    maxAttempts: ATTEMPTS,
  });
  try {
    const command = new GetAuthorizationTokenCommand({ registryIds: [registry.account] });
    const { authorizationData: [data] = [] } = await client.send(command, { abortSignal: signal });
    if (data?.authorizationToken === undefined) throw new Error('the answer holds no token');
    return { text: data.authorizationToken, expiresAt: data.expiresAt?.getTime() };
  } catch (thrown) {
    throw explain(thrown, registry, signal);
  } finally {
    client.destroy();
  }
};

/** Names of errors of the SDK and of AWS that a person has to mend. */
const HINTS: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'give the process an AWS identity: IRSA or Pod Identity in EKS, an instance role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  AccessDeniedException: 'allow its identity the action ecr:GetAuthorizationToken',
  UnrecognizedClientException: 'check the AWS access key',
  InvalidSignatureException: 'check the AWS secret key and the clock of this machine',
  ExpiredTokenException: 'renew the AWS session token',
};

function explain(thrown: unknown, { account, region }: EcrRegistry, signal: AbortSignal): LynceusError {
  if (signal.aborted) return new LynceusError('aborted', 'stopped while logging in to Amazon ECR');
  const name = thrown instanceof Error ? thrown.name : 'unknown error';
  const hint = HINTS[name];
  // The message may quote headers of the request; its name says enough.
  return new LynceusError(
    'credentials-failed',
    `cannot log in to Amazon ECR of account ${account} in ${region}: ${name}`,
    {
      ...(hint === undefined ? {} : { hint }),
      retryable: hint === undefined,
    },
  );
}
