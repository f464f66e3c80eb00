import type { CycleReport } from '../core/report.ts';
import { applyPlan } from './apply-plan.ts';
import { buildReport } from './build-report.ts';
import { decideImages } from './decide-images.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';
import { makePlan } from './make-plan.ts';
import { readApplications } from './read-applications.ts';
import { readPolicies } from './read-policies.ts';
import { readPresent } from './read-present.ts';
import { requestRefresh } from './request-refresh.ts';
import { tellReporters } from './tell-reporters.ts';

export interface CycleOptions {
  /** Correlates what is logged. */
  readonly cycle: string;
  readonly dryRun: boolean;
  readonly onProgress: OnProgress;
}

/**
 * One cycle, from Applications to a report. It never throws for what one image, Application, registry or remote
 * does; only an abort ends it early, and then nothing is left half done: a push either happened or did not.
 */
export async function runCycle(
  dependencies: CycleDependencies,
  options: CycleOptions,
  signal: AbortSignal,
): Promise<CycleReport> {
  const { onProgress } = options;
  const begin = { at: dependencies.clock.now(), costs: dependencies.costs() };
  const session = dependencies.writer.open();
  try {
    const read = await readApplications(dependencies, signal);
    const wishes = readPolicies(read.applications, dependencies);
    onProgress({ stage: 'applications', done: wishes.watched, total: read.applications.length });
    const present = await readPresent(wishes.policies, session, { ...dependencies, onProgress, signal });
    const verdicts = await decideImages(present, dependencies, { onProgress, signal });
    // From here on things are written: an abort that came earlier must not look like a set of failures.
    signal.throwIfAborted();
    const plan = makePlan(verdicts, dependencies.plan);
    const writes = plan.changeSets.length + plan.applications.length;
    onProgress({ stage: 'plan', done: writes, total: writes });
    const written = await applyPlan(plan, session, { ...dependencies, onProgress, signal });
    const report = buildReport({ options, begin, read, wishes, verdicts, plan, written }, dependencies);
    await requestRefresh(report, { ...dependencies, requester: dependencies.syncRequester, signal });
    await tellReporters(dependencies.reporters, report, dependencies.log);
    return report;
  } finally {
    await session.close();
  }
}
