import { asLynceusError, type LynceusError } from '../errors.ts';
import { within } from '../kube/within.ts';
import type { Log } from '../ports/log.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './event-delivery.ts';

export interface EventSender {
  /** Resolves when all are delivered, have failed, or time is up; returns how many were not delivered. */
  send(deliveries: readonly Delivery[]): Promise<number>;
}

/** Milliseconds; a cycle waits no longer for its events. */
const LONGEST = 10_000;
const AT_ONCE = 4;

export function createEventSender(options: DeliveryOptions & { readonly log: Log }): EventSender {
  const { clock } = options;
  const deliver = createDelivery(options);
  const failures = createFailureLog(options.log);

  async function sendAll(
    deliveries: readonly Delivery[],
    counted: Counted,
    signal: AbortSignal,
  ): Promise<void> {
    const waiting = [...deliveries];
    const hopeless = new Set<string>();
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { namespace } = next.notice.application;
        if (hopeless.has(namespace) || hopeless.has(EVERYWHERE)) continue;
        try {
          next.onSent(await deliver(next, signal));
          counted.delivered += 1;
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

  return {
    async send(deliveries) {
      const counted: Counted = { delivered: 0 };
      const { signal } = new AbortController();
      try {
        await within({ clock, milliseconds: LONGEST, signal }, (one) => sendAll(deliveries, counted, one));
      } catch (thrown) {
        failures.add(EVERYWHERE, asLynceusError(thrown));
      }
      return deliveries.length - counted.delivered;
    },
  };
}

interface Counted {
  delivered: number;
}

/** No namespace is called that. */
const EVERYWHERE = '';

/** One warning for a namespace and a kind of failure, until an event gets through again. */
function createFailureLog(log: Log) {
  const last = new Map<string, string>();
  return {
    add(namespace: string, err: LynceusError): void {
      const level = last.get(namespace) === err.code ? 'debug' : 'warn';
      const fields = namespace === EVERYWHERE ? { err } : { namespace, err };
      log[level]('cannot send events of Applications', fields);
      last.set(namespace, err.code);
    },
    clear(namespace: string): void {
      last.delete(namespace);
      last.delete(EVERYWHERE);
    },
  };
}
