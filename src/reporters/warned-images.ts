import { applicationKey } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import type { ImageResult, ImageWarning } from '../core/report.ts';

const HOUR = 3_600_000;
const MOST_ENTRIES = 5_000;

/** Remembers which warnings were logged, so that one that stays is not logged in every cycle. */
export interface WarnedImages {
  /** The warnings of an image that were not logged in the hour before `now` (milliseconds since 1970). */
  due(image: ImageResult, now: number): readonly ImageWarning[];
}

/** When there is no more room, all are logged once more. */
export function createWarnedImages(): WarnedImages {
  /** When each was logged last. */
  const logged = new Map<string, number>();
  return {
    due(image, now) {
      return (image.warnings ?? []).filter(({ code, message }) => {
        const key = joinKey(applicationKey(image.application), image.alias, image.image, code, message);
        const at = logged.get(key);
        // A wall clock that was set back must not keep it quiet.
        if (at !== undefined && at <= now && now - at < HOUR) return false;
        if (logged.size >= MOST_ENTRIES) logged.clear();
        logged.set(key, now);
        return true;
      });
    },
  };
}
