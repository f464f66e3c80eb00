import pLimit from 'p-limit';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Pause } from './rate-limit.ts';

/** What one registry is asked, counted over everybody who asks it. */
export interface Budget {
  /** Runs it as soon as one of the requests that are allowed at the same time is free. */
  atOnce<T>(run: () => Promise<T>): Promise<T>;
  /**
   * Waits for a turn. Throws `registry-rate-limited` when the registry wants to be left alone for longer than anybody
   * waits.
   */
  take(signal: AbortSignal): Promise<void>;
  /** Lets nobody through for a while. */
  freeze(pause: Pause): void;
  /** A good answer came: a pause after it is not a continuation of one before. */
  relax(): void;
  /** The error for those who are not let through, when the pause is too long to be waited for. */
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
  /** Longest wait for a frozen registry, in milliseconds; pauses without a good answer in between count as one. */
  readonly longestWait: number;
  /** Told of each freeze that changes anything; `until` is milliseconds since 1970. */
  readonly onFreeze?: (freeze: { readonly reason: Pause['reason']; readonly until: number }) => void;
}

interface Freeze {
  readonly reason: Pause['reason'];
  /** When the first pause of a row began. */
  readonly since: number;
  readonly until: number;
}

/** Whoever finds it frozen again and again goes on, and hears from the registry itself. */
const MOST_TURNS = 3;

/** A token bucket (the generic cell rate algorithm): bursts of a quarter of a second's budget, then evenly spaced. */
export function createBudget(options: BudgetOptions): Budget {
  const { registry, limit, concurrency, clock, longestWait, onFreeze = () => undefined } = options;
  const spacing = limit > 0 ? 1000 / limit : 0;
  const burst = Math.ceil(limit / 4) * spacing;
  const slots = pLimit(concurrency);
  let freeze: Freeze | undefined;
  let theoretical = 0;

  /** Milliseconds until the next turn, which is taken by asking; never before the end of a freeze. */
  function nextTurn(frozenUntil: number): number {
    const now = clock.now();
    theoretical = Math.max(theoretical, now, frozenUntil) + spacing;
    return Math.max(theoretical - burst, frozenUntil) - now;
  }

  function refusal(): LynceusError | undefined {
    if (freeze === undefined || freeze.until <= clock.now()) return undefined;
    return freeze.until - freeze.since > longestWait ? leaveAlone(registry, freeze) : undefined;
  }

  return {
    atOnce: (run) => slots(run),
    async take(signal) {
      for (let turn = 1; turn <= MOST_TURNS; turn++) {
        const refused = refusal();
        if (refused !== undefined) throw refused;
        const wait = nextTurn(freeze?.until ?? 0);
        if (wait > 0) await sleepOrStop(clock, wait, signal);
        // Frozen meanwhile: all who waited line up anew, so that they do not come loose at once.
        if ((freeze?.until ?? 0) <= clock.now()) return;
      }
    },
    freeze({ reason, milliseconds }) {
      const now = clock.now();
      const until = now + milliseconds;
      if (freeze !== undefined && freeze.until >= until) return;
      freeze = { reason, since: freeze?.since ?? now, until };
      onFreeze({ reason, until });
    },
    relax() {
      if (freeze !== undefined && freeze.until <= clock.now()) freeze = undefined;
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
  quota: 'says that its quota is used up',
};

function leaveAlone(registry: string, { reason, until }: Freeze): LynceusError {
  const time = new Date(until).toISOString();
  return new LynceusError(
    'registry-rate-limited',
    `${registry} ${REASONS[reason]} and is left alone until ${time}`,
    {
      hint: 'its images are looked at again after that; a login, or a lower `limit` for this registry, keeps it from happening',
    },
  );
}
