import {
  DELIVERY_RESULTS,
  LEAD_TIME_ENDS,
  LEAD_TIME_STARTS,
  type RolledBackBy,
} from '../core/delivery/delivery.ts';
import type { CycleReport } from '../core/report.ts';
import type { MetricSet } from './metric-set.ts';

const BY = ['person', 'check'] as const satisfies readonly RolledBackBy[];

/** Counts what became of versions on their way. Every series is there from the start: an increase from nothing is none to Prometheus. */
export function createDeliverySeries(set: MetricSet): (cycle: CycleReport) => void {
  for (const result of DELIVERY_RESULTS) set.deliveriesEnded.inc({ result }, 0);
  for (const from of LEAD_TIME_STARTS) for (const to of LEAD_TIME_ENDS) set.leadTime.zero({ from, to });
  for (const by of BY) {
    set.deliveriesRolledBack.inc({ by }, 0);
    set.timeToRestore.zero({ by });
  }
  for (const outcome of ['verified', 'failed', 'inconclusive']) set.verifications.inc({ outcome }, 0);
  return ({ deliveries }) => {
    if (deliveries === undefined) return;
    for (const { from, to, seconds } of deliveries.leadTimes) set.leadTime.observe({ from, to }, seconds);
    for (const { result } of deliveries.ended) set.deliveriesEnded.inc({ result });
    for (const { by } of deliveries.rolledBack) set.deliveriesRolledBack.inc({ by });
    for (const { by, seconds } of deliveries.restored) set.timeToRestore.observe({ by }, seconds);
    for (const [stage, count] of Object.entries(deliveries.underWay))
      set.deliveriesUnderWay.set({ stage }, count);
  };
}
