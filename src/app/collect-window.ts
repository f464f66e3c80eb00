import type { Plan } from '../core/plan/plan.ts';
import { placeKey } from '../core/identity/branch.ts';
import { imageKey } from '../core/identity/image.ts';
import { joinKey } from '../core/identity/key.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { PlannedChange } from '../core/change.ts';
import { versionText } from '../core/presence.ts';

/** The most times that the window is extended while new images appear. */
const MOST_EVALUATIONS = 8;

/** Waits until the plan stays the same for the length of the window: images built together are written together. */
export interface CollectWindow {
  /** Whether this plan is to be written now. `false`: wait for the length of the window, and evaluate again. */
  isOver(plan: Plan): boolean;
}

/** A window of 0 milliseconds, and a plan that is empty, are over at once. */
export function createCollectWindow(collect: number): CollectWindow {
  let evaluations = 0;
  let last: string | undefined;
  return {
    isOver(plan) {
      evaluations += 1;
      const key = planKey(plan);
      const unchanged = key === last;
      last = key;
      return unchanged || collect === 0 || isEmpty(plan) || evaluations > MOST_EVALUATIONS;
    },
  };
}

function isEmpty({ changeSets, applications }: Plan): boolean {
  return changeSets.length + applications.length === 0;
}

/** Equal for plans that write the same versions at the same places. */
function planKey({ changeSets, applications }: Plan): string {
  const inGit = changeSets.map(({ place, pushBranch, commits }) => {
    const changes = commits.flatMap(({ files }) => files.flatMap((file) => file.changes));
    return joinKey(placeKey(place), pushBranch, ...changes.map(changeKey).toSorted());
  });
  const inCluster = applications.map(({ application, changes }) =>
    joinKey(applicationKey(application), ...changes.map(changeKey).toSorted()),
  );
  return joinKey(...inGit, ...inCluster);
}

function changeKey(change: PlannedChange): string {
  return joinKey(imageKey(change), versionText(change.from), versionText(change.to));
}
