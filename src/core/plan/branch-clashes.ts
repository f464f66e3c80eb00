import type { ChangeSet } from '../change.ts';
import type { GitPlace } from '../policy.ts';
import { quoted } from '../quoted.ts';
import { groupBy } from './group-by.ts';

/**
 * Change sets that cannot have their push branch, each with the reason. A push branch is made anew from one base, by one
 * login: two change sets for one branch would undo each other for ever, and so would one whose push branch others
 * write to as their base.
 */
export function findBranchClashes(
  sets: readonly ChangeSet[],
  places: readonly GitPlace[],
): ReadonlyMap<ChangeSet, string> {
  const clashes = new Map<ChangeSet, string>();
  const apart = sets.filter(({ pushBranch }) => pushBranch !== undefined);
  const bases = new Set(places.map(({ remote, base }) => JSON.stringify([remote, base])));
  for (const group of groupBy(apart, branchKey).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { pushBranch = '', place } = first;
    const message =
      group.length > 1
        ? `${quoted(pushBranch)} is to be pushed ${whatDiffers(group)}, so nothing is: give each its own branch in git-branch`
        : `${quoted(pushBranch)} is to be pushed as a branch beside ${quoted(place.base)}, and is a base itself: name another branch in git-branch`;
    if (group.length === 1 && (pushBranch === place.base || !bases.has(branchKey(first)))) continue;
    for (const set of group) clashes.set(set, message);
  }
  return clashes;
}

function branchKey({ place, pushBranch }: ChangeSet): string {
  return JSON.stringify([place.remote, pushBranch]);
}

function whatDiffers(group: readonly ChangeSet[]): string {
  const bases = new Set(group.map(({ place }) => place.base));
  if (bases.size > 1) return `from ${bases.size} bases`;
  const logins = new Set(group.map(({ place }) => JSON.stringify(place.credentials)));
  return logins.size > 1 ? 'with different credentials' : 'with and without a pull request';
}
