import type { SignatureFinding } from '../core/gates/signature-finding.ts';
import type { SecretField } from '../core/policy.ts';
import type { RepositoryAccess } from './registry.ts';

/** Something beside an image that may be its signature. The bytes have the digest under which they are kept. */
export type SignatureMaterial =
  /** A Sigstore bundle, as JSON. */
  | { readonly kind: 'bundle'; readonly bytes: Buffer }
  /** A payload of "simple signing", and the signature of its bytes in base64. */
  | { readonly kind: 'simple-signing'; readonly payload: Buffer; readonly signature: string }
  /** A statement about the image, of this predicate type, that is no signature. It was not fetched. */
  | { readonly kind: 'attestation'; readonly type: string };

/** What a registry keeps in one of the places. */
export interface SignatureSet {
  readonly materials: readonly SignatureMaterial[];
  /** What of it was left out because there is too much of it, as the end of a sentence; absent when it is all there is. */
  readonly leftOut?: string;
}

/**
 * Where signatures of a digest are: the referrers of its manifest (OCI distribution spec, "Listing Referrers"), the tag that
 * stands for them where a registry has no such list (`sha256-<hex>`), and the tag of cosign (`sha256-<hex>.sig`).
 */
export type SignaturePlace = 'referrers' | 'referrers-tag' | 'signature-tag';

export interface SignaturesRequest extends RepositoryAccess {
  /** Of the manifest that is signed. */
  readonly digest: string;
  readonly place: SignaturePlace;
}

/** Fetches what may be signatures. Throws `LynceusError` with a `registry-…` code; nothing there is no error. */
export interface SignatureSource {
  signaturesIn(request: SignaturesRequest, signal: AbortSignal): Promise<SignatureSet>;
}

/** Public keys, any of which may have made a signature. */
export interface VerificationKeys {
  /** Equal for the same keys. */
  readonly id: string;
  /** One PEM text for each. */
  readonly pem: readonly string[];
}

export interface VerifyRequest extends RepositoryAccess {
  readonly digest: string;
  readonly keys: VerificationKeys;
}

/** Reads keys and checks signatures. Every method throws `LynceusError` when there is no answer. */
export interface Signatures {
  keysIn(secret: SecretField, signal: AbortSignal): Promise<VerificationKeys>;
  verify(request: VerifyRequest, signal: AbortSignal): Promise<SignatureFinding>;
}
