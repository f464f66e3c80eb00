import { collectDefaultMetrics, Registry } from 'prom-client';
import { isFailedRequest } from '../core/registry-failure.ts';
import { NOTICE_KINDS, type NoticeKind } from '../core/notices/notice-kind.ts';
import type { CycleReport } from '../core/report.ts';
import type { Observer } from '../ports/observer.ts';
import type { Reporter } from '../ports/reporter.ts';
import { createApplicationSeries } from './application-series.ts';
import { createDeliverySeries } from './delivery-series.ts';
import { createMetricSet, type MetricSet } from './metric-set.ts';
import { summarize } from './summary.ts';

const NOTICE_RESULTS = ['sent', 'failed', 'given-up', 'dropped'] as const;

export interface Metrics {
  readonly reporter: Reporter;
  readonly observer: Observer;
  /** Counts a cycle that ended without a report, so that nothing of it is known. */
  readonly cycleEndedEarly: () => void;
  /** Counts a webhook. The labels are of a few words each. */
  readonly webhookRequest: (request: { readonly type: string; readonly result: string }) => void;
  /** Counts notices. Names of services are those of the configuration. */
  readonly notices: {
    /** Nothing was sent to it yet: its counters begin with 0, so that the first notice counts as an increase. */
    begin(service: string): void;
    settled(event: {
      readonly service: string;
      readonly kind: NoticeKind;
      readonly result: (typeof NOTICE_RESULTS)[number];
    }): void;
    queued(event: { readonly service: string; readonly size: number }): void;
  };
  /** What a scrape gets. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** Version of Lynceus. */
  readonly version: string;
  /** Settings that cannot be used and were passed over. */
  readonly configFaults?: number;
}

/** Metrics of one process, in a registry of their own. */
export function createMetrics({ version, configFaults = 0 }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const set = createMetricSet(registry);
  set.configFaults.set(configFaults);
  set.buildInfo.set({ version, node: process.version }, 1);
  return {
    reporter: createReporter(set),
    observer: createObserver(set),
    cycleEndedEarly() {
      set.cycles.inc({ result: 'failure' });
      set.cyclesEndedEarly.inc();
      set.lastCycleSuccess.set(0);
    },
    webhookRequest: (request) => set.webhookRequests.inc({ ...request }),
    notices: createNoticeSeries(set),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createNoticeSeries(set: MetricSet): Metrics['notices'] {
  return {
    begin(service) {
      for (const kind of NOTICE_KINDS)
        for (const result of NOTICE_RESULTS) set.notices.inc({ service, kind, result }, 0);
      set.noticesDropped.inc({ service }, 0);
      set.noticesQueued.set({ service }, 0);
    },
    settled({ service, kind, result }) {
      set.notices.inc({ service, kind, result });
      set.noticesDropped.inc({ service }, result === 'dropped' ? 1 : 0);
    },
    queued: ({ service, size }) => set.noticesQueued.set({ service }, size),
  };
}

function createReporter(set: MetricSet): Reporter {
  const showApplications = createApplicationSeries(set);
  const showDeliveries = createDeliverySeries(set);
  return {
    report(cycle) {
      reportCycle(set, cycle);
      showApplications(cycle);
      showDeliveries(cycle);
    },
  };
}

function reportCycle(set: MetricSet, cycle: CycleReport): void {
  const ok = summarize(cycle).errors === 0;
  set.cycles.inc({ result: ok ? 'success' : 'failure' });
  set.cycleSeconds.observe(cycle.seconds);
  set.lastCycle.set(cycle.startedAt / 1_000 + cycle.seconds);
  set.lastCycleSuccess.set(ok ? 1 : 0);
  for (const { ending } of cycle.verifications?.ended ?? [])
    set.verifications.inc({ outcome: ending.outcome });
  for (const { outcome } of cycle.rollbacks ?? []) if (outcome !== 'shown') set.rollbacks.inc({ outcome });
  if (!cycle.dryRun) set.verificationsRunning.set(cycle.verifications?.running ?? 0);
}

function createObserver(set: MetricSet): Observer {
  const registryName = boundedNames();
  const remoteName = boundedNames();
  return {
    registryRequest({ registry: name, kind, status, seconds }) {
      const registry = registryName(name);
      set.registryRequests.inc({ registry });
      set.registryFailures.inc({ registry }, isFailedRequest(kind, status) ? 1 : 0);
      set.registrySeconds.observe({ registry, kind, status: statusClass(status) }, seconds);
    },
    registryFrozen({ registry: name, scope, reason, until }) {
      const registry = registryName(name);
      set.registryFreezes.inc({ registry, scope, reason });
      set.registryFrozenUntil.set({ registry, scope }, until / 1_000);
    },
    signatureRefused({ policy }) {
      set.signaturesRefused.inc({ policy });
    },
    gitOperation({ remote, kind, ok, seconds }) {
      set.gitOperations.inc({ remote: remoteName(remote), kind, result: ok ? 'success' : 'failure' });
      set.gitSeconds.observe({ kind }, seconds);
    },
    checkMeasured(event) {
      set.checkMeasurements.inc(event);
    },
  };
}

function statusClass(status: number): string {
  return status >= 100 && status <= 599 ? `${Math.floor(status / 100)}xx` : 'none';
}

const MOST_NAMES = 200;

/** A label that stays countable: names beyond the first 200 are `other`. */
function boundedNames(): (name: string) => string {
  const names = new Set<string>();
  return (name) => {
    if (names.size < MOST_NAMES) names.add(name);
    return names.has(name) ? name : 'other';
  };
}
