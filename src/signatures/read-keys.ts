import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { LynceusError } from '../errors.ts';
import type { VerificationKeys } from '../ports/signatures.ts';

/** So many keys may be in one text: an old and a new one, or those of a few teams. */
const MOST_KEYS = 20;
const SMALLEST_RSA = 2048;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/**
 * The public keys in a PEM text: ECDSA on P-256, P-384 or P-521, RSA of 2048 bits or more, Ed25519. Throws
 * `signature-key-invalid` for a text without a key, and for one with anything that is no such key: a key that is left out
 * would leave out its signatures. `where` names the place of the text. Nothing of the text is in the error.
 */
export function readKeys(text: string, where: string): VerificationKeys {
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0)
    throw invalid(where, 'no PEM text', 'cosign.pub is one: -----BEGIN PUBLIC KEY-----');
  if (blocks.length > MOST_KEYS)
    throw invalid(where, `${blocks.length} PEM blocks`, `at most ${MOST_KEYS} keys are used`);
  const pem = blocks.map(([block, label = '']) => publicKey(block, label, where));
  return keysOf(pem);
}

/** All keys of several texts. */
export function joinKeys(texts: readonly VerificationKeys[]): VerificationKeys {
  return keysOf(texts.flatMap(({ pem }) => pem));
}

function keysOf(pem: readonly string[]): VerificationKeys {
  const id = createHash('sha256').update(pem.toSorted().join('')).digest('hex');
  return { id, pem };
}

function publicKey(block: string, label: string, where: string): string {
  if (label.includes('PRIVATE'))
    throw invalid(where, 'a private key', 'take it out of the Secret: only its public key is needed');
  if (label !== 'PUBLIC KEY' && label !== 'RSA PUBLIC KEY')
    throw invalid(
      where,
      `a PEM block ${label}`,
      'a certificate is no key: openssl x509 -pubkey -noout prints its key',
    );
  const key = parsed(block, where);
  const fault = faultOf(key);
  if (fault !== undefined) throw invalid(where, fault);
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function parsed(block: string, where: string): KeyObject {
  try {
    return createPublicKey(block);
  } catch {
    throw invalid(where, 'a PEM block that cannot be read');
  }
}

function faultOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  const { namedCurve = 'an unnamed curve', modulusLength = 0 } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case 'ed25519':
      return undefined;
    case 'ec':
      return CURVES.has(namedCurve) ? undefined : `an ECDSA key on ${namedCurve}`;
    case 'rsa':
      return modulusLength >= SMALLEST_RSA ? undefined : `an RSA key of ${modulusLength} bits`;
    default:
      return `a key of the type ${asymmetricKeyType ?? 'secret'}`;
  }
}

function invalid(where: string, found: string, hint?: string): LynceusError {
  return new LynceusError(
    'signature-key-invalid',
    `${where}: expected public keys in PEM (ECDSA on P-256, P-384 or P-521, RSA of ${SMALLEST_RSA} bits or more, Ed25519), found ${found}`,
    { hint },
  );
}
