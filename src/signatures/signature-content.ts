import { createHash } from 'node:crypto';
import type { SignedEntity } from '@sigstore/verify';
import { fitsKeyObject } from './fits-key.ts';
import type { SignedMaterial } from './signed-material.ts';

type SignatureContent = SignedEntity['signature'];

/** Hashes of log entries by their length in bytes. */
const HASHES: Readonly<Record<number, string>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };

/**
 * What the verifier of Sigstore compares with a log entry. That of the package verifies by the default hash of OpenSSL, and knows
 * no signature of a payload that is no bundle.
 */
export function createContent({ signed, payload }: SignedMaterial, signature: Buffer): SignatureContent {
  return {
    signature,
    compareSignature: (other) => signature.equals(other),
    compareDigest(digest) {
      const hash = HASHES[digest.length];
      // Entries of the kind `hashedrekord` name that of the signed bytes, others that of what is in the envelope.
      return (
        hash !== undefined &&
        [payload, signed].some((bytes) => createHash(hash).update(bytes).digest().equals(digest))
      );
    },
    verifySignature: (key) => fitsKeyObject(signed, signature, key),
  };
}
