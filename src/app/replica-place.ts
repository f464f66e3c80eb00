import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { formatReplicaPlace } from '../core/replica-place.ts';
import type { ServerTls } from '../server/tls.ts';

/** Where other pods reach a server of this one: a pod has one address that is not its own loopback. */
export function replicaPlaceOf(
  address: string,
  port: number,
  tls: ServerTls | undefined,
): string | undefined {
  const own = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.flatMap((one) => (one.internal ? [] : [one.address])),
  );
  const [host] = ['', '0.0.0.0', '::'].includes(address) ? own : [address];
  if (host === undefined) return undefined;
  const origin = `${tls === undefined ? 'http' : 'https'}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return formatReplicaPlace({ origin, fingerprint: tls?.certificate().fingerprint ?? '' });
}
