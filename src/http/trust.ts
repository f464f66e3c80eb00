import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates in `pem` and those the process trusts anyway: naming authorities to Node.js replaces its own,
 * NODE_EXTRA_CA_CERTS included. Throws when there is none in `pem`, or one that cannot be read, which Node.js would
 * ignore.
 */
export function authoritiesWith(pem: string): readonly string[] {
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new TypeError('expected a certificate in PEM form, found none');
  for (const certificate of certificates) new X509Certificate(certificate);
  return [...rootCertificates, ...extraCertificates(), ...certificates];
}

/** Made last. One and no more: mostly all servers of a private authority are under the same one. */
let latest: { readonly key: string; readonly context: SecureContext } | undefined;

/**
 * What trusts these authorities, as `authoritiesWith` lists them: the same context for the same ones, because reading
 * the hundred and more that the process trusts takes milliseconds and a megabyte each time.
 */
export function contextTrusting(authorities: readonly string[]): SecureContext {
  const key = authorities.join('\n');
  if (latest?.key !== key) latest = { key, context: createSecureContext({ ca: [...authorities] }) };
  return latest.context;
}

function extraCertificates(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined || file === '') return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    // Node.js itself ignores it with a warning at start.
    return [];
  }
}
