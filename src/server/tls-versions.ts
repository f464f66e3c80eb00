import type { SecureContextOptions } from 'node:tls';
import { LynceusError } from '../errors.ts';

export type TlsVersion = '1.1' | '1.2' | '1.3';

export interface TlsVersions {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Suites by their names in Go, which are those of IANA; none means the usual ones. They concern TLS 1.1 and 1.2 only. */
  readonly ciphers: readonly string[];
}

/** Those of TLS 1.3; as in Go they cannot be chosen. */
const OF_TLS_1_3 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** Those of Go's `tls.CipherSuites` and `tls.InsecureCipherSuites` that OpenSSL has, with their names there. */
const OPENSSL_NAMES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
};

const USUAL = Object.values(OPENSSL_NAMES).slice(0, 6);

/**
 * The options of Node.js for these versions and suites. As with Argo CD Image Updater suites have no meaning when TLS 1.3 is the
 * least. Throws `config-invalid` for a suite that is not known, and when the least version is above the highest.
 */
export function versionOptions({ minVersion, maxVersion, ciphers }: TlsVersions): SecureContextOptions {
  if (minVersion > maxVersion) {
    throw new LynceusError(
      'config-invalid',
      `server.tls.minVersion is ${minVersion}, and server.tls.maxVersion is ${maxVersion}: the least is above the highest`,
      { hint: 'set both to the same version, or leave out server.tls.maxVersion' },
    );
  }
  const versions = { minVersion: `TLSv${minVersion}`, maxVersion: `TLSv${maxVersion}` } as const;
  if (minVersion === '1.3') return versions;
  const chosen = ciphers.filter((name) => !OF_TLS_1_3.includes(name)).map(openSslName);
  const suites = [...OF_TLS_1_3, ...(chosen.length === 0 ? USUAL : chosen)];
  // OpenSSL has the signatures of TLS 1.1 at the lowest level of security only.
  const level = minVersion === '1.1' ? ['@SECLEVEL=0'] : [];
  return {
    ...versions,
    ciphers: [...suites, ...(level.length > 0 && chosen.length === 0 ? OLDER : []), ...level].join(':'),
    honorCipherOrder: true,
  };
}

/** TLS 1.1 knows none of the usual suites. */
const OLDER = [
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
];

function openSslName(name: string): string {
  const found = Object.hasOwn(OPENSSL_NAMES, name) ? OPENSSL_NAMES[name] : undefined;
  if (found !== undefined) return found;
  throw new LynceusError('config-invalid', `server.tls.ciphers: no cipher suite is named ${name}`, {
    hint: `known are ${Object.keys(OPENSSL_NAMES).join(', ')}`,
  });
}
