import pLimit from 'p-limit';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Pause } from './rate-limit.ts';

/** What one registry may be asked: requests per second, at the same time, and pauses; for all who ask it. */
export interface Budget {
  /** Runs it as soon as fewer requests than allowed run at the same time. */
  withSlot<T>(run: () => Promise<T>): Promise<T>;
  /**
   * Waits until the next request may start. Throws `registry-rate-limited` when the registry is paused for longer than
   * `longestWait`.
   */
  waitForTurn(signal: AbortSignal): Promise<void>;
  /** Lets no request start for a while. */
  pause(pause: Pause): void;
  /** After a good answer: the next pause is a new one, and does not lengthen the one before. */
  resume(): void;
  /** The error for requests that cannot start, when the pause is too long to be waited for. */
  refusal(): LynceusError | undefined;
}

export interface BudgetOptions {
  /** For messages. */
  readonly registry: string;
  /** Requests per second; 0 is as many as possible. */
  readonly limit: number;
  /** Requests at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** Longest wait for a paused registry, in milliseconds; pauses without a good answer in between count as one. */
  readonly longestWait: number;
  /** Called for each pause that changes anything; `until` is milliseconds since 1970. */
  readonly onPause?: (pause: { readonly reason: Pause['reason']; readonly until: number }) => void;
}

interface CurrentPause {
  readonly reason: Pause['reason'];
  /** When the first pause of a row began. */
  readonly since: number;
  readonly until: number;
}

/** After so many pauses in a row the request is sent all the same, and the registry answers for itself. */
const MOST_TURNS = 3;

/** A token bucket (the generic cell rate algorithm): bursts of a quarter of a second's budget, then evenly spaced. */
export function createBudget(options: BudgetOptions): Budget {
  const { registry, limit, concurrency, clock, longestWait, onPause = () => undefined } = options;
  const spacing = limit > 0 ? 1000 / limit : 0;
  const burst = Math.ceil(limit / 4) * spacing;
  const slots = pLimit(concurrency);
  let current: CurrentPause | undefined;
  let theoretical = 0;

  /** Milliseconds until the next turn, which is taken by asking; never before the end of a pause. */
  function nextTurn(pausedUntil: number): number {
    const now = clock.now();
    theoretical = Math.max(theoretical, now, pausedUntil) + spacing;
    return Math.max(theoretical - burst, pausedUntil) - now;
  }

  function refusal(): LynceusError | undefined {
    if (current === undefined || current.until <= clock.now()) return undefined;
    return current.until - current.since > longestWait ? pausedError(registry, current) : undefined;
  }

  return {
    withSlot: (run) => slots(run),
    async waitForTurn(signal) {
      for (let turn = 1; turn <= MOST_TURNS; turn++) {
        const refused = refusal();
        if (refused !== undefined) throw refused;
        const wait = nextTurn(current?.until ?? 0);
        if (wait > 0) await sleepOrStop(clock, wait, signal);
        // Paused meanwhile: all who waited queue again, so that they do not all start at once.
        if ((current?.until ?? 0) <= clock.now()) return;
      }
    },
    pause({ reason, milliseconds }) {
      const now = clock.now();
      const until = now + milliseconds;
      if (current !== undefined && current.until >= until) return;
      current = { reason, since: current?.since ?? now, until };
      onPause({ reason, until });
    },
    resume() {
      if (current !== undefined && current.until <= clock.now()) current = undefined;
    },
    refusal,
  };
}

async function sleepOrStop(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    throw new LynceusError('aborted', 'stopped while waiting for a turn at the registry');
  }
}

const REASONS: Readonly<Record<Pause['reason'], string>> = {
  'status-429': 'answered 429',
  'status-503': 'answered 503',
  quota: 'reports that its quota is used up',
};

function pausedError(registry: string, { reason, until }: CurrentPause): LynceusError {
  const time = new Date(until).toISOString();
  return new LynceusError(
    'registry-rate-limited',
    `${registry} ${REASONS[reason]} and is left alone until ${time}`,
    {
      hint: 'its images are looked at again after that; a login, or a lower `limit` for this registry, keeps it from happening',
    },
  );
}
