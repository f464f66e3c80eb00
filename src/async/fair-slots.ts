import { LynceusError } from '../errors.ts';
import { createFairQueue, type Asker, type FairSlotsOptions } from './fair-queue.ts';
import { listenToAbort } from './listen-to-abort.ts';

/** A limited number of pieces of work at the same time, shared fairly by those who ask. */
export interface FairSlots {
  /** Rejects with `aborted` when the signal is aborted before its turn. */
  run<T>(asker: Asker, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/**
 * Weighted fair queuing: of those who wait and may have more, the one who has the least is next, of two who have as much the
 * one whose work took less time; first by namespace, then by name. Those whose work takes long have half of the slots.
 */
export function createFairSlots({ lend = Infinity, ...options }: FairSlotsOptions): FairSlots {
  const queue = createFairQueue({ mostLent: 2, paces: new Map(), ...options, lend });
  let isFilling = false;

  /** A little later, so that the order of those who ask at the same time does not matter. */
  function fill(): void {
    if (isFilling) return;
    isFilling = true;
    queueMicrotask(() => {
      isFilling = false;
      for (let start = queue.next(); start !== undefined; start = queue.next()) start();
    });
  }

  async function occupy<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
    const piece = queue.enter(asker);
    const timer = lend === Infinity ? undefined : setTimeout(() => (piece.makeRoom(), fill()), lend);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      piece.end();
      fill();
    }
  }

  return {
    run: (asker, signal, work) =>
      new Promise((resolve, reject) => {
        let release = (): void => undefined;
        const leave = queue.add(asker, () => {
          leave();
          release();
          occupy(asker, work).then(resolve, reject);
        });
        release = listenToAbort(signal, () => {
          leave();
          reject(new LynceusError('aborted', 'stopped while waiting for a turn'));
          fill();
        });
        fill();
      }),
  };
}
