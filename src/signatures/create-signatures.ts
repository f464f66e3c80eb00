import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyPlace } from '../core/gates/signature-policy.ts';
import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { joinKey } from '../core/identity/key.ts';
import { signaturePolicyKey } from '../core/identity/signature-policy.ts';
import type { Observer } from '../ports/observer.ts';
import type { Signatures, SignatureSource } from '../ports/signatures.ts';
import { findSignatures } from './find-signatures.ts';
import { joinKeys, readKeys } from './read-keys.ts';
import type { TrustRoots } from './trust-root/trust-roots.ts';

/** Digests that were found to fit a policy, which they do for good. Some hundred bytes each. */
const MOST_REMEMBERED = 10_000;

export interface SignaturesOptions {
  readonly source: SignatureSource;
  /** The text of public keys. Throws `LynceusError` when there is none that may be one. */
  readonly readKey: (place: KeyPlace, signal: AbortSignal) => Promise<string>;
  readonly trustRoots: TrustRoots;
  readonly observer: Pick<Observer, 'signatureRefused'>;
}

/**
 * Verifies signatures of images, and attestations about them. What fits is remembered for the life of the process; that nothing does is
 * asked again each time, because an image is signed after it was pushed. A trust root is read only for a digest whose signature may
 * have no key.
 */
export function createSignatures({ source, readKey, trustRoots, observer }: SignaturesOptions): Signatures {
  const signed = new LRUCache<string, true>({ max: MOST_REMEMBERED });
  return {
    async criteriaOf(policy, signal) {
      const texts = await Promise.all(
        policy.keys.map(async (place) => readKeys(await readKey(place, signal), placeText(place))),
      );
      const keys = joinKeys(texts);
      const asked = joinKey(signaturePolicyKey(policy), keys.id);
      return { id: createHash('sha256').update(asked).digest('hex'), policy, keys };
    },
    async verify(request, signal) {
      const { repository, digest, criteria } = request;
      const key = joinKey(imageRepositoryKey(repository), digest, criteria.id);
      if (signed.has(key)) return { kind: 'signed' };
      const finding = await findSignatures(request, { source, trustRoots }, signal);
      if (finding.kind === 'signed') signed.set(key, true);
      else observer.signatureRefused({ policy: criteria.policy.name ?? '' });
      return finding;
    },
  };
}

/** For messages: where the text of keys is. */
function placeText(place: KeyPlace): string {
  switch (place.kind) {
    case 'secret':
      return `Secret ${place.secret.namespace}/${place.secret.name}, field ${place.secret.field}`;
    case 'config-map':
      return `ConfigMap ${place.configMap.namespace}/${place.configMap.name}, field ${place.configMap.field}`;
    case 'file':
      return `file ${place.path}`;
  }
}
