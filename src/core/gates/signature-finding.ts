import type { SignatureFlaw } from '../reasons/signature-flaw.ts';
import type { SignaturePolicy } from './signature-policy.ts';

/** What was found of signatures and attestations for one digest and one policy. */
export type SignatureFinding =
  /** All that the policy asks for is there and valid. */
  | { readonly kind: 'signed' }
  /** Nothing is there that claims to be what is asked for; attestations of other types may be. */
  | ({ readonly kind: 'unsigned' } & Lack)
  /** There is something, and nothing of it is valid; at least one flaw. */
  | ({ readonly kind: 'unfit' } & Lack);

interface Lack {
  /** The type of the attestation that is asked for; absent when it is the signature of the image. */
  readonly attestation?: string;
  readonly flaws: readonly SignatureFlaw[];
}

/** The first policy that is not fulfilled, with what was found for it; else the last of them, which is. */
export interface PolicyFinding {
  readonly policy: SignaturePolicy;
  readonly finding: SignatureFinding;
}

/** The predicate type of what cosign 3 signs of an image; a statement of any other type is an attestation. */
export const SIGNATURE_STATEMENT = 'https://sigstore.dev/cosign/sign/v1';
