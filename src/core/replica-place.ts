import { parseUrl } from '../parse-url.ts';

/** Where another process of ours listens. */
export interface ReplicaPlace {
  /** `https://10.1.2.3:8082` or `http://…`. */
  readonly origin: string;
  /** SHA-256 of its certificate in hexadecimal digits; `''` without TLS. */
  readonly fingerprint: string;
}

/** As the Lease holds it: the origin, and with TLS the fingerprint behind a blank. */
export function formatReplicaPlace({ origin, fingerprint }: ReplicaPlace): string {
  return fingerprint === '' ? origin : `${origin} ${fingerprint}`;
}

/** `undefined` for what is no such text: somebody else may have written it. */
export function parseReplicaPlace(text: string): ReplicaPlace | undefined {
  const [, origin = '', , fingerprint = ''] =
    /^((https?):\/\/[^\s/?#@]+)(?: ([0-9a-f]{64}))?$/.exec(text) ?? [];
  const url = parseUrl(origin);
  if (url === undefined || (url.protocol === 'https:') !== (fingerprint !== '')) return undefined;
  return { origin, fingerprint };
}
