import { LynceusError } from '../errors.ts';
import { parseUrl } from '../parse-url.ts';
import type { NamedSecret } from './secret-purpose.ts';

export interface SecretProxyContext {
  readonly argocdNamespace: string;
  /** Whether an administrator named this proxy; without it none is. */
  readonly isNamedProxy?: ((url: URL) => boolean) | undefined;
}

/**
 * Whether a remote may be reached through the proxy that a Secret names. In Argo CD's namespace an administrator made it;
 * one of a namespace of tenants could look for open ports there, or see what is sent without TLS. Throws `address-refused`.
 */
export function checkSecretProxy(
  { namespace, name, fields }: NamedSecret,
  { argocdNamespace, isNamedProxy = () => false }: SecretProxyContext,
): void {
  const text = (fields['proxy'] ?? '').trim();
  if (text === '' || namespace === argocdNamespace) return;
  const url = parseUrl(text.includes('://') ? text : `http://${text}`);
  if (url !== undefined && isNamedProxy(url)) return;
  throw new LynceusError(
    'address-refused',
    `the Secret ${namespace}/${name} names a proxy, and no administrator named that`,
    {
      hint:
        url === undefined
          ? 'leave the field proxy out'
          : `leave the field proxy out; if it is meant, an administrator adds it to the configuration: network.exceptions: ["${url.host}"]`,
    },
  );
}
