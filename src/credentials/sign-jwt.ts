import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { LynceusError } from '../errors.ts';

/**
 * The RSA key in a text: PEM in the form of PKCS#1 or PKCS#8, with real line breaks or, as environment variables have
 * them, with `\n`. Throws `credentials-failed`, without the text. A key with a passphrase, a
 * public key and a key of another kind are refused (RS256 takes RSA only).
 */
export function parseRsaKey(text: string, what: string): KeyObject {
  const pem = text
    .replaceAll(String.raw`\r`, '')
    .replaceAll(String.raw`\n`, '\n')
    .trim();
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(`${pem}\n`);
  } catch {
    // OpenSSL's message does not help, and may quote the key.
  }
  if (key?.asymmetricKeyType === 'rsa') return key;
  throw new LynceusError(
    'credentials-failed',
    `expected an RSA private key in ${what}, found something else`,
    {
      hint: 'it begins with -----BEGIN RSA PRIVATE KEY----- or -----BEGIN PRIVATE KEY----- and has no passphrase',
      retryable: false,
    },
  );
}

/** A JSON Web Token (RFC 7519) with these claims, signed with RS256 (RFC 7518, section 3.3). */
export function signJwt(
  claims: Readonly<Record<string, string | number>>,
  { key, keyId }: { readonly key: KeyObject; readonly keyId?: string | undefined },
): string {
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  const text = [header, claims].map((part) => encode(JSON.stringify(part))).join('.');
  return `${text}.${encode(sign('sha256', Buffer.from(text), key))}`;
}

function encode(content: string | Buffer): string {
  return Buffer.from(content).toString('base64url');
}
