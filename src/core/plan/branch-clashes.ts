import type { ChangeSet } from '../change.ts';
import { branchKey, connectionKey } from '../identity/branch.ts';
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
  const bases = new Set(places.map((place) => branchKey(place, place.base)));
  for (const group of groupBy(apart, pushKey).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { pushBranch = '', place } = first;
    const message =
      group.length > 1
        ? `${quoted(pushBranch)} is to be pushed ${whatDiffers(group)}, so nothing is: give each its own branch in git-branch`
        : `${quoted(pushBranch)} is to be pushed as a branch beside ${quoted(place.base)}, and is a base itself: name another branch in git-branch`;
    if (group.length === 1 && (pushBranch === place.base || !bases.has(pushKey(first)))) continue;
    for (const set of group) clashes.set(set, message);
  }
  return clashes;
}

function pushKey({ place, pushBranch = '' }: ChangeSet): string {
  return branchKey(place, pushBranch);
}

function whatDiffers(group: readonly ChangeSet[]): string {
  const differ = (of: (place: GitPlace) => string) => new Set(group.map(({ place }) => of(place))).size > 1;
  if (differ(({ base }) => base)) return `from ${new Set(group.map(({ place }) => place.base)).size} bases`;
  if (differ(({ remote }) => remote.transport)) {
    const transports = [...new Set(group.map(({ place }) => place.remote.transport))].toSorted();
    return `over ${transports.join(' and ')}`;
  }
  return differ(connectionKey) ? 'with different credentials' : 'with and without a pull request';
}
