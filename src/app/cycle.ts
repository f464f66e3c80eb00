import type { Fence } from '../core/permissions/fence.ts';
import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Writer, WriterSession } from '../ports/writer.ts';
import { applyPlan } from './apply-plan.ts';
import { buildReport } from './build-report.ts';
import { createCollectWindow } from './collect-window.ts';
import { evaluate, inOrder, type Evaluated } from './evaluate.ts';
import { fenceOf } from './permit-images.ts';
import { proposeChanges } from './pull-requests/propose-changes.ts';
import { readApplications } from './read-applications.ts';
import { readAllPolicies, type PolicyScope } from './read-policies.ts';
import { followedBranches } from './followed-branches.ts';
import { requestRefresh } from './request-refresh.ts';
import type { CycleRun, CycleServices } from './services.ts';

export interface CycleOptions extends Omit<PolicyScope, 'fence'> {
  /** Correlates what is logged. */
  readonly cycle: string;
  readonly dryRun: boolean;
  /** Evaluate images with an interval of their own before it is over. */
  readonly regardless: boolean;
  /** How long the plan must stay the same before it is written, in milliseconds. */
  readonly collect: number;
  /** Called with the fence before it counts. */
  readonly onFence?: (fence: Fence) => void;
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
  const policies = readAllPolicies(read.applications, policyContext, { ...options, fence });
  run.onProgress({ stage: 'applications', done: policies.watched, total: read.applications.length });
  const { due, waiting } = services.dueImages.select(policies.images, { ...options, now: begin.at });
  const window = createCollectWindow(options.collect);
  for (;;) {
    const written = await withSession(services.git.writer, async (session) => {
      const evaluated = await evaluate(due, session, {
        services,
        run,
        waiting: waiting.map(({ tracked }) => tracked),
        known: policies.known,
        fence,
        followed: followedBranches(read.applications),
      });
      // Writing begins here: an abort that came earlier must not become a failure of every image.
      run.signal.throwIfAborted();
      return window.isOver(evaluated.plan) ? await write(evaluated, session) : undefined;
    });
    if (written !== undefined) return await report(written);
    await run.clock.sleep(options.collect, run.signal);
  }

  async function write(evaluated: Evaluated, session: WriterSession): Promise<Written> {
    const commits = await applyPlan(evaluated.plan, session, { ...services.cluster, ...run });
    const input = { ...evaluated, written: commits, session };
    const { pullRequests } = services;
    const requests = await proposeChanges(input, { ...run, pullRequests, dryRun: options.dryRun });
    return { ...evaluated, written: commits, requests };
  }

  async function report(trace: Written): Promise<CycleReport> {
    services.dueImages.remember(trace.evaluations, begin.at);
    const evaluations = inOrder([...waiting, ...trace.evaluations], policies.images);
    const end = { at: run.clock.now(), costs: services.costs() };
    const built = buildReport({ ...trace, options, begin, end, read, policies, evaluations });
    await requestRefresh(built, { ...run, requester: services.cluster.syncRequester });
    await reportCycle(services.reporters, built, run.log);
    return built;
  }
}

interface Written extends Evaluated {
  readonly written: Awaited<ReturnType<typeof applyPlan>>;
  readonly requests: Awaited<ReturnType<typeof proposeChanges>>;
}

/** The session is open for as long as the work takes. */
async function withSession<T>(writer: Writer, work: (session: WriterSession) => Promise<T>): Promise<T> {
  const session = writer.open();
  try {
    return await work(session);
  } finally {
    await session.close();
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
