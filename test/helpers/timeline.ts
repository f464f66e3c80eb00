import type { Clock } from '../../src/ports/clock.ts';

/** A clock that stands still until the test lets time pass; whoever sleeps on it wakes in the order of time. */
export interface Timeline extends Clock {
  /** Lets this much time pass, and everything happen that falls into it. */
  pass(milliseconds: number): Promise<void>;
  /** Lets time pass until this holds; fails after `longest` milliseconds. Answers how long it took. */
  passUntil(holds: () => boolean, longest: number): Promise<number>;
  /** How many sleep. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface TimelineOptions {
  /** Whether something is under way that takes real time, a request over the network: then time stands still. */
  readonly busy?: () => boolean;
}

export function createTimeline({ busy = () => false }: TimelineOptions = {}): Timeline {
  let now = Date.parse('2026-01-01T00:00:00Z');
  let random = 1;
  const sleepers = new Set<Sleeper>();

  /** Everything that can go on without time passing does. */
  async function settle(): Promise<void> {
    do await new Promise(setImmediate);
    while (busy());
  }

  function earliest(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const one of sleepers) if (first === undefined || one.at < first.at) first = one;
    return first;
  }

  /** Answers whether there was anything to do until then. */
  async function step(until: number): Promise<boolean> {
    await settle();
    const next = earliest();
    if (next === undefined || next.at > until) return false;
    now = Math.max(now, next.at);
    next.wake();
    return true;
  }

  return {
    now: () => now,
    random() {
      // Park and Miller's; the same chances in every run.
      random = (random * 48_271) % 2_147_483_647;
      return random / 2_147_483_647;
    },
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const sleeper: Sleeper = {
          at: now + milliseconds,
          wake() {
            sleepers.delete(sleeper);
            signal.removeEventListener('abort', stop);
            resolve();
          },
        };
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(new DOMException('stopped while asleep', 'AbortError'));
        };
        if (signal.aborted) return stop();
        sleepers.add(sleeper);
        signal.addEventListener('abort', stop, { once: true });
      }),
    async pass(milliseconds) {
      const end = now + milliseconds;
      while (await step(end));
      now = end;
    },
    async passUntil(holds, longest) {
      const begin = now;
      await settle();
      while (!holds()) {
        if (!(await step(begin + longest)))
          throw new Error(`it did not happen within ${longest} ms of virtual time`);
        await settle();
      }
      return now - begin;
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}
