import type { UpdatePolicy } from '../core/policy.ts';
import type { CycleReport } from '../core/report.ts';
import { applyPlan } from './apply-plan.ts';
import { buildReport } from './build-report.ts';
import type { Verdict } from './decide-images.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';
import { lookAround, lookUntilQuiet } from './look-around.ts';
import { makePlan } from './make-plan.ts';
import { proposeChanges } from './proposals/propose-changes.ts';
import { askHosts } from './proposals/host-views.ts';
import { readApplications } from './read-applications.ts';
import { readPolicies } from './read-policies.ts';
import { requestRefresh } from './request-refresh.ts';
import { tellReporters } from './tell-reporters.ts';

export interface CycleOptions {
  /** Correlates what is logged. */
  readonly cycle: string;
  readonly dryRun: boolean;
  /** Images with an interval of their own are looked at whether it is over or not. */
  readonly regardless: boolean;
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
  const read = await readApplications(dependencies, signal);
  const wishes = readPolicies(read.applications, dependencies);
  onProgress({ stage: 'applications', done: wishes.watched, total: read.applications.length });
  const { due, waiting } = dependencies.dueImages.sort(wishes.policies, { ...options, now: begin.at });
  const look = () => lookAround(due, dependencies, { onProgress, signal });
  const seen = await lookUntilQuiet(look, dependencies, signal);
  const { session } = seen;
  try {
    const { views, verdicts: decided } = await askHosts(seen, { ...dependencies, signal });
    const plan = views.size === 0 ? seen.plan : makePlan(decided, dependencies.plan);
    const written = await applyPlan(plan, session, { ...dependencies, onProgress, signal });
    const input = { verdicts: decided, plan, written, session };
    const requests = await proposeChanges(input, { ...dependencies, ...options, views, signal });
    dependencies.dueImages.remember(decided, begin.at);
    const verdicts = inOrder([...waiting, ...decided], wishes.policies);
    const report = buildReport(
      { options, begin, read, wishes, verdicts, plan, written, requests },
      dependencies,
    );
    await requestRefresh(report, { ...dependencies, requester: dependencies.syncRequester, signal });
    await tellReporters(dependencies.reporters, report, dependencies.log);
    return report;
  } finally {
    await session.close();
  }
}

/** In the order in which the Applications name them, whoever had to wait. */
function inOrder(verdicts: readonly Verdict[], policies: readonly UpdatePolicy[]): readonly Verdict[] {
  const places = new Map(policies.map((policy, place) => [policy, place]));
  return verdicts.toSorted((a, b) => (places.get(a.policy) ?? 0) - (places.get(b.policy) ?? 0));
}
