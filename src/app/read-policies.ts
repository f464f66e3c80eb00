import type { Application } from '../argocd/application.ts';
import type { PolicyReading, RefusedImage } from '../argocd/policy-reading.ts';
import { rememberedPolicies } from '../argocd/remembered-policies.ts';
import { problemOf } from '../argocd/problems.ts';
import { joinKey } from '../core/identity/key.ts';
import type { ImagePause } from '../core/overrides/pause.ts';
import { gitTargetOf, type TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { asLynceusError } from '../errors.ts';
import type { PolicyContext } from '../argocd/read-policies.ts';
import { findOwners } from '../argocd/policy-owners.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { withPause } from './mark-paused.ts';
import { permitImages } from './permit-images.ts';
import type { CycleFilter } from './cycle-scope.ts';
import type { ReadApplications } from './read-applications.ts';
import type { Ownership } from './services.ts';
import { tallyOfUpdaters, type UpdaterCounts } from './tally-updaters.ts';

export interface ReadPolicies extends UpdaterCounts {
  readonly images: readonly TrackedImage[];
  /** All images of all processes, of which others may be promoted. */
  readonly everywhere: readonly TrackedImage[];
  /** All images of this process, also those that the cycle is not for. */
  readonly known: readonly TrackedImage[];
  readonly refused: readonly RefusedImage[];
  /** How many Applications have images or problems that the cycle is for. */
  readonly watched: number;
}

/** Which Applications this process owns, and which of them the cycle is for. */
export interface PolicyScope {
  /** Each remote has one writer. */
  readonly owns: Ownership;
  /** `undefined` means all. */
  readonly only: CycleFilter | undefined;
  readonly fence: Fence;
  /** That of all images; absent for none. */
  readonly paused?: ImagePause | undefined;
}

/**
 * Reads the policies of every Application, of which only those that this process owns are kept. A cycle for a part of them
 * also includes the images that share a push branch with theirs, because the branch is made anew as a whole.
 */
export function readAllPolicies(
  { applications, updaters }: Pick<ReadApplications, 'applications' | 'updaters'>,
  policyContext: PolicyContext,
  { owns, only, fence, paused }: PolicyScope,
): ReadPolicies {
  const images: TrackedImage[] = [];
  const others: TrackedImage[] = [];
  const everywhere: TrackedImage[] = [];
  const refused: RefusedImage[] = [];
  const problems: Problem[] = [];
  const ownersOf = findOwners(updaters, policyContext);
  const tally = tallyOfUpdaters(updaters);
  let watched = 0;
  for (const application of applications) {
    const read = contained(application, () => {
      const owned = ownersOf(application);
      tally.add(application, owned);
      if (owned.owners.length === 0) return NOTHING;
      const reading = rememberedPolicies(application, policyContext, owned.owners);
      const permitted = permitImages(reading, fence);
      tally.addImages(permitted);
      everywhere.push(...permitted.images);
      return {
        ...permitted,
        images: permitted.images.filter(owns.policy).map((one) => withPause(one, paused)),
      };
    });
    if (read === NOTHING) continue;
    const own = read.images;
    if (only?.application(application) === false) {
      const chosen = own.filter((tracked) => only.image(tracked));
      images.push(...chosen);
      others.push(...own.filter((tracked) => !chosen.includes(tracked)));
      if (chosen.length > 0) watched += 1;
      continue;
    }
    const faulty = owns.application(application) ? read : { refused: [], problems: [] };
    images.push(...own);
    refused.push(...faulty.refused);
    problems.push(...faulty.problems);
    if (own.length + faulty.refused.length + faulty.problems.length > 0) watched += 1;
  }
  const known = [...images, ...others];
  const due = [...images, ...companionsOf(images, others)];
  return { images: due, everywhere, known, refused, watched, ...tally.result(problems) };
}

/** Of an Application that nobody wants to be updated. */
const NOTHING: PolicyReading = { images: [], refused: [], problems: [] };

/** Anything thrown for one Application is a problem of that Application. */
function contained({ namespace, name }: Application, read: () => PolicyReading): PolicyReading {
  try {
    return read();
  } catch (thrown) {
    const application = { namespace, name };
    const found = { application, alias: undefined, key: 'metadata.annotations', value: '' };
    return { images: [], refused: [], problems: [problemOf(found, asLynceusError(thrown))] };
  }
}

/** The others that share a push branch with one of these images. */
export function companionsOf(
  images: readonly TrackedImage[],
  others: readonly TrackedImage[],
): readonly TrackedImage[] {
  const branches = new Set(images.flatMap((tracked) => pushKey(tracked) ?? []));
  return others.filter((tracked) => branches.has(pushKey(tracked) ?? ''));
}

/** Equal for images that may be pushed to one branch beside their base; `undefined` for the others. */
function pushKey(tracked: TrackedImage): string | undefined {
  const place = gitTargetOf(tracked)?.place;
  if (place === undefined || (place.push === undefined && place.pullRequest === undefined)) return undefined;
  return joinKey(
    place.remote.key,
    place.push,
    place.push === undefined ? place.pullRequest?.group : undefined,
  );
}
