import { cutText } from '../cut-text.ts';
import type { CycleReport, ImageResult } from '../report.ts';
import { changeId, endingOf, rolledBackText } from './change-status-of.ts';
import { imageStatusId } from './image-id.ts';
import type { ChangeStatus } from './image-status.ts';
import { LONGEST_FACT } from './json-facts.ts';
import { policyStatusOf } from './policy-status.ts';

/** What became of earlier writes in a cycle: how verifications ended, and what was taken back. */
export function changesOfReport(report: CycleReport, at: number): readonly ChangeStatus[] {
  return [...rollbacksOf(report, at), ...endingsOf(report)];
}

function rollbacksOf({ rollbacks = [] }: CycleReport, at: number): readonly ChangeStatus[] {
  return rollbacks.flatMap(({ application, check, outcome, images, commit, pullRequest }) => {
    if ((outcome !== 'written' && outcome !== 'proposed') || commit === undefined) return [];
    return images.map(({ from, to, ...image }): ChangeStatus => {
      const imageId = imageStatusId({ application, ...image });
      const url = pullRequest?.url;
      return {
        id: changeId(imageId, 'write', commit),
        imageId,
        at,
        kind: 'rolled-back',
        from: cutText(from, LONGEST_FACT),
        ...(to === undefined ? {} : { to: cutText(to, LONGEST_FACT) }),
        text: rolledBackText(from, to, check),
        check: cutText(check, LONGEST_FACT),
        ...(url === undefined ? {} : { pullRequest: url }),
      };
    });
  });
}

function endingsOf({ verifications }: CycleReport): readonly ChangeStatus[] {
  return (verifications?.ended ?? []).flatMap(({ application, commit, images, ending }) =>
    images.map(({ version, ...image }) =>
      endingOf(imageStatusId({ application, ...image }), {
        commit,
        version: cutText(version, LONGEST_FACT),
        ending,
      }),
    ),
  );
}

/** Why everything is paused, where a command or the configuration did it; `undefined` where nothing says so. */
export function pausedBy(images: readonly ImageResult[]): string | undefined {
  const policy = images.map(({ basis }) => basis?.policy).find((one) => one !== undefined);
  if (policy?.paused === undefined || policy.paused.by === 'annotation') return undefined;
  return policyStatusOf(policy).paused;
}
