import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { createFairSlots } from '../async/fair-slots.ts';
import { createPathPauses, ownerOf, type KeptPause } from '../async/path-pauses.ts';
import type { Pause } from './rate-limit.ts';

/**
 * What one registry may be asked: requests per second, at the same time, and pauses; for all who ask it. `path` is that of the
 * image repository for which it is asked, `''` when it is for none.
 */
export interface Budget {
  /**
   * Does it when its turn has come: neither host nor path is paused, fewer requests than allowed run, and the last one began long
   * enough ago. Of those who wait, the owner of a path and the path that have the least are next. What waits for the end of a pause keeps no other path waiting. Throws as `waitForTurn` does.
   */
  inTurn<T>(path: string, signal: AbortSignal, run: () => Promise<T>): Promise<T>;
  /**
   * Waits until the next request may start. Throws `registry-rate-limited` when the registry is paused for longer than
   * `longestWait`.
   */
  waitForTurn(signal: AbortSignal, path?: string): Promise<void>;
  /** Lets no request for the path start for a while; none at all once other paths have confirmed it. */
  pause(pause: Pause, path?: string): void;
  /** After a good answer: the next pause is a new one, and does not lengthen the one before. */
  resume(path?: string): void;
  /** The error for requests that cannot start, when the pause is too long to be waited for. */
  refusal(path?: string): LynceusError | undefined;
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
  readonly onPause?: (pause: Pick<RegistryPause, 'reason' | 'until' | 'scope'>) => void;
}

type RegistryPause = KeptPause<Pause['reason']>;

/** The path of what is for no image repository. */
const HOST = '';

/** A request without an answer for so many milliseconds keeps its place from nobody else, up to twice as many requests. */
const LENT_PLACE = 2_000;
const MOST_PLACES = 2;

/** After so many pauses in a row the request is sent all the same, and the registry answers for itself. */
const MOST_TURNS = 3;

/** A token bucket (the generic cell rate algorithm): bursts of a quarter of a second's budget, then evenly spaced. */
export function createBudget(options: BudgetOptions): Budget {
  const { registry, limit, concurrency, clock, longestWait, onPause = () => undefined } = options;
  const spacing = limit > 0 ? 1000 / limit : 0;
  const burst = Math.ceil(limit / 4) * spacing;
  const slots = createFairSlots({ concurrency, share: 1, lend: LENT_PLACE, mostLent: MOST_PLACES });
  const pauses = createPathPauses<Pause['reason']>(longestWait);
  let theoretical = 0;

  /** Milliseconds until the next turn, which is taken by asking; never before the end of a pause. */
  function nextTurn(pausedUntil: number): number {
    const now = clock.now();
    theoretical = Math.max(theoretical, now, pausedUntil) + spacing;
    return Math.max(theoretical - burst, pausedUntil) - now;
  }

  function refusal(path = HOST): LynceusError | undefined {
    const pause = pauses.of(path, clock.now());
    if (pause === undefined || pause.until - pause.since <= longestWait) return undefined;
    return pausedError(registry, path, pause);
  }

  function pausedUntil(path: string): number {
    return pauses.of(path, clock.now())?.until ?? 0;
  }

  function throwIfRefused(path: string): void {
    const refused = refusal(path);
    if (refused !== undefined) throw refused;
  }

  async function waitForTurn(signal: AbortSignal, path = HOST): Promise<void> {
    for (let turn = 1; turn <= MOST_TURNS; turn++) {
      throwIfRefused(path);
      // The pause of a path is its own: the turns of the others are not put off.
      const wait = Math.max(nextTurn(pausedUntil(HOST)), pausedUntil(path) - clock.now());
      if (wait > 0) await sleepOrStop(clock, wait, signal);
      // Paused meanwhile: all who waited queue again, so that they do not all start at once.
      if (pausedUntil(path) <= clock.now()) return;
    }
  }

  return {
    waitForTurn,
    async inTurn(path, signal, run) {
      for (let turn = 1; ; turn++) {
        throwIfRefused(path);
        const pause = pausedUntil(path) - clock.now();
        if (pause > 0 && turn < MOST_TURNS) await sleepOrStop(clock, pause, signal);
        const ended = await slots.run({ namespace: ownerOf(path), name: path }, signal, async () => {
          // Paused while it waited for this place, which others can use.
          const isPaused = () => turn < MOST_TURNS && pausedUntil(path) > clock.now();
          if (isPaused()) return undefined;
          await waitForTurn(signal);
          return isPaused() ? undefined : { result: await run() };
        });
        if (ended !== undefined) return ended.result;
      }
    },
    pause({ reason, milliseconds }, path = HOST) {
      const now = clock.now();
      for (const { until, scope } of pauses.add(path, { reason, until: now + milliseconds }, now))
        onPause({ reason, until, scope });
    },
    resume(path = HOST) {
      pauses.end(path, clock.now());
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

function pausedError(registry: string, path: string, { reason, until, scope }: RegistryPause): LynceusError {
  const time = new Date(until).toISOString();
  const what = scope === 'host' ? 'and is' : `for ${path}, which is`;
  return new LynceusError(
    'registry-rate-limited',
    `${registry} ${REASONS[reason]} ${what} left alone until ${time}`,
    {
      hint: 'its images are looked at again after that; a login, or a lower `limit` for this registry, keeps it from happening',
    },
  );
}
