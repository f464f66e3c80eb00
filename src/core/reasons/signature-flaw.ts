import type { ChosenImage } from '../change.ts';
import type { SecretField } from '../policy.ts';

/** A policy of signatures was asked for this version. */
export interface SignatureFacts {
  /** With the digest that was judged. */
  readonly candidate: ChosenImage;
  /** What asks for it: a policy of the configuration by its name, or the key that an `ImageUpdater` names. */
  readonly asked: SignatureDemand;
  /** The type of the attestation that is not there; absent when it is the signature of the image. */
  readonly attestation?: string;
  /** Why what was found does not count, each flaw once; empty when nothing was found. */
  readonly flaws: readonly SignatureFlaw[];
}

/** What asks for a signature. */
export type SignatureDemand =
  | { readonly kind: 'policy'; readonly name: string }
  | { readonly kind: 'secret'; readonly secret: SecretField };

/**
 * Why a signature does not count. `other-key`: it fits no key, be it made with another one or tampered with. `other-digest`: it
 * fits, and names another digest. `keyless`: it has a certificate in place of a key; `keyed`: the reverse. `issuer`, `identity`: who
 * signed is certified, and is somebody else. `certificate`, `log`, `timestamp`: what a keyless signature is proven by is missing or not
 * valid. `attestation`: what is signed is a statement of this type about the image. `builder`, `source-repository`: an attestation
 * that is valid says something else. `malformed`: it cannot be read.
 */
export type SignatureFlaw =
  | { readonly kind: 'other-key' | 'keyless' | 'keyed' }
  | { readonly kind: 'other-digest'; readonly digest: string }
  | {
      readonly kind: 'issuer' | 'identity' | 'builder' | 'source-repository';
      /** `''` when it says nothing. */
      readonly found: string;
      /** As sentences show it, each with its quotes. */
      readonly expected: readonly string[];
    }
  | { readonly kind: 'certificate' | 'log' | 'timestamp'; readonly detail: string }
  | { readonly kind: 'attestation'; readonly type: string }
  | { readonly kind: 'malformed'; readonly detail: string };
