import { imageRepositoryKey } from '../identity/image-repository.ts';
import { repositoryOf, tryImageReference, type ImageReference } from '../image/reference.ts';
import type { ImageSlot, PresentImage, TrackedImage } from '../policy.ts';
import type { OtherImageFacts } from '../reasons/reason.ts';

/**
 * Whether a key belongs to another image than the one that would be written there; `undefined` when it may be written.
 * Images are told apart by their paths, so that one that moved to another registry, or is behind a mirror, is the same.
 *
 *   the key has            the Application runs   the key is         result
 *   ---------------------  ---------------------  -----------------  --------------------------------
 *   our path, or no image  any                    any                written
 *   another image          any                    not for the name   belongs to the other image
 *   another image          the other image        any                belongs to the other image
 *   another image          neither, or unknown    a default          belongs to the other image
 *   another image          neither, or unknown    in an annotation   written: a new chart's placeholder
 *   another image          ours alone             any                written
 *
 * `force-update` writes in every case. In a kustomization the name tells which entry is ours, and a marker is put by hand.
 */
export function otherImageAt(
  {
    image,
    policy,
    observed,
    destination: { slot },
  }: Pick<TrackedImage, 'image' | 'policy' | 'observed' | 'destination'>,
  present: PresentImage | undefined,
): OtherImageFacts | undefined {
  if (policy.forceUpdate || present === undefined) return undefined;
  const { name, registry, beside } = present;
  const written = slot.kind === 'kustomize' || slot.kind === 'markers' ? undefined : (name ?? beside);
  const other = written === undefined ? undefined : tryImageReference(written);
  if (written === undefined || other === undefined || isSamePath(other.name, image.name)) return undefined;
  const runs = isRunning(withHost(other, registry), observed.running ?? []);
  const facts = { name: written, isRunning: runs };
  if (name === undefined || runs) return facts;
  return isNamed(slot) || observed.live === 'live' ? undefined : facts;
}

/** `acme/api` is the end of `mirror/acme/api`; `library/` is implied. */
function isSamePath(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => `/${path.replace(/^library\//, '')}`) as [string, string];
  return one.endsWith(other) || other.endsWith(one);
}

function withHost(other: ImageReference, registry: string | undefined): ImageReference {
  if (other.registry !== '' || registry === undefined) return other;
  return tryImageReference(`${registry}/${other.name}`) ?? other;
}

/** A name without a host may be in any registry: the chart may have it elsewhere. */
function isRunning(other: ImageReference, running: readonly string[]): boolean {
  const key = imageRepositoryKey(repositoryOf(other));
  if (other.registry !== '') return running.includes(key);
  const path = repositoryOf(other).path;
  return running.some(
    (one) => one === key || one.slice(one.indexOf('/') + 1) === other.name || one.endsWith(`/${path}`),
  );
}

/** Whether an annotation names the key of the name. */
function isNamed(slot: ImageSlot): boolean {
  return slot.kind !== 'helm-parts' || slot.name.explicit;
}
