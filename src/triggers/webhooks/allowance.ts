import type { Clock } from '../../ports/clock.ts';

/** How many webhooks are taken. */
export interface Allowance {
  /** `undefined` when one more is taken, else how long to wait before the next, in milliseconds. Nothing ever waits here. */
  take(): number | undefined;
}

const HOUR = 3_600_000;

/** So many in an hour: all of them may come at once, and then one every `1 h / perHour`. 0 takes all. */
export function createAllowance(perHour: number, clock: Pick<Clock, 'now'>): Allowance {
  if (perHour === 0) return { take: () => undefined };
  const pace = HOUR / perHour;
  let left = perHour;
  let at = clock.now();
  return {
    take() {
      const now = clock.now();
      // A clock that was set back takes nothing away.
      left = Math.min(perHour, left + Math.max(0, now - at) / pace);
      at = now;
      if (left < 1) return Math.ceil((1 - left) * pace);
      left -= 1;
      return undefined;
    },
  };
}
