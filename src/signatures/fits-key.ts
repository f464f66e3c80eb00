import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';

/**
 * Hashes by which a key may have signed. cosign 2 and simple signing take SHA-256 for every key, bundles the hash that
 * belongs to the curve (Sigstore's "supported algorithms").
 */
const HASHES: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

/**
 * Whether one of the keys made this signature of these bytes: ECDSA in DER, RSA by PKCS #1 v1.5, Ed25519 and Ed25519ph (RFC 8032),
 * which cosign 3 takes, and OpenSSL 3.0 does not know.
 */
export function fitsKey(bytes: Buffer, signature: Buffer, pem: readonly string[]): boolean {
  return pem.some((one) => fitsKeyObject(bytes, signature, createPublicKey(one)));
}

/** The same for one key. */
export function fitsKeyObject(bytes: Buffer, signature: Buffer, key: KeyObject): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === 'ed25519')
    return isSignature(undefined, bytes, { signature, key }) || isPrehashed(bytes, signature, key);
  const hashes = HASHES[asymmetricKeyDetails?.namedCurve ?? ''] ?? ['sha256'];
  return hashes.some((hash) => isSignature(hash, bytes, { signature, key }));
}

function isPrehashed(bytes: Buffer, signature: Buffer, key: KeyObject): boolean {
  try {
    // ZIP 215 would let signatures through that RFC 8032 does not know.
    return ed25519ph.verify(signature, bytes, rawKey(key), { zip215: false });
  } catch {
    return false;
  }
}

function rawKey(key: KeyObject): Buffer {
  const { x = '' } = key.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

function isSignature(
  hash: string | undefined,
  bytes: Buffer,
  { signature, key }: { readonly signature: Buffer; readonly key: KeyObject },
): boolean {
  try {
    return verify(hash, bytes, key, signature);
  } catch {
    // What is no signature of this kind at all.
    return false;
  }
}
