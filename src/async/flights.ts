import { LynceusError } from '../errors.ts';
import { listenToAbort } from './listen-to-abort.ts';

/** Work that several callers wait for, done once. */
export interface Flights<T> {
  /**
   * Waits for the work of this key, or begins it. One caller's leaving does not stop the work for the others; when all
   * have left it is stopped.
   */
  join(key: string, signal: AbortSignal, begin: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>();

  function begin(key: string, run: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = run(controller.signal).finally(() => forget(key, flight));
    const flight: Flight<T> = { result, controller, waiting: 0 };
    // All waiting callers get a failure; without any, it is ignored.
    result.catch(() => undefined);
    flights.set(key, flight);
    return flight;
  }

  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  return {
    join(key, signal, run) {
      if (signal.aborted) return Promise.reject(stopped());
      const flight = flights.get(key) ?? begin(key, run);
      flight.waiting += 1;
      return new Promise<T>((resolve, reject) => {
        const release = listenToAbort(signal, () => {
          flight.waiting -= 1;
          reject(stopped());
          if (flight.waiting > 0) return;
          forget(key, flight);
          flight.controller.abort();
        });
        void flight.result.then(resolve, reject).finally(release);
      });
    },
  };
}

function stopped(): LynceusError {
  return new LynceusError('aborted', 'stopped before there was an answer');
}
