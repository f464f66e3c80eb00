import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { EventDelivery } from './event-delivery.ts';
import { eventNoticesOf, type EventNotice } from './event-notices.ts';
import { createEventSender } from './event-sender.ts';
import { rollbackNotices } from './rollback-notices.ts';
import { verificationNotices } from './verification-notices.ts';
import { createRecurringNotices, type Recurrence } from './recurring-notices.ts';

export interface KubernetesEventsOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  /** `source.component` of the events; others filter by it. */
  readonly component?: string;
  readonly disabled?: boolean;
}

/** In one cycle. An update cannot be sent later, a recurring notice can. */
const MOST_UPDATES = 500;
const MOST_RECURRING = 50;

/**
 * Reports a cycle as Kubernetes events of the Applications (docs/events.md), for people who see neither our log nor our
 * metrics. It waits for the API server no longer than 10 s, and failures are logged, not thrown.
 */
export function createKubernetesEvents({
  component = 'ArgocdImageUpdater',
  disabled = false,
  ...parts
}: KubernetesEventsOptions): Reporter {
  const { clock, log } = parts;
  const sender = createEventSender({ ...parts, component });
  const memory = createRecurringNotices();
  return {
    async report(cycle) {
      if (disabled || cycle.dryRun) return;
      const now = clock.now();
      const { updates: written, recurring, resolved } = eventNoticesOf(cycle);
      const updates = [...written, ...verificationNotices(cycle), ...rollbackNotices(cycle)];
      const due = memory.observe(recurring, resolved, now);
      const deliveries: readonly EventDelivery[] = [
        ...updates.slice(0, MOST_UPDATES).map((notice) => once(notice, now)),
        ...due.slice(0, MOST_RECURRING).map((recurrence) => again(recurrence, now)),
      ];
      if (deliveries.length === 0) return;
      const undelivered = await sender.send(deliveries);
      const left = undelivered + updates.length + due.length - deliveries.length;
      if (left > 0) log.info('some events were not sent', { cycle: cycle.cycle, events: left });
    },
  };
}

function once(notice: EventNotice, now: number): EventDelivery {
  return { notice, count: 1, firstAt: now, lastAt: now, event: undefined, onSent: () => undefined };
}

function again(recurrence: Recurrence, now: number): EventDelivery {
  const { notice, count, firstAt, lastAt, event } = recurrence;
  return { notice, count, firstAt, lastAt, event, onSent: (name) => recurrence.sent(name, now) };
}
