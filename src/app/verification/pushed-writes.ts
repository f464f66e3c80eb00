import { imageKey } from '../../core/identity/image.ts';
import { versionText } from '../../core/presence.ts';
import type { Written } from '../apply-plan.ts';
import type { Evaluation } from '../decide-images.ts';
import type { SearchedImage } from './watches.ts';

/** What was just pushed to base branches, as the newest writes of its images. On a push branch nothing is written yet. */
export function pushedWrites(
  { commits }: Pick<Written, 'commits'>,
  evaluations: readonly Evaluation[],
  { wants, now }: { readonly wants: (evaluation: Evaluation) => boolean; readonly now: number },
): readonly SearchedImage[] {
  const byImage = new Map(evaluations.map((evaluation) => [imageKey(evaluation.tracked), evaluation]));
  return commits.flatMap(({ set, result: { commit, ending, refused } }) => {
    if (ending.kind !== 'pushed' || set.pushBranch !== undefined) return [];
    const left = new Set(refused.map(({ change }) => change));
    const changes = commit.files.flatMap((file) => file.changes).filter((change) => !left.has(change));
    return changes.flatMap((change): SearchedImage[] => {
      const evaluation = byImage.get(imageKey(change));
      const to = versionText(change.to);
      if (evaluation === undefined || to === undefined || !wants(evaluation)) return [];
      const kind = change.rollback === undefined ? 'update' : 'rollback';
      const version = { from: versionText(change.before), to };
      const found = { commit: ending.sha, writtenAt: now, kind, ...version, isReleased: false } as const;
      return [{ tracked: evaluation.tracked, path: evaluation.present?.path, found }];
    });
  });
}
