import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Delivery } from './event-delivery.ts';
import { noticesOf, type Notice } from './event-notices.ts';
import { createEventSender } from './event-sender.ts';
import { createStandingNotices, type Standing } from './standing-notices.ts';

export interface KubernetesEventsOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Who says so; others filter by it. */
  readonly component?: string;
  readonly disabled?: boolean;
}

/** In one cycle; what has happened cannot be told later, what stands can. */
const MOST_UPDATES = 500;
const MOST_STANDING = 50;

/**
 * Tells of a cycle in Kubernetes events of the Applications (docs/events.md): where people look first, who see neither
 * our log nor our metrics. It waits for the API server no longer than 10 s, and failures are logged, not thrown.
 */
export function createKubernetesEvents({
  component = 'ArgocdImageUpdater',
  disabled = false,
  ...parts
}: KubernetesEventsOptions): Reporter {
  const { clock, log } = parts;
  const sender = createEventSender({ ...parts, component });
  const memory = createStandingNotices();
  return {
    async report(cycle) {
      if (disabled || cycle.dryRun) return;
      const now = clock.now();
      const { updates, standing, well } = noticesOf(cycle);
      const due = memory.see(standing, well, now);
      const deliveries: readonly Delivery[] = [
        ...updates.slice(0, MOST_UPDATES).map((notice) => once(notice, now)),
        ...due.slice(0, MOST_STANDING).map((standing) => again(standing, now)),
      ];
      if (deliveries.length === 0) return;
      const undelivered = await sender.send(deliveries);
      const left = undelivered + updates.length + due.length - deliveries.length;
      if (left > 0) log.info('some events were not sent', { cycle: cycle.cycle, events: left });
    },
  };
}

function once(notice: Notice, now: number): Delivery {
  return { notice, count: 1, firstAt: now, lastAt: now, event: undefined, told: () => undefined };
}

function again(standing: Standing, now: number): Delivery {
  const { notice, count, firstAt, lastAt, event } = standing;
  return { notice, count, firstAt, lastAt, event, told: (name) => standing.told(name, now) };
}
