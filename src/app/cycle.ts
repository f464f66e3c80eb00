import type { Fence } from '../core/permissions/fence.ts';
import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import { buildReport } from './build-report.ts';
import { inOrder } from './evaluate.ts';
import { fenceOf } from './permit-images.ts';
import { readApplications } from './read-applications.ts';
import { readAllPolicies, type PolicyScope, type ReadPolicies } from './read-policies.ts';
import { followedBranches } from './followed-branches.ts';
import { rememberPushes, withoutOwnPushes } from './own-pushes.ts';
import { requestRefresh } from './request-refresh.ts';
import { runBatches, type BatchResults } from './run-batches.ts';
import type { CycleRun, CycleServices } from './services.ts';
import { loadResults, verifyWrites } from './verification/verify-writes.ts';

export interface CycleOptions extends Omit<PolicyScope, 'fence'> {
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
  const policies = readAllPolicies(read, policyContext, { ...options, fence });
  options.onOwners?.(policies);
  run.onProgress({ stage: 'applications', done: policies.watched, total: read.applications.length });
  await loadResults(services.writes, policies.known, run);
  const { due, waiting } = services.dueImages.select(policies.images, { ...options, now: begin.at });
  const { ownHeads: own = new Map(), git } = services;
  const news = { only: options.only, own, writer: git.writer, signal: run.signal };
  const written = await runBatches(await withoutOwnPushes(due, news), {
    ...options,
    services,
    run,
    waiting: waiting.map(({ tracked }) => tracked),
    known: policies.known,
    fence,
    followed: followedBranches(read.applications, fence),
  });
  const watching = { writes: options.dryRun ? undefined : services.writes, git };
  const isWhole = options.only === undefined && read.failures.length === 0;
  const verifications = await verifyWrites(watching, { known: policies.known, read, isWhole }, run);
  return await report(written);

  async function report(trace: BatchResults): Promise<CycleReport> {
    rememberPushes(own, trace.written.commits);
    services.dueImages.remember(trace.evaluations, begin.at);
    const evaluations = inOrder([...waiting, ...trace.evaluations], policies.images);
    const end = { at: run.clock.now(), costs: services.costs() };
    const late = trace.late === undefined ? [] : [trace.late];
    const failures = [...read.failures, ...policies.failures, ...late];
    const built = buildReport({
      ...trace,
      verifications,
      options,
      begin,
      end,
      read: { ...read, failures },
      policies,
      evaluations,
    });
    await requestRefresh(built, { ...run, requester: services.cluster.syncRequester });
    const isSilent =
      options.quiet && (verifications?.ended ?? []).length === 0 && built.failures.length === 0;
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
