/** A private registry of Amazon ECR: one per account and region. */
export interface EcrRegistry {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Whether the endpoint validated for FIPS 140 is meant. */
  readonly fips: boolean;
}

const CLASSIC =
  /^(\d{12})\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|sc2s\.sgov\.gov|c2s\.ic\.gov)$/;
const DUAL_STACK = /^(\d{12})\.dkr-ecr(-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn)$/;

/**
 * Reads the host of an image name, such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com`, also of the other
 * partitions and the dual-stack names. Counter-example: `public.ecr.aws` needs no login and is none.
 */
export function parseEcrHost(host: string): EcrRegistry | undefined {
  const [, account, fips, region] = CLASSIC.exec(host) ?? DUAL_STACK.exec(host) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return { account, region, fips: fips !== undefined };
}
