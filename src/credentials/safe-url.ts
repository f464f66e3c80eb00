import { isLoopback } from '../http/proxy.ts';

/** Whether a secret may be sent to a URL: over TLS, or without leaving this machine. */
export function isSafeForSecrets(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}
