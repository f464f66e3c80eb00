import { RefusedValue, parsed, textLine, type ValueType } from './value-type.ts';

/** Versions of TLS that a server may speak. */
export type TlsVersionName = '1.1' | '1.2' | '1.3';

const VERSIONS: readonly TlsVersionName[] = ['1.1', '1.2', '1.3'];

/** `1.3` in YAML is a number; Argo CD Image Updater also takes `tls1.3`. */
export const TLS_VERSION: ValueType<string | number, TlsVersionName> = parsed(
  {
    expected: '1.1, 1.2 or 1.3',
    reading: 'lower-case',
    schema: (zod) => zod.union([zod.string(), zod.number()]),
  },
  (written) => {
    const name = String(written).toLowerCase().replace(/^tls/, '');
    return VERSIONS.find((version) => version === name) ?? new RefusedValue();
  },
);

/** Names of cipher suites with colons between them. */
export const TLS_CIPHERS: ValueType<string, readonly string[]> = parsed(
  textLine('names of cipher suites with colons between them', /^[A-Z0-9_]+(?::[A-Z0-9_]+)*$/),
  (names) => names.split(':'),
);
