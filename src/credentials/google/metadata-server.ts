import type { Expiring } from '../../async/expiring-cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExchangeClients } from '../exchange-clients.ts';
import { metadataRequest, noToken, readAccessToken, describeRefusal } from '../oauth.ts';

/** Always this name, which only Google's own networks know; only tests have another. */
export const GOOGLE_METADATA = 'http://metadata.google.internal';

const FLAVOR = { 'metadata-flavor': 'Google' } as const;

export interface MetadataOptions {
  readonly clients: Pick<ExchangeClients, 'by' | 'probe'>;
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
    `${host} gave no token for the service account of this machine: ${describeRefusal(response)}`,
    response,
    'see whether this service account exists, and in GKE whether the pod may act as it (roles/iam.workloadIdentityUser)',
  );
}

/** Its answers carry a header, which tells it apart from any other server at its address. */
async function isInGoogle({ clients, metadataUrl, signal }: MetadataOptions): Promise<boolean> {
  const answer = await clients.probe(metadataRequest(new URL(metadataUrl), FLAVOR), signal);
  return answer?.headers['metadata-flavor'] === 'Google';
}
