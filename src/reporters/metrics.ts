import { collectDefaultMetrics, Registry } from 'prom-client';
import { applicationText } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import { groupBy } from '../core/plan/group-by.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import type { Problem } from '../core/problem.ts';
import type { Observer } from '../ports/observer.ts';
import type { Reporter } from '../ports/reporter.ts';
import { createMetricSet, type MetricSet } from './metric-set.ts';
import { separateProblems, summarize } from './summary.ts';

export interface Metrics {
  readonly reporter: Reporter;
  readonly observer: Observer;
  /** Counts a cycle that ended without a report, so that nothing of it is known. */
  readonly cycleEndedEarly: () => void;
  /** Counts a webhook. The labels are of a few words each. */
  readonly webhookRequest: (request: { readonly type: string; readonly result: string }) => void;
  /** What a scrape gets. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** Version of Lynceus. */
  readonly version: string;
}

/** Metrics of one process, in a registry of their own. */
export function createMetrics({ version }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const set = createMetricSet(registry);
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
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** How one Application ended the last cycle that saw it. */
interface Latest {
  readonly images: readonly ImageResult[];
  readonly problems: readonly Problem[];
}

function createReporter(set: MetricSet): Reporter {
  let known: ReadonlyMap<string, Latest> = new Map();
  return {
    report(cycle) {
      reportCycle(set, cycle);
      const seen = latestOf(cycle);
      // Applications that could not be read this time, or that the cycle was not for, are not gone.
      const unread =
        cycle.partial === true || cycle.failures.some(({ code }) => code === 'applications-unreadable');
      for (const application of known.keys()) {
        if (seen.has(application) || unread) continue;
        for (const metric of [set.imagesWatched, set.imagesUpdated, set.imagesErrors])
          metric.remove({ application });
      }
      if (cycle.partial === true) known = withLater(known, seen);
      else known = unread ? new Map([...known, ...seen]) : seen;
      countApplications(set, cycle, seen);
      for (const application of seen.keys())
        set.imagesWatched.set({ application }, known.get(application)?.images.length ?? 0);
      showLatest(set, known);
    },
  };
}

function reportCycle(set: MetricSet, cycle: CycleReport): void {
  const ok = summarize(cycle).errors === 0;
  set.cycles.inc({ result: ok ? 'success' : 'failure' });
  set.cycleSeconds.observe(cycle.seconds);
  set.lastCycle.set(cycle.startedAt / 1_000 + cycle.seconds);
  set.lastCycleSuccess.set(ok ? 1 : 0);
  if (cycle.partial !== true) set.applicationsWatched.set(cycle.applications);
}

function latestOf(cycle: CycleReport): ReadonlyMap<string, Latest> {
  const nameOf = ({ application }: ImageResult | Problem) => applicationText(application);
  const images = groupBy(cycle.images, nameOf);
  const problems = groupBy(cycle.problems, nameOf);
  return new Map(
    [...images.keys(), ...problems.keys()].map((name) => [
      name,
      { images: images.get(name) ?? [], problems: problems.get(name) ?? [] },
    ]),
  );
}

/** Images that a cycle was not for stay as they were, and so do problems where it has found none. */
function withLater(
  known: ReadonlyMap<string, Latest>,
  seen: ReadonlyMap<string, Latest>,
): ReadonlyMap<string, Latest> {
  const merged = new Map(known);
  for (const [application, later] of seen) {
    const before = known.get(application) ?? { images: [], problems: [] };
    const keys = new Set(later.images.map(resultKey));
    const images = [...before.images.filter((image) => !keys.has(resultKey(image))), ...later.images];
    const problems = later.problems.length > 0 ? later.problems : before.problems;
    merged.set(application, { images, problems });
  }
  return merged;
}

function resultKey({ alias, image }: ImageResult): string {
  return joinKey(alias, image);
}

function countApplications(set: MetricSet, cycle: CycleReport, seen: ReadonlyMap<string, Latest>): void {
  for (const [application, { images }] of seen) {
    const count = (outcome: ImageResult['outcome']): number =>
      images.filter((image) => image.outcome === outcome).length;
    set.imagesUpdated.inc({ application }, count('updated'));
    set.imagesErrors.inc({ application }, count('failed'));
  }
  for (const { application } of separateProblems(cycle))
    set.imagesErrors.inc({ application: applicationText(application) });
}

/** Replaces the series, so that none of an earlier cycle is left. */
function showLatest(set: MetricSet, known: ReadonlyMap<string, Latest>): void {
  set.images.reset();
  set.problems.reset();
  set.imagesTurnedAway.reset();
  for (const [application, { images, problems }] of known) {
    for (const { outcome, code } of images) set.images.inc({ application, outcome, code });
    for (const _ of images.filter(isTurnedAway)) set.imagesTurnedAway.inc({ application });
    for (const { code } of problems) set.problems.inc({ application, code });
  }
}

/** A version was turned away: nothing is written, or one that is not the best. */
function isTurnedAway({ code, warnings = [] }: ImageResult): boolean {
  return (
    code === 'signature-missing' ||
    code === 'signature-invalid' ||
    warnings.some((warning) => warning.code === 'newer-turned-away')
  );
}

function createObserver(set: MetricSet): Observer {
  const registryName = boundedNames();
  const remoteName = boundedNames();
  return {
    registryRequest({ registry: name, kind, status, seconds }) {
      const registry = registryName(name);
      set.registryRequests.inc({ registry });
      set.registryFailures.inc({ registry }, isFailure(kind, status) ? 1 : 0);
      set.registrySeconds.observe({ registry, kind, status: statusClass(status) }, seconds);
    },
    registryFrozen({ registry: name, scope, reason, until }) {
      const registry = registryName(name);
      set.registryFreezes.inc({ registry, scope, reason });
      set.registryFrozenUntil.set({ registry, scope }, until / 1_000);
    },
    gitOperation({ remote, kind, ok, seconds }) {
      set.gitOperations.inc({ remote: remoteName(remote), kind, result: ok ? 'success' : 'failure' });
      set.gitSeconds.observe({ kind }, seconds);
    },
  };
}

/** 401 is how a registry asks for a token; only the token endpoint's own is a failure. */
function isFailure(kind: string, status: number): boolean {
  if (status === 401) return kind === 'token';
  return status === 0 || status >= 400;
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
