import type { Log } from '../ports/log.ts';
import { deliverAll } from './deliver-all.ts';
import { createDelivery, type EventDelivery, type DeliveryOptions } from './event-delivery.ts';
import { createFailureLog } from './failure-log.ts';

export interface EventSender {
  /** Resolves when all are delivered, have failed, or time is up; returns how many were not delivered. */
  send(deliveries: readonly EventDelivery[]): Promise<number>;
}

export function createEventSender(options: DeliveryOptions & { readonly log: Log }): EventSender {
  const { clock } = options;
  const deliver = createDelivery(options);
  const failures = createFailureLog(options.log, 'cannot send events of Applications');
  return {
    async send(deliveries) {
      let delivered = 0;
      await deliverAll(deliveries, {
        clock,
        failures,
        namespaceOf: ({ notice }) => notice.application.namespace,
        async deliver(delivery, signal) {
          delivery.onSent(await deliver(delivery, signal));
          delivered += 1;
        },
      });
      return deliveries.length - delivered;
    },
  };
}
