import { imageKey } from '../core/identity/image.ts';
import { hasNews } from '../core/delivery/delivery.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import { buildReport } from './build-report.ts';
import { followDeliveries } from './delivery/follow-deliveries.ts';
import { inOrder } from './evaluate.ts';
import { pauseOfAll } from './mark-paused.ts';
import { fenceOf } from './permit-images.ts';
import { readApplications } from './read-applications.ts';
import { judgePromotions } from './promotion/judge-promotions.ts';
import { readAllPolicies, type PolicyScope, type ReadPolicies } from './read-policies.ts';
import { requestRefresh } from './request-refresh.ts';
import { runRounds, type Rounds } from './run-rounds.ts';
import type { CycleRun, CycleServices } from './services.ts';
import { loadResults } from './verification/verify-writes.ts';

export interface CycleOptions extends Omit<PolicyScope, 'fence' | 'paused'> {
  /** Correlates what is logged. */
  readonly cycle: string;
  readonly dryRun: boolean;
  /** Evaluate images with an interval of their own before it is over. */
  readonly regardless: boolean;
  /** How long the plan must stay the same before it is written, in milliseconds. */
  readonly collect: number;
  /** It evaluates nothing, and is only told where something comes of what was written before. */
  readonly quiet: boolean;
  /** Called with the fence before it counts. */
  readonly onFence?: (fence: Fence) => void;
  /** Called with what was found of `ImageUpdater`s. */
  readonly onOwners?: (counts: Pick<ReadPolicies, 'updaters' | 'leftOut'>) => void;
}

/**
 * One cycle, from Applications to a report. It never throws for what one image, Application, registry or remote
 * does; only an abort ends it early, and then nothing is left half done: a push either happened or did not.
 */
export async function runCycle(
  services: CycleServices,
  options: CycleOptions,
  run: CycleRun,
): Promise<CycleReport> {
  const begin = { at: run.clock.now(), costs: services.costs() };
  const read = await readApplications(services.applications, run.signal);
  const fence = fenceOf(read, services.applications);
  options.onFence?.(fence);
  const { policyContext } = services.applications;
  const paused = await pauseOfAll(services.pauses, run.signal);
  const all = readAllPolicies(read, policyContext, { ...options, fence, paused });
  const policies = judgePromotions(all, fence);
  options.onOwners?.(policies);
  run.onProgress({ stage: 'applications', done: policies.watched, total: read.applications.length });
  await loadResults(services.writes, policies.known, run);
  const rounds = await runRounds(services, { options, run, read, policies, fence, now: begin.at });
  return await report(rounds);

  async function report({ trace, waiting, verifications, rollbacks }: Rounds): Promise<CycleReport> {
    services.dueImages.remember(trace.evaluations, begin.at);
    const evaluated = new Set(trace.evaluations.map(({ tracked }) => imageKey(tracked)));
    const left = waiting.filter(({ tracked }) => !evaluated.has(imageKey(tracked)));
    const evaluations = inOrder([...left, ...trace.evaluations], policies.images);
    const end = { at: run.clock.now(), costs: services.costs() };
    const late = trace.late === undefined ? [] : [trace.late];
    const failures = [...read.failures, ...policies.failures, ...late];
    const ended = buildReport({
      ...trace,
      verifications,
      options,
      begin,
      end,
      read: { ...read, failures },
      policies,
      evaluations,
      rollbacks,
    });
    const isWhole = options.only === undefined && read.failures.length === 0;
    const known = { known: policies.known, isWhole };
    const deliveries = await followDeliveries(services, { report: ended, ...known }, run);
    const built = deliveries === undefined ? ended : { ...ended, deliveries };
    await requestRefresh(built, { ...run, requester: services.cluster.syncRequester });
    const isSilent =
      options.quiet &&
      (verifications?.ended ?? []).length === 0 &&
      built.failures.length === 0 &&
      (deliveries === undefined || !hasNews(deliveries)) &&
      built.rollbacks === undefined;
    if (!isSilent) await reportCycle(services.reporters, built, run.log);
    return built;
  }
}

/** A reporter that throws is logged and stops nothing. */
async function reportCycle(reporters: readonly Reporter[], report: CycleReport, log: Log): Promise<void> {
  for (const reporter of reporters) {
    try {
      await reporter.report(report);
    } catch (thrown) {
      log.error('a reporter failed', { cycle: report.cycle, err: asLynceusError(thrown) });
    }
  }
}
