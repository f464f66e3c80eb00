import { asLynceusError, type LynceusError } from '../errors.ts';
import { within } from '../kube/within.ts';
import type { Log } from '../ports/log.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from './event-delivery.ts';

export interface EventSender {
  /** Resolves when all are delivered, have failed, or time is up; answers how many were not delivered. */
  send(deliveries: readonly Delivery[]): Promise<number>;
}

/** Milliseconds; a cycle waits no longer for its events. */
const LONGEST = 10_000;
const AT_ONCE = 4;

export function createEventSender(options: DeliveryOptions & { readonly log: Log }): EventSender {
  const { clock } = options;
  const deliver = createDelivery(options);
  const complaints = createComplaints(options.log);

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
          next.told(await deliver(next, signal));
          counted.delivered += 1;
          complaints.over(namespace);
        } catch (thrown) {
          if (signal.aborted) return;
          const error = asLynceusError(thrown);
          if (error.code === 'kube-denied') hopeless.add(namespace);
          if (error.code === 'kube-unreachable') hopeless.add(EVERYWHERE);
          complaints.tell(namespace, error);
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
        complaints.tell(EVERYWHERE, asLynceusError(thrown));
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

interface Complaints {
  tell(namespace: string, error: LynceusError): void;
  over(namespace: string): void;
}

/** One warning for a namespace and a kind of failure, until an event gets through again. */
function createComplaints(log: Log): Complaints {
  const told = new Map<string, string>();
  return {
    tell(namespace, err) {
      const level = told.get(namespace) === err.code ? 'debug' : 'warn';
      const fields = namespace === EVERYWHERE ? { err } : { namespace, err };
      log[level]('cannot send events of Applications', fields);
      told.set(namespace, err.code);
    },
    over(namespace) {
      told.delete(namespace);
      told.delete(EVERYWHERE);
    },
  };
}
