import type { ChangeSet } from '../change.ts';
import { branchKey, connectionKey } from '../identity/branch.ts';
import type { GitPlace } from '../policy.ts';
import type { FailureReason, PushDifference } from '../reasons/reason.ts';
import { groupBy } from './group-by.ts';

/**
 * Change sets that cannot be pushed to their branch, each with the reason. A push branch is made anew from one base with
 * one login: two change sets for one branch would overwrite each other in every cycle, and so would one whose push branch
 * is the base of others.
 */
export function findBranchClashes(
  sets: readonly ChangeSet[],
  places: readonly GitPlace[],
): ReadonlyMap<ChangeSet, FailureReason> {
  const clashes = new Map<ChangeSet, FailureReason>();
  const apart = sets.filter(({ pushBranch }) => pushBranch !== undefined);
  const bases = new Set(places.map((place) => branchKey(place, place.base)));
  for (const group of groupBy(apart, pushKey).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const {
      pushBranch: branch = '',
      place: { base },
    } = first;
    if (group.length === 1 && (branch === base || !bases.has(pushKey(first)))) continue;
    const facts: FailureReason['facts'] =
      group.length > 1
        ? { kind: 'shared-push-branch', branch, difference: differenceOf(group) }
        : { kind: 'push-branch-is-base', branch, base };
    for (const set of group) clashes.set(set, { code: 'conflicting-changes', facts });
  }
  return clashes;
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
