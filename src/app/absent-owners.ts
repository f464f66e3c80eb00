import { isDefaultBranch } from '../core/git/branch-name.ts';
import { imageKey } from '../core/identity/image.ts';
import { gitTargetOf, type TrackedImage } from '../core/policy.ts';
import { proposalBranch } from '../core/pull-requests/group.ts';

/**
 * Images whose places are their Applications' own and which are not evaluated now, because they wait, are not asked for or their
 * branch could not be resolved. `resolved` are those that are evaluated; what their remotes list names the default branch of the others.
 */
export function absentOwners(
  known: readonly TrackedImage[],
  resolved: readonly TrackedImage[],
): readonly TrackedImage[] {
  if (resolved.every(({ claim }) => claim === 'own')) return [];
  const evaluated = new Set(resolved.map(imageKey));
  const defaults = new Map(
    resolved.flatMap((tracked) => {
      const remote = gitTargetOf(tracked)?.place.remote;
      const branch = tracked.requester.defaultBranch;
      return remote === undefined || branch === undefined ? [] : [[remote.key, branch] as const];
    }),
  );
  return known
    .filter((tracked) => tracked.claim === 'own' && !evaluated.has(imageKey(tracked)))
    .map((tracked) => withBranches(tracked, defaults));
}

function withBranches(tracked: TrackedImage, defaults: ReadonlyMap<string, string>): TrackedImage {
  const target = gitTargetOf(tracked);
  if (target === undefined) return tracked;
  const { place } = target;
  const base = isDefaultBranch(place.base) ? (defaults.get(place.remote.key) ?? place.base) : place.base;
  const proposed = place.pullRequest && proposalBranch(base, place.pullRequest.group);
  const named = { ...target, place: { ...place, base, push: place.push ?? proposed } };
  return { ...tracked, destination: { ...tracked.destination, target: named } };
}
