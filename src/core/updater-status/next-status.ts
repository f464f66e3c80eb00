import { formatInstant } from '../instant.ts';
import type { ImageResult } from '../report.ts';
import { nextConditions } from './conditions.ts';
import { imagesNotUpdated } from './images-not-updated.ts';
import { recentUpdatesOf } from './recent-updates.ts';
import { MOST_NOT_UPDATED, type ImageNotUpdated, type UpdaterStatus } from './status.ts';

/** What happened to an `ImageUpdater` in a cycle. */
export type UpdaterHappening = { readonly generation: number | undefined } & (
  | CheckedUpdater
  /** Nothing of it counts. */
  | { readonly kind: 'invalid'; readonly message: string }
  /** Its Applications are not known, and so it is not known what it has. */
  | { readonly kind: 'unreadable'; readonly message: string }
);

interface CheckedUpdater {
  readonly kind: 'checked';
  readonly applications: number;
  readonly images: number;
  /** `statusImageKey` of every image that it has, also of those that the cycle was not for. */
  readonly listed: ReadonlySet<string>;
  /** Of the images that the cycle was for. */
  readonly results: readonly ImageResult[];
  /** Faults that no failed image tells of. */
  readonly problems: number;
}

/** The status after a cycle that ended at `now` (milliseconds since 1970). */
export function nextStatus(previous: UpdaterStatus, happening: UpdaterHappening, now: number): UpdaterStatus {
  const at = formatInstant(now);
  const { generation } = happening;
  const conditions = previous.conditions ?? [];
  const checked = {
    ...previous,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastCheckedAt: at,
  };
  if (happening.kind !== 'checked') {
    const { message } = happening;
    return {
      ...checked,
      ...(happening.kind === 'invalid' ? NOTHING : {}),
      conditions: nextConditions(conditions, { kind: 'failed', message }, { generation, now: at }),
    };
  }
  const { applications, images, listed, results, problems } = happening;
  const updated = results.filter(({ outcome }) => outcome === 'updated');
  const shown = imagesNotUpdated(previous.imagesNotUpdated ?? [], results, { listed, now: at });
  const hidden = stillHidden(previous, happening);
  const errors = problems + shown.filter(isFailed).length + (hidden.failed ? hidden.count : 0);
  const ending = { kind: 'checked', applications, updated: updated.length, errors } as const;
  return {
    ...checked,
    ...(updated.length === 0 ? {} : { lastUpdatedAt: at, recentUpdates: recentUpdatesOf(updated, at) }),
    applicationsMatched: applications,
    imagesManaged: images,
    imagesNotUpdated: shown.slice(0, MOST_NOT_UPDATED),
    imagesNotUpdatedTotal: shown.length + hidden.count,
    conditions: nextConditions(conditions, ending, { generation, now: at }),
  };
}

const NOTHING = {
  applicationsMatched: 0,
  imagesManaged: 0,
  imagesNotUpdated: [],
  imagesNotUpdatedTotal: 0,
} as const;

function isFailed({ outcome }: Pick<ImageNotUpdated, 'outcome'>): boolean {
  return outcome === 'failed';
}

/**
 * Images that there was no room for. A cycle for some Applications learns nothing of the others, so they count on; they have
 * failed as well when all that had room has, because failures come first.
 */
function stillHidden(
  { imagesNotUpdated: shown = [], imagesNotUpdatedTotal: total = 0 }: UpdaterStatus,
  { listed, results }: CheckedUpdater,
): { readonly count: number; readonly failed: boolean } {
  const notLookedAt = Math.max(0, listed.size - results.length);
  const count = Math.min(Math.max(0, total - shown.length), notLookedAt);
  return { count, failed: shown.every(isFailed) };
}
