import type { Application } from '../argocd/application.ts';
import { readPolicies as readApplicationPolicies, type RefusedImage } from '../argocd/read-policies.ts';
import { problemOf } from '../argocd/problems.ts';
import { joinKey } from '../core/identity/key.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { asLynceusError } from '../errors.ts';
import type { PolicyContext } from '../argocd/read-policies.ts';
import type { ApplicationSelector, Ownership } from './services.ts';

export interface ReadPolicies {
  readonly images: readonly TrackedImage[];
  readonly refused: readonly RefusedImage[];
  readonly problems: readonly Problem[];
  /** Applications that asked for anything at all. */
  readonly watched: number;
}

/** Which Applications are this process's own, and which of them the cycle is about. */
export interface PolicyScope {
  /** Each remote has one writer. */
  readonly owns: Ownership;
  /** `undefined` means all. */
  readonly only: ApplicationSelector | undefined;
}

/**
 * Stage 2: what every Application wants, or why it cannot be had; of that only what this process is to write. A cycle that
 * is about some Applications looks at those too whose changes stand on the same push branch: it is made anew as a whole.
 */
export function readAllPolicies(
  applications: readonly Application[],
  policyContext: PolicyContext,
  { owns, only }: PolicyScope,
): ReadPolicies {
  const images: TrackedImage[] = [];
  const others: TrackedImage[] = [];
  const refused: RefusedImage[] = [];
  const problems: Problem[] = [];
  let watched = 0;
  for (const application of applications) {
    const read = contained(application, () => {
      const { images: every, ...faults } = readApplicationPolicies(application, policyContext);
      return { images: every.filter(owns.policy), ...faults };
    });
    const own = read.images;
    if (only?.(application) === false) {
      others.push(...own);
      continue;
    }
    const faulty = owns.application(application) ? read : { refused: [], problems: [] };
    images.push(...own);
    refused.push(...faulty.refused);
    problems.push(...faulty.problems);
    if (own.length + faulty.refused.length + faulty.problems.length > 0) watched += 1;
  }
  return { images: [...images, ...companionsOf(images, others)], refused, problems, watched };
}

/** Whatever is thrown for one Application is that one's problem. */
function contained(
  { namespace, name }: Application,
  read: () => ReturnType<typeof readApplicationPolicies>,
): ReturnType<typeof readApplicationPolicies> {
  try {
    return read();
  } catch (thrown) {
    const application = { namespace, name };
    const found = { application, alias: undefined, key: 'metadata.annotations', value: '' };
    return { images: [], refused: [], problems: [problemOf(found, asLynceusError(thrown))] };
  }
}

function companionsOf(
  images: readonly TrackedImage[],
  others: readonly TrackedImage[],
): readonly TrackedImage[] {
  const branches = new Set(images.flatMap((tracked) => pushKey(tracked) ?? []));
  return others.filter((tracked) => branches.has(pushKey(tracked) ?? ''));
}

/** Equal for policies that may push to one branch beside their base; `undefined` for those that do not. */
function pushKey({ destination: { target } }: TrackedImage): string | undefined {
  if (target.method !== 'git') return undefined;
  const { place } = target;
  if (place.push === undefined && place.pullRequest === undefined) return undefined;
  return joinKey(
    place.remote.key,
    place.push,
    place.push === undefined ? place.pullRequest?.group : undefined,
  );
}
