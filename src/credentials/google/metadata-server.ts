import type { Expiring } from '../../async/expiring-cache.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExchangeClients } from '../exchange-clients.ts';
import { metadataRequest, noToken, readAccessToken, saidBy } from '../oauth.ts';

/** Always this name, which only Google's own networks know; only tests have another. */
export const GOOGLE_METADATA = 'http://metadata.google.internal';

const FLAVOR = { 'metadata-flavor': 'Google' } as const;

/** A machine that has it answers at once. */
const QUICK = { connect: 1_000, response: 1_000, total: 2_000 };

export interface MetadataOptions {
  readonly clients: Pick<ExchangeClients, 'by' | 'quick'>;
  readonly clock: Clock;
  readonly metadataUrl: string;
  readonly signal: AbortSignal;
}

/**
 * The access token of the service account that this machine or pod runs as; `nothing` when it runs as none. Throws
 * `credentials-failed` when there is one and it gets no token.
 */
export async function askMetadataServer(
  options: MetadataOptions,
): Promise<Expiring<string> | { readonly kind: 'nothing'; readonly why: string }> {
  const { clients, clock, metadataUrl, signal } = options;
  const { host } = new URL(metadataUrl);
  if (!(await isInGoogle(options))) return { kind: 'nothing', why: `nobody answers at ${host}` };
  const send = await clients.by();
  const url = new URL('/computeMetadata/v1/instance/service-accounts/default/token', metadataUrl);
  const response = await send(metadataRequest(url, FLAVOR), signal);
  if (response.status === 404) return { kind: 'nothing', why: 'this machine has no service account' };
  const token = readAccessToken(response, clock);
  if (token !== undefined) return token;
  throw noToken(
    `${host} gave no token for the service account of this machine: ${saidBy(response)}`,
    response,
    'see whether this service account exists, and in GKE whether the pod may act as it (roles/iam.workloadIdentityUser)',
  );
}

/** Its answers carry a header, so that nobody is taken for it who happens to be at its address. */
async function isInGoogle({ clients, metadataUrl, signal }: MetadataOptions): Promise<boolean> {
  try {
    const { headers } = await clients.quick(QUICK)(metadataRequest(new URL(metadataUrl), FLAVOR), signal);
    return headers['metadata-flavor'] === 'Google';
  } catch (error) {
    if (error instanceof LynceusError && error.code === 'aborted') throw error;
    return false;
  }
}
