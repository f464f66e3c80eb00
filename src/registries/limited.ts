import { LynceusError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports/clock.ts';
import { isQuotaSpent, isQuotaUsedUp, restAsked } from './quota.ts';

/** How many requests one registry gets, counted over everybody who asks it. */
export interface Budget {
  /** Waits for a turn. Throws `registry-rate-limited` when the registry wants to be left alone for longer. */
  take(signal: AbortSignal): Promise<void>;
  /** Lets nobody through for so many milliseconds. */
  freeze(milliseconds: number): void;
}

export interface BudgetOptions {
  /** For messages. */
  readonly registry: string;
  /** Requests per second; 0 is as many as possible. */
  readonly limit: number;
  readonly clock: Clock;
  /** Longest wait for a frozen registry, in milliseconds. */
  readonly longestWait: number;
}

/** A registry that names a longer time than this is asked again all the same. */
const LONGEST_FREEZE = 3_600_000;

/** Whoever finds it frozen again and again goes on, and hears from the registry itself. */
const MOST_TURNS = 3;

/** What a registry gets that refuses without saying for how long. */
export const FREEZE_WITHOUT_TIME = 5_000;

/** A token bucket (the generic cell rate algorithm): bursts of a quarter of a second's budget, then evenly spaced. */
export function createBudget({ registry, limit, clock, longestWait }: BudgetOptions): Budget {
  const spacing = limit > 0 ? 1000 / limit : 0;
  const burst = Math.ceil(limit / 4) * spacing;
  let theoretical = 0;
  let frozenUntil = 0;

  /** Milliseconds until the next turn, which is taken by asking; never before the end of a freeze. */
  function nextTurn(): number {
    const now = clock.now();
    theoretical = Math.max(theoretical, now, frozenUntil) + spacing;
    return Math.max(theoretical - burst, frozenUntil) - now;
  }

  return {
    async take(signal) {
      for (let turn = 1; turn <= MOST_TURNS; turn++) {
        if (frozenUntil - clock.now() > longestWait) throw leaveAlone(registry, frozenUntil);
        const wait = nextTurn();
        if (wait > 0) await sleepOrStop(clock, wait, signal);
        // Frozen meanwhile: all who waited line up anew, so that they do not come loose at once.
        if (frozenUntil <= clock.now()) return;
      }
    },
    freeze(milliseconds) {
      frozenUntil = Math.max(frozenUntil, clock.now() + Math.min(milliseconds, LONGEST_FREEZE));
    },
  };
}

/**
 * The same `Send`, within the budget. A 429, and whatever else says that a quota is spent, stops everybody who asks this
 * registry, not only the one who got it.
 */
export function limited(
  send: Send,
  { budget, clock }: { readonly budget: Budget; readonly clock: Clock },
): Send {
  return async (request, signal) => {
    await budget.take(signal);
    const response = await send(request, signal);
    const spent = isQuotaSpent(response);
    if (spent || isQuotaUsedUp(response)) {
      const rest = restAsked(response, clock.now()) ?? (spent ? FREEZE_WITHOUT_TIME : 0);
      budget.freeze(rest);
    }
    return response;
  };
}

async function sleepOrStop(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    throw new LynceusError('aborted', 'stopped while waiting for a turn at the registry');
  }
}

function leaveAlone(registry: string, until: number): LynceusError {
  const time = new Date(until).toISOString();
  return new LynceusError(
    'registry-rate-limited',
    `${registry} answered 429 and is left alone until ${time}`,
    {
      hint: 'its images are looked at again after that; a lower `limit` for this registry keeps it from happening',
    },
  );
}
