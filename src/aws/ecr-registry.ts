/** A private registry of Amazon ECR, and the AWS identity to use there. */
export interface EcrRegistry {
  /** As in image names: `123456789012.dkr.ecr.eu-central-1.amazonaws.com`. */
  readonly host: string;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Whether the endpoint validated for FIPS 140 is meant. */
  readonly fips: boolean;
  /** Whether the host is reached by IPv6 too, so that the API has to be as well. */
  readonly dualStack: boolean;
  /** The role to assume with the identity of the process; `undefined` is that identity itself. */
  readonly role: AwsRole | undefined;
}

export interface AwsRole {
  readonly arn: string;
  /** What the role's trust policy may ask for. */
  readonly externalId: string | undefined;
}

/** The settings of a registry entry for AWS. */
export interface AwsEntry {
  readonly awsRoleArn?: string | undefined;
  readonly awsExternalId?: string | undefined;
}

/** One host name for each partition: AWS, China, Europe (sovereign), and the isolated ones. */
const CLASSIC =
  /^(\d{12})\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;
/** The same partitions, with IPv6 (Amazon ECR User Guide, "Making requests to Amazon ECR registries"). */
const DUAL_STACK =
  /^(\d{12})\.dkr-ecr(-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.(?:com\.cn|eu)|aws\.ic\.gov|aws\.scloud|cloud-aws\.adc-e\.uk|aws\.hci\.ic\.gov)$/;

/**
 * Reads the host of an image name; `undefined` when it is no private registry of Amazon ECR.
 * `public.ecr.aws` is none, and needs no login.
 */
export function readEcrHost(
  host: string,
  { awsRoleArn, awsExternalId }: AwsEntry = {},
): EcrRegistry | undefined {
  const name = host.toLowerCase();
  const dualStack = DUAL_STACK.exec(name);
  const [, account, fips, region] = dualStack ?? CLASSIC.exec(name) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return {
    host: name,
    account,
    region,
    fips: fips !== undefined,
    dualStack: dualStack !== null,
    role: awsRoleArn === undefined ? undefined : { arn: awsRoleArn, externalId: awsExternalId },
  };
}

/** Names the login without revealing it. Answers are shared by identity, so a role is part of it. */
export function ecrIdentity({ host, role }: EcrRegistry): string {
  return role === undefined ? `ecr:${host}` : `ecr:${host} as ${role.arn}`;
}

/** Equal for those that are asked in the same way: a wrong external ID must not be covered up by a right one. */
export function ecrKey(registry: EcrRegistry): string {
  return `${ecrIdentity(registry)}\n${registry.role?.externalId ?? ''}`;
}
