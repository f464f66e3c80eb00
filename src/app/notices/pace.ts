import { backoff } from '../../async/backoff.ts';
import type { Clock } from '../../ports/clock.ts';

/** When a service may be sent something. Times are milliseconds. */
export interface Pace {
  /** How long nothing may be sent. */
  wait(): number;
  /** Something is sent now. */
  sends(): void;
  /** It was taken; returns whether the one before was not. */
  succeeded(): boolean;
  /** It was not taken, and not before `retryAfter` will be; returns whether the one before was. */
  failed(retryAfter: number | undefined): boolean;
  /** Until when nothing is sent because something failed, since 1970. */
  pausedUntil(): number;
}

const MINUTE = 60_000;
const LONGEST_PAUSE = 60 * MINUTE;
const waitAfter = backoff(5_000, 5 * MINUTE);

/** So many in any minute, and fewer and fewer while the service takes none. */
export function createPace({
  perMinute,
  clock,
}: {
  readonly perMinute: number;
  readonly clock: Pick<Clock, 'now' | 'random'>;
}): Pace {
  let sentAt: readonly number[] = [];
  let pausedUntil = 0;
  let failures = 0;
  return {
    wait() {
      const now = clock.now();
      // A clock that was set back must not make it a long wait.
      sentAt = sentAt.filter((at) => at > now - MINUTE && at <= now);
      if (pausedUntil - now > LONGEST_PAUSE) pausedUntil = now;
      const [oldest = now] = sentAt;
      return Math.max(sentAt.length < perMinute ? 0 : oldest + MINUTE - now, pausedUntil - now);
    },
    sends: () => void (sentAt = [...sentAt, clock.now()]),
    succeeded() {
      const wasFailing = failures > 0;
      failures = 0;
      return wasFailing;
    },
    failed(retryAfter = 0) {
      failures += 1;
      const own = waitAfter(failures, clock.random());
      pausedUntil = clock.now() + Math.min(Math.max(own, retryAfter), LONGEST_PAUSE);
      return failures === 1;
    },
    pausedUntil: () => pausedUntil,
  };
}
