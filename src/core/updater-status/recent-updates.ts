import { cutText } from '../cut-text.ts';
import { applicationText } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import { shownVersions } from '../plan/commit-message.ts';
import { groupBy } from '../plan/group-by.ts';
import type { ImageResult } from '../report.ts';
import { LONGEST_STATUS_TEXT, MOST_RECENT_UPDATES, type RecentUpdate } from './status.ts';

/** What was updated: one entry for an alias and its new version, as Argo CD Image Updater groups them. */
export function recentUpdatesOf(updated: readonly ImageResult[], now: string): readonly RecentUpdate[] {
  const groups = groupBy(updated, (result) => joinKey(aliasOf(result), shownOf(result).NewTag));
  return [...groups.values()].slice(0, MOST_RECENT_UPDATES).flatMap((group): readonly RecentUpdate[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { OldTag: from, NewTag: to } = shownOf(first);
    return [
      {
        alias: cutText(aliasOf(first), LONGEST_STATUS_TEXT),
        image: cutText(first.image, LONGEST_STATUS_TEXT),
        newVersion: to,
        applicationsUpdated: new Set(group.map(({ application }) => applicationText(application))).size,
        updatedAt: now,
        message: cutText(
          from === '' ? `Updated to ${to}.` : `Updated from ${from} to ${to}.`,
          LONGEST_STATUS_TEXT,
        ),
      },
    ];
  });
}

function shownOf({ current, candidate }: ImageResult): ReturnType<typeof shownVersions> {
  return shownVersions({ before: current, to: candidate });
}

function aliasOf({ alias, image }: ImageResult): string {
  return alias === '' ? image : alias;
}
