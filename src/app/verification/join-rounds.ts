import { imageKey } from '../../core/identity/image.ts';
import type { BatchResults } from '../run-batches.ts';
import { joinDecided } from './decide-rollbacks.ts';

/** Two rounds of one cycle: what was decided for an image last counts. */
export function joinRounds(first: BatchResults, second: BatchResults): BatchResults {
  const again = new Set(second.evaluations.map(({ tracked }) => imageKey(tracked)));
  const isLast = ({ tracked }: BatchResults['evaluations'][number]): boolean => !again.has(imageKey(tracked));
  return {
    evaluations: [...first.evaluations.filter(isLast), ...second.evaluations],
    views: new Map([...first.views, ...second.views]),
    plan: {
      changeSets: [...first.plan.changeSets, ...second.plan.changeSets],
      applications: [...first.plan.applications, ...second.plan.applications],
      refused: [
        ...first.plan.refused.filter(({ update }) => !again.has(imageKey(update.tracked))),
        ...second.plan.refused,
      ],
    },
    written: {
      commits: [...first.written.commits, ...second.written.commits],
      applications: [...first.written.applications, ...second.written.applications],
    },
    requests: new Map([...first.requests, ...second.requests]),
    takenBack: joinDecided([first.takenBack, second.takenBack]),
    late: first.late ?? second.late,
  };
}
