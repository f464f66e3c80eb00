import { LynceusError } from '../errors.ts';
import type { EcrRegistry } from './ecr-registry.ts';

export interface AwsRequest {
  readonly registry: EcrRegistry;
  /** Follows "Amazon ECR of account … in …, asked for": `a login`, `the images of …`. */
  readonly what: string;
  readonly signal: AbortSignal;
}

const GIVE_IDENTITY =
  'give the process an AWS identity: IRSA or Pod Identity in EKS, an instance role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
const RENEW = 'renew the AWS session token';
const TRUST = "see whether the role's trust policy names the identity of the process (docs/amazon-ecr.md)";

/** Errors about who asks: a person has to mend them. STS and ECR have different names for some. */
const IDENTITY_HINTS: Readonly<Record<string, string>> = {
  CredentialsProviderError: GIVE_IDENTITY,
  TokenProviderError: GIVE_IDENTITY,
  UnrecognizedClientException: 'check the AWS access key',
  InvalidClientTokenId: 'check the AWS access key',
  InvalidSignatureException: 'check the AWS secret key and the clock of this machine',
  SignatureDoesNotMatch: 'check the AWS secret key and the clock of this machine',
  ExpiredTokenException: RENEW,
  ExpiredToken: RENEW,
  InvalidIdentityToken: TRUST,
  // STS uses this name, ECR AccessDeniedException.
  AccessDenied: TRUST,
  AccessDeniedException: 'allow its identity the action ecr:GetAuthorizationToken',
  RegionDisabledException: 'let the account activate STS in this region',
};

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
]);

/** A readable error for what the SDK threw. Takes nothing over but its name: messages quote headers. */
export function explainAwsError(thrown: unknown, request: AwsRequest): LynceusError {
  const { registry, what, signal } = request;
  if (signal.aborted) return new LynceusError('aborted', 'stopped before Amazon ECR answered');
  const ours = ourErrorIn(thrown);
  if (ours !== undefined) return ours;
  const name = nameOf(thrown);
  const asker = registry.role === undefined ? '' : ` as ${registry.role.arn}`;
  const message = `Amazon ECR of account ${registry.account} in ${registry.region}, asked for ${what}${asker}: ${name}`;
  const hint = IDENTITY_HINTS[name];
  if (hint !== undefined) return new LynceusError('credentials-failed', message, { hint, retryable: false });
  if (name === 'RepositoryNotFoundException' || name === 'ImageNotFoundException')
    return new LynceusError('registry-not-found', message, {
      hint: 'check the spelling of the repository, and the account and region in its host',
    });
  const status = statusOf(thrown);
  if (THROTTLED.has(name) || status === 429)
    return new LynceusError('registry-rate-limited', message, {
      hint: 'it is tried again in the next cycle',
    });
  if (thrown instanceof SyntaxError) return new LynceusError('registry-response-invalid', message);
  return new LynceusError('registry-failed', message, { retryable: status === undefined || status >= 500 });
}

/** Whether ECR knows who asks, and does not let them. STS, where an identity cannot be had, has another name for it. */
export function isNoPermission(thrown: unknown): boolean {
  return nameOf(thrown) === 'AccessDeniedException';
}

/** Whether the identity that was used is refused, so that one found anew may do better. */
export function isStaleIdentity(thrown: unknown): boolean {
  return /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId)/.test(nameOf(thrown));
}

/** What the HTTP client threw, or the code around the SDK, however deep the SDK put it. */
function ourErrorIn(thrown: unknown): LynceusError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause)
    if (error instanceof LynceusError) return error;
  return undefined;
}

function nameOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : '';
  return /^[A-Za-z]{1,80}$/.test(name) ? name : 'unknown error';
}

function statusOf(thrown: unknown): number | undefined {
  const { $metadata: { httpStatusCode } = {} } = thrown as { $metadata?: { httpStatusCode?: number } };
  return httpStatusCode;
}
