import type { ChangeSet } from '../../core/change.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { markerIn } from '../../core/pull-requests/marker.ts';
import type { HostViews } from './ask-hosts.ts';
import { viewKey } from './request-groups.ts';

/** The plan, with what the hosts say of its push branches: those of open requests of ours are our own. */
export function withProposed(plan: Plan, views: HostViews): Plan {
  return {
    ...plan,
    changeSets: plan.changeSets.map((set) => (isProposed(set, views) ? { ...set, isProposed: true } : set)),
  };
}

function isProposed({ place, pushBranch, request }: ChangeSet, views: HostViews): boolean {
  const view = request === undefined ? undefined : views.get(viewKey(place));
  if (view?.kind !== 'open') return false;
  return view.open.some((one) => one.head === pushBranch && markerIn(one) !== undefined);
}
