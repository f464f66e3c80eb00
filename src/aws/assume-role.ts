import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { AwsRole } from './ecr-registry.ts';

type Identity = NonNullable<ECRClientConfig['credentials']>;

/** What CloudTrail shows beside the role. */
const SESSION_NAME = 'lynceus';

/** The identity of a role, assumed by another one through STS in the region of the registry; renewed before it ends. */
export function assumeRole(
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
