import { isIP } from 'node:net';
import type { GetRequest } from '../server/routes.ts';

/** `::ffff:127.0.0.1` is how a socket for both families writes it. */
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/**
 * Whether a request names this server. On loopback a browser may have been led here by a page of anybody, with a name of theirs (DNS
 * rebinding): there it must be `localhost`, an address, or one of these names.
 */
export function namesThisHost(
  { headers, at }: Pick<GetRequest, 'headers' | 'at'>,
  names: readonly string[],
): boolean {
  if (!LOOPBACK.test(at)) return true;
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 || names.includes(host);
}
