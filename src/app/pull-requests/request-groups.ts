import { fixedPush } from '../../core/git/branch-name.ts';
import { connectionKey } from '../../core/identity/branch.ts';
import { joinKey } from '../../core/identity/key.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { gitTargetOf, type GitPlace } from '../../core/policy.ts';
import type { Evaluation } from '../decide-images.ts';

/** Images whose changes share a pull request. */
export interface RequestGroup {
  readonly name: string;
  readonly place: GitPlace;
  readonly evaluations: readonly Evaluation[];
}

/** Equal for places whose requests are in one list. */
export function viewKey(place: GitPlace): string {
  return joinKey(connectionKey(place), place.base, place.pullRequest?.kind);
}

/** Equal for places whose changes share a pull request. */
export function groupKey(place: GitPlace): string {
  return joinKey(viewKey(place), place.pullRequest?.group);
}

export function requestGroupsOf(evaluations: readonly Evaluation[]): readonly RequestGroup[] {
  const members = evaluations.flatMap((evaluation) => {
    const place = requestPlace(evaluation);
    return place === undefined ? [] : [{ evaluation, place }];
  });
  return [...groupBy(members, ({ place }) => groupKey(place)).values()].flatMap((group) => {
    const [first] = group;
    const name = first?.place.pullRequest?.group;
    if (first === undefined || name === undefined) return [];
    return [{ name, place: first.place, evaluations: group.map(({ evaluation }) => evaluation) }];
  });
}

/**
 * Whether others push the branch of a group, or have a group of its name with another login: that it has nothing to propose
 * itself says nothing of what they propose.
 */
export function sharesBranch(group: RequestGroup, evaluations: readonly Evaluation[]): boolean {
  const { place } = group;
  const own = groupKey(place);
  const branch = fixedPush(place.push);
  return evaluations.some(({ tracked }) => {
    const other = gitTargetOf(tracked)?.place;
    if (other === undefined || other.remote.key !== place.remote.key || groupKey(other) === own) return false;
    const isSameGroup = other.base === place.base && other.pullRequest?.group === group.name;
    return isSameGroup || (branch !== undefined && fixedPush(other.push) === branch);
  });
}

/** The place of an image whose changes are proposed; `undefined` for any other. */
export function requestPlace({ tracked }: Evaluation): GitPlace | undefined {
  const place = gitTargetOf(tracked)?.place;
  return place?.pullRequest === undefined ? undefined : place;
}

/** Whether somebody has to agree to an image of it. A request that merges by itself would go on to do so with what is added to it later. */
export function needsApproval({ evaluations }: Pick<RequestGroup, 'evaluations'>): boolean {
  return evaluations.some(({ tracked }) => tracked.policy.promotion?.approval === 'pull-request');
}
