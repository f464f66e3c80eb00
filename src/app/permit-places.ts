import { isDefaultBranch, fixedPush } from '../core/git/branch-name.ts';
import { applicationKey, applicationText } from '../core/identity/application.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { judgeWrite, writeRefusal } from '../core/permissions/judge-write.ts';
import { gitTargetOf, type ApplicationId, type GitPlace, type TrackedImage } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { Present } from './read-present.ts';
import type { ResolvedBranches } from './resolve-branches.ts';

/** A branch that an Application follows as a revision. */
export interface FollowedBranch {
  readonly application: ApplicationId;
  /** `HEAD` for the default one. */
  readonly branch: string;
}

/** Which branches Applications follow, by the key of the remote. */
export type FollowedBranches = ReadonlyMap<string, readonly FollowedBranch[]>;

/** Judges each image once more when the names of its branches are known. */
export function permitBranches(
  resolved: ResolvedBranches,
  fence: Fence,
  followed: FollowedBranches,
): ResolvedBranches {
  const failed = new Map(resolved.failed);
  const images = resolved.images.flatMap((tracked) => {
    const target = gitTargetOf(tracked);
    if (target === undefined) return [tracked];
    const judged = judgeWrite({ ...tracked, target }, fence);
    const error =
      judged.kind === 'refused'
        ? writeRefusal(judged, { target })
        : followedRefusal(tracked, { place: target.place, branch: fixedPush(target.place.push) }, followed);
    if (error !== undefined) failed.set(tracked, error);
    return judged.kind === 'refused' || error !== undefined ? [] : [{ ...tracked, claim: judged.claim }];
  });
  return { images, failed };
}

/**
 * A branch that another Application follows is never a branch to push beside the base: it would be made anew, and with it
 * what the other Application deploys. `undefined` when there is no such Application.
 */
export function followedRefusal(
  { application, requester }: Pick<TrackedImage, 'application' | 'requester'>,
  { place, branch }: { readonly place: GitPlace; readonly branch: string | undefined },
  followed: FollowedBranches,
): LynceusError | undefined {
  if (branch === undefined || branch === place.base) return undefined;
  const own = applicationKey(application);
  const nameOf = (one: string) => (isDefaultBranch(one) ? (requester.defaultBranch ?? one) : one);
  const other = followed
    .get(place.remote.key)
    ?.find((one) => nameOf(one.branch) === branch && applicationKey(one.application) !== own);
  if (other === undefined) return undefined;
  const who = applicationText(other.application);
  return new LynceusError(
    'permission-denied',
    `may not push the branch ${quoted(branch)} of ${place.remote.label}: the Application ${who} follows it as its revision`,
    { hint: 'name another branch in git-branch, or write to that one as the base: git-branch: BRANCH' },
  );
}

/** Judges each image by the file that was found, which a symbolic link may have led elsewhere. */
export function permitFiles(
  present: ReadonlyMap<TrackedImage, Present>,
  fence: Fence,
): ReadonlyMap<TrackedImage, Present> {
  return new Map(
    [...present].map(([tracked, now]) => {
      const target = gitTargetOf(tracked);
      if (target === undefined || now.kind === 'failed' || now.path === undefined) return [tracked, now];
      const judged = judgeWrite({ ...tracked, target, path: now.path }, fence);
      if (judged.kind === 'allowed') return [{ ...tracked, claim: judged.claim }, now];
      return [tracked, { kind: 'failed', error: writeRefusal(judged, { target, path: now.path }), path: now.path }];
    }),
  );
}
