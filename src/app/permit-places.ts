import { fixedPush } from '../core/git/branch-name.ts';
import { applicationKey, applicationText } from '../core/identity/application.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { judgeKeys } from '../core/permissions/judge-keys.ts';
import { judgeWrite, lackingPushRule, ruleHint, writeRefusal } from '../core/permissions/judge-write.ts';
import { gitTargetOf, type ApplicationId, type TrackedImage } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { quoted } from '../core/quoted.ts';
import { inForce } from '../core/selection/decision.ts';
import { otherImageAt } from '../core/selection/other-image.ts';
import { LynceusError } from '../errors.ts';
import type { Present } from './read-present.ts';
import type { ResolvedBranches } from './resolve-branches.ts';

/** Which Applications follow a branch as a revision: by the key of the remote, then by the branch, `HEAD` for the default one. */
export type FollowedBranches = ReadonlyMap<string, ReadonlyMap<string, readonly ApplicationId[]>>;

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
        : followedRefusal(tracked, fixedPush(target.place.push), followed);
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
  {
    application,
    requester,
    destination: { target },
  }: Pick<TrackedImage, 'application' | 'requester' | 'destination'>,
  branch: string | undefined,
  followed: FollowedBranches,
): LynceusError | undefined {
  if (branch === undefined || target.method !== 'git') return undefined;
  const { place } = target;
  if (branch === place.base) return undefined;
  const own = applicationKey(application);
  const branches = followed.get(place.remote.key);
  const byDefault = branch === requester.defaultBranch ? (branches?.get('HEAD') ?? []) : [];
  const other = [...(branches?.get(branch) ?? []), ...byDefault].find((one) => applicationKey(one) !== own);
  if (other === undefined) return undefined;
  const who = applicationText(other);
  return new LynceusError(
    'permission-denied',
    `may not push the branch ${quoted(branch)} of ${place.remote.label}: the Application ${who} follows it as its revision`,
    { hint: 'name another branch in git-branch, or write to that one as the base: git-branch: BRANCH' },
  );
}

/**
 * What an administrator can do so that the commits of an image may go on top of a push branch that is not ours; `undefined` when they
 * may.
 */
export function foreignBranchHint(
  tracked: TrackedImage,
  branch: string,
  fence: Pick<Fence, 'rules'>,
): string | undefined {
  const target = gitTargetOf(tracked);
  const rule = target && lackingPushRule({ ...tracked, target }, branch, fence);
  return rule && ruleHint(rule);
}

/** Judges each image by the file that was found, which a symbolic link may have led elsewhere, and by the keys in it. */
export function permitFiles(
  present: ReadonlyMap<TrackedImage, Present>,
  fence: Fence,
): ReadonlyMap<TrackedImage, Present> {
  return new Map(
    [...present].map(([tracked, now]) => {
      const target = gitTargetOf(tracked);
      if (target === undefined || now.kind === 'failed' || now.path === undefined) return [tracked, now];
      const { path, presence } = now;
      const asked = { ...tracked, target, path };
      const judged = judgeWrite(asked, fence);
      if (judged.kind === 'refused')
        return [tracked, { kind: 'failed', error: writeRefusal(judged, { target, path }), path }];
      const error = belongsToOther(tracked, presence) ? undefined : judgeKeys(asked, presence, fence);
      if (error !== undefined) return [tracked, { kind: 'failed', error, path }];
      return [{ ...tracked, claim: judged.claim }, now];
    }),
  );
}

/** Keys of another image are left alone anyway, and that is the better reason. */
export function belongsToOther(tracked: TrackedImage, presence: Presence): boolean {
  return otherImageAt(tracked, inForce(presence, tracked.observed)) !== undefined;
}
