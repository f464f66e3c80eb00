import type { SignatureFlaw } from '../reasons/reason.ts';

/** What was found of signatures for one digest and one key. */
export type SignatureFinding =
  /** One of them is valid, which is enough. */
  | { readonly kind: 'signed' }
  /** Nothing is there that claims to be a signature; attestations may be. */
  | { readonly kind: 'unsigned'; readonly flaws: readonly SignatureFlaw[] }
  /** There are signatures, none of them valid; at least one flaw. */
  | { readonly kind: 'unfit'; readonly flaws: readonly SignatureFlaw[] };

/** The predicate type of what cosign 3 signs of an image; a statement of any other type is an attestation. */
export const SIGNATURE_STATEMENT = 'https://sigstore.dev/cosign/sign/v1';
