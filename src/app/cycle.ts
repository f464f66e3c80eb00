import { applicationKey } from '../core/identity/application.ts';
import { imageKey } from '../core/identity/image.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { FailedWrite } from '../core/verification/failed-write.ts';
import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import { buildReport } from './build-report.ts';
import { inOrder } from './evaluate.ts';
import { pauseOfAll } from './mark-paused.ts';
import { fenceOf } from './permit-images.ts';
import { readApplications } from './read-applications.ts';
import { judgePromotions } from './promotion/judge-promotions.ts';
import { readAllPolicies, type PolicyScope, type ReadPolicies } from './read-policies.ts';
import { followedBranches } from './followed-branches.ts';
import { rememberPushes, withoutOwnPushes } from './own-pushes.ts';
import { requestRefresh } from './request-refresh.ts';
import { runBatches, type BatchResults } from './run-batches.ts';
import type { CycleRun, CycleServices } from './services.ts';
import { createRollbacks } from './verification/roll-back.ts';
import { loadResults, verifyWrites } from './verification/verify-writes.ts';

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
  const followed = followedBranches(read.applications, fence);
  const shared = { ...options, services, run, known: policies.known, graph: policies.graph, fence, followed };
  const rollbacks = createRollbacks(services, {
    ...run,
    ...options,
    policies,
    projects: fence.projects,
    round: (images, orders) =>
      runBatches(images, { ...shared, collect: 0, waiting: othersThan(images, policies.known), orders }),
  });
  const selected = services.dueImages.select(policies.images, { ...options, now: begin.at });
  const { due, waiting } = withOrders(selected, rollbacks.standing);
  const { ownHeads: own = new Map(), git } = services;
  const news = { only: options.only, own, writer: git.writer, signal: run.signal };
  const first = await runBatches(await withoutOwnPushes(due, news), {
    ...shared,
    waiting: waiting.map(({ tracked }) => tracked),
    orders: rollbacks.standing,
  });
  rollbacks.settle(first);
  const watching = { writes: options.dryRun ? undefined : services.writes, git };
  const isWhole = options.only === undefined && read.failures.length === 0;
  const { rollBack } = rollbacks;
  const verifications = await verifyWrites(watching, { known: policies.known, read, isWhole, rollBack }, run);
  return await report(rollbacks.withRounds(first));

  async function report(trace: BatchResults): Promise<CycleReport> {
    rememberPushes(own, trace.written.commits);
    services.dueImages.remember(trace.evaluations, begin.at);
    const evaluated = new Set(trace.evaluations.map(({ tracked }) => imageKey(tracked)));
    const left = waiting.filter(({ tracked }) => !evaluated.has(imageKey(tracked)));
    const evaluations = inOrder([...left, ...trace.evaluations], policies.images);
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
      rollbacks: rollbacks.results(),
    });
    await requestRefresh(built, { ...run, requester: services.cluster.syncRequester });
    const isSilent =
      options.quiet &&
      (verifications?.ended ?? []).length === 0 &&
      built.failures.length === 0 &&
      built.rollbacks === undefined;
    if (!isSilent) await reportCycle(services.reporters, built, run.log);
    return built;
  }
}

/** What is to be taken back does not wait for its interval. */
function withOrders(
  { due, waiting }: ReturnType<CycleServices['dueImages']['select']>,
  orders: readonly FailedWrite[],
): ReturnType<CycleServices['dueImages']['select']> {
  if (orders.length === 0) return { due, waiting };
  const chosen = new Set(orders.map(({ application }) => applicationKey(application)));
  const isChosen = ({ tracked }: (typeof waiting)[number]) => chosen.has(applicationKey(tracked.application));
  return {
    due: [...due, ...waiting.filter(isChosen).map(({ tracked }) => tracked)],
    waiting: waiting.filter((one) => !isChosen(one)),
  };
}

function othersThan(images: readonly TrackedImage[], all: readonly TrackedImage[]): readonly TrackedImage[] {
  const chosen = new Set(images);
  return all.filter((tracked) => !chosen.has(tracked));
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
