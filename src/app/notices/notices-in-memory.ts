import { NOTHING_STANDING, type Standing } from '../../core/notices/standing.ts';
import type { KeptNotices } from '../../ports/kept-notices.ts';

/** Until the process ends. */
export function createNoticesInMemory(): KeptNotices {
  let kept: Standing = NOTHING_STANDING;
  return {
    load: async () => await Promise.resolve(kept),
    async keep(standing) {
      kept = standing;
      await Promise.resolve();
    },
    forget: () => undefined,
  };
}
