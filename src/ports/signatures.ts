import type { SignatureFinding } from '../core/gates/signature-finding.ts';
import type { SignaturePolicy } from '../core/gates/signature-policy.ts';
import type { RepositoryAccess } from './registry.ts';

/** Something beside an image that may be its signature, or states something about it. The bytes have the digest under which they are kept. */
export type SignatureMaterial =
  /** A Sigstore bundle, as JSON. */
  | { readonly kind: 'bundle'; readonly bytes: Buffer }
  /** A payload of "simple signing", and the signature of its bytes in base64. */
  | {
      readonly kind: 'simple-signing';
      readonly payload: Buffer;
      readonly signature: string;
      readonly proofs?: CosignProofs;
    }
  /** A DSSE envelope, as JSON. */
  | { readonly kind: 'envelope'; readonly bytes: Buffer; readonly proofs?: CosignProofs }
  /** A statement about the image, of this predicate type, that is no signature. It was not fetched. */
  | { readonly kind: 'attestation'; readonly type: string };

/** What cosign 1 and 2 keep in annotations beside a signature without a key; each `''` when it is not there. */
export interface CosignProofs {
  /** Of the signer, as PEM. */
  readonly certificate: string;
  /** An entry of Rekor with its promise, as JSON. */
  readonly entry: string;
  /** A timestamp of an authority (RFC 3161), as JSON. */
  readonly timestamp: string;
}

/** What a registry keeps in one of the places. */
export interface SignatureSet {
  readonly materials: readonly SignatureMaterial[];
  /** What of it was left out because there is too much of it, as the end of a sentence; absent when it is all there is. */
  readonly leftOut?: string;
}

/**
 * Where signatures of a digest are: the referrers of its manifest (OCI distribution spec, "Listing Referrers"), the tag that
 * stands for them where a registry has no such list (`sha256-<hex>`), and the tags of cosign: `sha256-<hex>.sig`, and `.att` for
 * attestations.
 */
export type SignaturePlace = 'referrers' | 'referrers-tag' | 'signature-tag' | 'attestation-tag';

export interface SignaturesRequest extends RepositoryAccess {
  /** Of the manifest that is signed. */
  readonly digest: string;
  readonly place: SignaturePlace;
  /** Predicate types of the attestations that are fetched too; absent means none. */
  readonly attestations?: readonly string[];
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

/** A policy with its keys. */
export interface SignatureCriteria {
  /** Equal when the same is asked for. */
  readonly id: string;
  readonly policy: SignaturePolicy;
  readonly keys: VerificationKeys;
}

export interface VerifyRequest extends RepositoryAccess {
  readonly digest: string;
  readonly criteria: SignatureCriteria;
}

/** Reads keys and checks signatures. Every method throws `LynceusError` when there is no answer. */
export interface Signatures {
  criteriaOf(policy: SignaturePolicy, signal: AbortSignal): Promise<SignatureCriteria>;
  verify(request: VerifyRequest, signal: AbortSignal): Promise<SignatureFinding>;
}
