import type { ChangeSet } from '../change.ts';
import { fixedPush } from '../git/branch-name.ts';
import { branchKey, connectionKey, placeKey } from '../identity/branch.ts';
import type { ApplicationId, GitPlace, ImageInGit, PlaceClaim } from '../policy.ts';
import type { FailureReason, PushDifference } from '../reasons/reason.ts';
import { groupBy } from './group-by.ts';

/** A change set and whose it is: own when one of its images is written to its Application's own source. */
export interface ClaimedSet {
  readonly set: ChangeSet;
  readonly claim: PlaceClaim;
  readonly application: ApplicationId;
}

/**
 * Change sets that cannot be pushed to their branch, each with the reason. A push branch is made anew from one base with
 * one login: two change sets for one branch would overwrite each other in every cycle, and so would one whose push branch
 * is the base of others.
 *
 * The branch that an Application pushes from its own source is its own: a set of others that is in its way is refused, and
 * not that of the owner. In its way are the same branch, one that it is a folder of or that is a folder of it (Git has no `a`
 * beside `a/b`), and a write with it as the base. `images` are all that are known, also those that are not written.
 */
export function findBranchClashes(
  sets: readonly ClaimedSet[],
  images: readonly ImageInGit[],
): ReadonlyMap<ChangeSet, FailureReason> {
  const clashes = new Map(findForeign(sets, images));
  const left = sets.filter(({ set }) => !clashes.has(set));
  const apart = left.filter(({ set }) => set.pushBranch !== undefined);
  const basesOf = (claim: PlaceClaim) =>
    new Set(
      images
        .filter(({ tracked }) => tracked.claim === claim)
        .map(({ target: { place } }) => branchKey(place, place.base)),
    );
  const bases = { own: basesOf('own'), granted: basesOf('granted') };
  for (const group of groupBy(apart, ({ set }) => pushKey(set)).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { pushBranch: branch = '', place } = first.set;
    const { base } = place;
    // What others take for their base does not take a branch from its owner.
    const isBase =
      bases.own.has(pushKey(first.set)) ||
      (first.claim === 'granted' && bases.granted.has(pushKey(first.set)));
    if (group.length === 1 && (branch === base || !isBase)) continue;
    const facts: FailureReason['facts'] =
      group.length > 1
        ? { kind: 'shared-push-branch', branch, difference: differenceOf(group.map(({ set }) => set)) }
        : { kind: 'push-branch-is-base', branch, base };
    for (const { set } of group) clashes.set(set, { code: 'conflicting-changes', facts });
  }
  return clashes;
}

/** A branch beside a base that an Application pushes from its own source. */
interface OwnedBranch {
  readonly place: GitPlace;
  readonly branch: string;
  readonly application: ApplicationId;
}

/** Sets that are in the way of an owner. */
function findForeign(
  sets: readonly ClaimedSet[],
  images: readonly ImageInGit[],
): readonly (readonly [ChangeSet, FailureReason])[] {
  const owned = groupBy(
    [
      ...sets.flatMap(({ set: { place, pushBranch }, claim, application }): readonly OwnedBranch[] =>
        claim === 'own' && pushBranch !== undefined ? [{ place, branch: pushBranch, application }] : [],
      ),
      ...images.flatMap(({ tracked, target: { place } }): readonly OwnedBranch[] => {
        const branch = fixedPush(place.push);
        if (tracked.claim !== 'own' || branch === undefined || branch === place.base) return [];
        return [{ place, branch, application: tracked.application }];
      }),
    ],
    ({ place }) => place.remote.key,
  );
  return sets.flatMap(({ set, claim }) => {
    if (claim === 'own') return [];
    const owner = owned.get(set.place.remote.key)?.find((one) => isInTheWay(set, one));
    if (owner === undefined) return [];
    const facts = { kind: 'owned-branch', branch: owner.branch, owner: owner.application } as const;
    return [[set, { code: 'conflicting-changes', facts }] as const];
  });
}

/** A set that is pushed together with the owner's is none: it goes to one place with it, by a permission. */
function isInTheWay({ place, pushBranch }: ChangeSet, owned: OwnedBranch): boolean {
  const { branch } = owned;
  if (place.base === branch) return true;
  if (pushBranch === undefined) return false;
  if (pushBranch === branch) {
    const isOne = placeKey({ ...place, push: branch }) === placeKey({ ...owned.place, push: branch });
    return !isOne || place.pullRequest?.group !== owned.place.pullRequest?.group;
  }
  return pushBranch.startsWith(`${branch}/`) || branch.startsWith(`${pushBranch}/`);
}

function pushKey({ place, pushBranch = '' }: ChangeSet): string {
  return branchKey(place, pushBranch);
}

function differenceOf(group: readonly ChangeSet[]): PushDifference {
  const valuesOf = (of: (place: GitPlace) => string) => [...new Set(group.map(({ place }) => of(place)))];
  const bases = valuesOf(({ base }) => base);
  if (bases.length > 1) return { kind: 'bases', count: bases.length };
  const transports = valuesOf(({ remote }) => remote.transport);
  if (transports.length > 1) return { kind: 'transports', transports: transports.toSorted() };
  return { kind: valuesOf(connectionKey).length > 1 ? 'credentials' : 'pull-request' };
}
