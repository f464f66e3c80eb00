import { fixedPush, isDefaultBranch } from '../core/git/branch-name.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import { gitTargetOf, type ApplicationId, type TrackedImage } from '../core/policy.ts';
import type { CycleScope, PushEvent } from '../ports/tick.ts';

/** What a cycle is for. */
export interface CycleFilter {
  /** Whether all images of the Application are. */
  readonly application: (application: ApplicationId) => boolean;
  /** Whether this image of another Application is. */
  readonly image: (tracked: TrackedImage) => boolean;
}

/** Every name by which an image repository may be told of, as keys: its own, that of its mirror, that of its registry's API. */
export type RepositoryKeys = (repository: ImageRepository) => readonly string[];

/** Takes the images that the scope is about. What nobody uses matches nothing. */
export function createCycleFilter(
  { applications, pushes }: CycleScope,
  repositoryKeys: RepositoryKeys,
): CycleFilter {
  const chosen = new Set(applications.map(applicationKey));
  const repositories = new Set(
    pushes.flatMap((push) => (push.kind === 'image' ? repositoryKeys(push.repository) : [])),
  );
  const branches = branchesOf(pushes);
  return {
    application: (application) => chosen.has(applicationKey(application)),
    image: (tracked) =>
      (repositories.size > 0 && repositoryKeys(tracked.repository).some((key) => repositories.has(key))) ||
      followsOneOf(branches, tracked),
  };
}

/** By the key of the remote: the branches that were pushed to, `undefined` where that is not known. */
type PushedBranches = ReadonlyMap<string, ReadonlySet<string | undefined>>;

function branchesOf(pushes: readonly PushEvent[]): PushedBranches {
  const branches = new Map<string, Set<string | undefined>>();
  for (const push of pushes) {
    if (push.kind !== 'git') continue;
    for (const { key } of push.remotes) branches.set(key, (branches.get(key) ?? new Set()).add(push.branch));
  }
  return branches;
}

/** Which branch is the default one is not known yet, and a template makes any name: then every branch counts. */
function followsOneOf(branches: PushedBranches, tracked: TrackedImage): boolean {
  const place = gitTargetOf(tracked)?.place;
  const pushed = place === undefined ? undefined : branches.get(place.remote.key);
  if (place === undefined || pushed === undefined) return false;
  if (pushed.has(undefined) || isDefaultBranch(place.base) || pushed.has(place.base)) return true;
  if (place.push === undefined) return false;
  const push = fixedPush(place.push);
  return push === undefined || pushed.has(push);
}
