import { LynceusError } from '../errors.ts';
import { listenToAbort } from './listen-to-abort.ts';

/** How long something may take, in one piece or in several. */
export interface Deadline {
  /** Aborted when time is up. */
  readonly signal: AbortSignal;
  /** Time runs until what is returned is called; what happens side by side counts once. */
  enter(): () => void;
  /** From now on there is as much time as in the beginning, unless it was up already. */
  renew(): void;
  /**
   * Does the work while time runs, with a signal that ends it when time is up. Then, and when time was up before, it throws
   * what `late` gives. Work that does not heed its signal is not waited for.
   */
  run<T>(options: DeadlineRun, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface DeadlineRun {
  /** Ends the work as well; then it throws what the work throws. */
  readonly signal: AbortSignal;
  readonly late: () => LynceusError;
}

/** How long work may take to end after its signal was aborted: git children get two seconds to remove their locks. */
const PATIENCE = 5_000;

/** `milliseconds` may be `Infinity`. */
export function createDeadline(milliseconds: number): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  let left = milliseconds;
  let inside = 0;
  let timer: { readonly since: number; readonly handle: NodeJS.Timeout } | undefined;

  function start(): void {
    if (signal.aborted || left === Infinity) return;
    timer = { since: performance.now(), handle: setTimeout(() => controller.abort(), left) };
  }

  function stop(): void {
    if (timer === undefined) return;
    clearTimeout(timer.handle);
    left = Math.max(0, left - (performance.now() - timer.since));
    timer = undefined;
  }

  function enter(): () => void {
    let isInside = true;
    inside += 1;
    if (inside === 1) start();
    return () => {
      if (!isInside) return;
      isInside = false;
      inside -= 1;
      if (inside === 0) stop();
    };
  }

  return {
    signal,
    enter,
    renew() {
      stop();
      left = milliseconds;
      if (inside > 0) start();
    },
    async run({ signal: outer, late }, work) {
      if (signal.aborted) throw late();
      const leave = enter();
      const own = new AbortController();
      const releases = [outer, signal].map((one) => listenToAbort(one, () => own.abort()));
      try {
        return await endedSoon(work(own.signal), own.signal);
      } catch (thrown) {
        throw signal.aborted && !outer.aborted ? late() : thrown;
      } finally {
        leave();
        for (const release of releases) release();
      }
    },
  };
}

/** The same result, which is not waited for much longer than the signal. */
async function endedSoon<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let release = (): void => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    release = listenToAbort(signal, () => {
      timer = setTimeout(
        () => reject(new LynceusError('aborted', 'it did not end when it was stopped')),
        PATIENCE,
      );
    });
  });
  try {
    return await Promise.race([result, givenUp]);
  } finally {
    release();
    clearTimeout(timer);
  }
}
