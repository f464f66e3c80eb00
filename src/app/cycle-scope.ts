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
  /** The branches of its remote that were pushed to, when that alone is why it is evaluated; `undefined` for one that is not known. */
  readonly onlyForBranches: (tracked: TrackedImage) => readonly (string | undefined)[];
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
  const isChosen = (application: ApplicationId): boolean => chosen.has(applicationKey(application));
  const isPushedImage = ({ repository }: TrackedImage): boolean =>
    repositories.size > 0 && repositoryKeys(repository).some((key) => repositories.has(key));
  return {
    application: isChosen,
    image: (tracked) => isPushedImage(tracked) || followedOf(branches, tracked).length > 0,
    onlyForBranches: (tracked) =>
      isChosen(tracked.application) || isPushedImage(tracked) ? [] : followedOf(branches, tracked),
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

/** Those that the image may read or push. Which one is the default is not known yet, and a template makes any name. */
function followedOf(branches: PushedBranches, tracked: TrackedImage): readonly (string | undefined)[] {
  const place = gitTargetOf(tracked)?.place;
  const pushed = place === undefined ? undefined : branches.get(place.remote.key);
  if (place === undefined || pushed === undefined) return [];
  const { base, push } = place;
  const isAny = isDefaultBranch(base) || (push !== undefined && fixedPush(push) === undefined);
  return [...pushed].filter((branch) => isAny || branch === undefined || branch === base || branch === push);
}
