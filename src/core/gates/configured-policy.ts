import type { ImageSelector } from '../image-selector.ts';
import type { ImagePolicy } from '../policy.ts';
import type { KeylessProofs, SignaturePolicy } from './signature-policy.ts';

/** A policy of the configuration, with the images that it is for. */
export interface ConfiguredPolicy extends ImageSelector, SignaturePolicy {
  readonly name: string;
  /** It is only for images that name it. */
  readonly onlyByName: boolean;
}

const ALL_PROOFS: KeylessProofs = { log: true, timestamp: false, sct: true };

/** Every policy that a version of an image must fit. The one of an `ImageUpdater` is one more. */
export function signaturePoliciesOf({
  verification,
  signaturePolicies = [],
}: Pick<ImagePolicy, 'verification' | 'signaturePolicies'>): readonly SignaturePolicy[] {
  if (verification === undefined) return signaturePolicies;
  const own: SignaturePolicy = {
    keys: [{ kind: 'secret', secret: verification.secret }],
    signers: [],
    requireSignature: true,
    attestations: [],
    require: ALL_PROOFS,
    trustRoot: { kind: 'public' },
  };
  return [own, ...signaturePolicies];
}
