import { asLynceusError } from '../errors.ts';
import { within } from '../kube/within.ts';
import type { Clock } from '../ports/clock.ts';
import { EVERYWHERE, type FailureLog } from './failure-log.ts';

export interface DeliverAllOptions<T> {
  readonly clock: Clock;
  readonly failures: FailureLog;
  readonly namespaceOf: (item: T) => string;
  readonly deliver: (item: T, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds; a cycle waits no longer. */
const LONGEST = 10_000;
const AT_ONCE = 4;

/**
 * Writes to the API server, some at once and in this order, for a limited time. A namespace that refuses is not asked again, nor is a
 * server that does not answer. Failures are logged, not thrown.
 */
export async function deliverAll<T>(items: readonly T[], options: DeliverAllOptions<T>): Promise<void> {
  const { clock, failures } = options;
  const { signal } = new AbortController();
  try {
    await within({ clock, milliseconds: LONGEST, signal }, (one) => deliverInTime(items, options, one));
  } catch (thrown) {
    failures.add(EVERYWHERE, asLynceusError(thrown));
  }
}

async function deliverInTime<T>(
  items: readonly T[],
  { failures, namespaceOf, deliver }: DeliverAllOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...items];
  const hopeless = new Set<string>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const namespace = namespaceOf(next);
      if (hopeless.has(namespace) || hopeless.has(EVERYWHERE)) continue;
      try {
        await deliver(next, signal);
        failures.clear(namespace);
      } catch (thrown) {
        if (signal.aborted) return;
        const error = asLynceusError(thrown);
        if (error.code === 'kube-denied') hopeless.add(namespace);
        if (error.code === 'kube-unreachable') hopeless.add(EVERYWHERE);
        failures.add(namespace, error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
