import { z } from 'zod';
import { MOST_NOT_UPDATED, MOST_RECENT_UPDATES, type UpdaterStatus } from '../core/updater-status/status.ts';

const MOST_CONDITIONS = 20;

const instant = z.string().max(40);
const text = z.string();

/** Of the first `most` elements those that are as expected. */
function listOf<Item extends z.ZodType>(item: Item, most: number) {
  return z
    .array(z.unknown())
    .transform((items) =>
      items.slice(0, most).flatMap((one): z.infer<Item>[] => {
        const parsed = item.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    )
    .optional()
    .catch(undefined);
}

const count = z.int().nonnegative().optional().catch(undefined);
const time = instant.optional().catch(undefined);

const status = z.object({
  observedGeneration: count,
  lastCheckedAt: time,
  lastUpdatedAt: time,
  applicationsMatched: count,
  imagesManaged: count,
  recentUpdates: listOf(
    z.object({
      alias: text,
      image: text,
      newVersion: text,
      applicationsUpdated: z.int(),
      updatedAt: instant,
      message: text.catch(''),
    }),
    MOST_RECENT_UPDATES,
  ),
  imagesNotUpdated: listOf(
    z.object({
      application: text,
      alias: text.catch(''),
      image: text.catch(''),
      outcome: text.catch(''),
      code: text.catch(''),
      reason: text,
      since: instant,
    }),
    MOST_NOT_UPDATED,
  ),
  imagesNotUpdatedTotal: count,
  conditions: listOf(
    z.object({
      type: text,
      status: z.enum(['True', 'False', 'Unknown']),
      reason: text,
      message: text,
      observedGeneration: count,
      lastTransitionTime: instant,
    }),
    MOST_CONDITIONS,
  ),
});

/** The status that an `ImageUpdater` has, whoever wrote it. What is not as expected counts as absent. */
export function readUpdaterStatus(document: unknown): UpdaterStatus | undefined {
  const parsed = z.object({ status }).safeParse(document);
  return parsed.success ? parsed.data.status : undefined;
}
