import { imageKey } from '../../core/identity/image.ts';
import { versionText } from '../../core/presence.ts';
import type { PushedCommit, ReadImage } from './watch-services.ts';
import type { SearchedImage } from './watches.ts';

/** What was just pushed to base branches, as the newest writes of its images. On a push branch nothing is written yet. */
export function pushedWrites(
  commits: readonly PushedCommit[],
  images: readonly ReadImage[],
  { wants, now }: { readonly wants: (image: ReadImage) => boolean; readonly now: number },
): readonly SearchedImage[] {
  // Git counts whole seconds, as Argo CD does.
  const writtenAt = Math.floor(now / 1_000) * 1_000;
  const byImage = new Map(images.map((image) => [imageKey(image.tracked), image]));
  return commits.flatMap(({ set, result: { commit, ending, refused } }) => {
    if (ending.kind !== 'pushed' || set.pushBranch !== undefined) return [];
    const left = new Set(refused.map(({ change }) => change));
    const changes = commit.files.flatMap((file) => file.changes).filter((change) => !left.has(change));
    return changes.flatMap((change): SearchedImage[] => {
      const image = byImage.get(imageKey(change));
      const to = versionText(change.to);
      if (image === undefined || to === undefined || !wants(image)) return [];
      const kind = change.rollback === undefined ? 'update' : 'rollback';
      const version = { from: versionText(change.before), to };
      const found = { commit: ending.sha, writtenAt, kind, ...version, isReleased: false } as const;
      return [{ tracked: image.tracked, path: image.present?.path, found }];
    });
  });
}
