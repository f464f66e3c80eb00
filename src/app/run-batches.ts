import { createDeadline, type Deadline } from '../async/deadline.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { FailedWrite } from '../core/verification/failed-write.ts';
import type { PromotionGraph } from '../core/promotion/graph.ts';
import { failedDecision } from '../core/selection/decision.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { WriterSession } from '../ports/writer.ts';
import { applyPlan, type Written } from './apply-plan.ts';
import { batchesOf, type Batch } from './batches.ts';
import { createCollectWindow, type CollectWindow } from './collect-window.ts';
import { lateCycle, NO_LIMITS } from './cycle-limits.ts';
import { createRegistryAnswers, type RegistryAnswers } from './decide-images.ts';
import { evaluate, type Evaluated } from './evaluate.ts';
import { createGitTurns, type GitTurns } from './git-turns.ts';
import { imageResults } from './image-results.ts';
import { createEndedRequests } from './pull-requests/ended-requests.ts';
import { createHostTurns, type HostTurns } from './pull-requests/host-turns.ts';
import type { FollowedBranches } from './permit-places.ts';
import { promotionsOf, upstreamsOf } from './promotion/promotions-of-cycle.ts';
import { proposeChanges } from './pull-requests/propose-changes.ts';
import type { CycleRun, CycleServices } from './services.ts';
import { sumProgress } from './sum-progress.ts';
import { joinDecided } from './verification/decide-rollbacks.ts';
import { withSession } from './with-session.ts';

/** What became of the images of one batch, or of all. */
export interface BatchResult extends Evaluated {
  readonly written: Written;
  readonly requests: Awaited<ReturnType<typeof proposeChanges>>;
}

/** What became of all images. */
export interface BatchResults extends BatchResult {
  /** Why not all of it was done, when the time of the cycle was up before. */
  readonly late: LynceusError | undefined;
}

export interface BatchOptions {
  readonly services: CycleServices;
  readonly run: CycleRun;
  readonly dryRun: boolean;
  /** How long a plan must stay the same before it is written, in milliseconds. */
  readonly collect: number;
  /** Tracked images that are not evaluated now. */
  readonly waiting: readonly TrackedImage[];
  /** All images that are known, also those of Applications that are not handled here. */
  readonly known: readonly TrackedImage[];
  /** From which images those are promoted that are. */
  readonly graph: PromotionGraph;
  readonly fence: Fence;
  readonly followed: FollowedBranches;
  /** What failed its verification and is to be taken back; absent for nothing. */
  readonly orders?: readonly FailedWrite[];
}

interface OpenBatch {
  readonly batch: Batch;
  readonly window: CollectWindow;
}

/** What the batches of one evaluation share. */
interface Shared extends BatchOptions {
  readonly answers: RegistryAnswers;
  readonly hosts: HostTurns;
  readonly git: GitTurns;
  readonly time: Deadline;
}

/**
 * Evaluates and writes each batch as soon as it is decided: none waits for another. What takes too long has failed with
 * `deadline`. Only an abort throws, and then nothing is left half done: a push either happened or did not.
 */
export async function runBatches(
  images: readonly TrackedImage[],
  options: BatchOptions,
): Promise<BatchResults> {
  const { services, run, collect } = options;
  const { concurrency, limits = NO_LIMITS } = run;
  const time = createDeadline(limits.cycleTime);
  const leave = time.enter();
  const { paces = new Map() } = services;
  const git = createGitTurns({ concurrency, limits, paces });
  const hosts = createHostTurns(limits);
  const done: BatchResult[] = [];
  let open = batchesOf(images, options.waiting).map((batch): OpenBatch => ({
    batch,
    window: createCollectWindow(collect),
  }));
  try {
    for (;;) {
      const progress = sumProgress(run.onProgress);
      const { registries, verification } = services;
      const verifying = verification === undefined ? {} : { signatures: verification.signatures };
      const upstreams = upstreamsOf(images, options.graph);
      const asked = [...images, ...upstreams.filter(({ isAsked }) => isAsked).map(({ image }) => image)];
      const registryAnswers = createRegistryAnswers(asked, { ...registries, ...verifying, paces }, run);
      const ended = await withSession(services.git.writer, (session) => {
        const promotions = promotionsOf(
          upstreams.map(({ image }) => image),
          { ...options, session, git },
        );
        const { onSearched } = services;
        const answers = {
          ...registryAnswers,
          onSearched,
          ...(promotions === undefined ? {} : { promotions }),
        };
        const shared = { ...options, answers, hosts, git, time };
        return Promise.all(
          open.map((one) => runBatch(one, session, { ...shared, run: { ...run, onProgress: progress() } })),
        );
      });
      run.signal.throwIfAborted();
      done.push(...ended.flatMap((result) => result ?? []));
      open = open.filter((_, index) => ended[index] === undefined);
      if (open.length === 0)
        return { ...join(done), late: time.signal.aborted ? lateCycle(limits) : undefined };
      await run.clock.sleep(collect, run.signal);
    }
  } finally {
    leave();
  }
}

/** `undefined` while its plan has to stay the same for longer. An abort of the cycle is left to the caller. */
async function runBatch(
  { batch, window }: OpenBatch,
  session: WriterSession,
  { services, run, waiting: _all, dryRun, git, time, ...shared }: Shared,
): Promise<BatchResult | undefined> {
  const late = () => lateCycle(run.limits ?? NO_LIMITS);
  try {
    return await time.run({ signal: run.signal, late }, async (signal) => {
      const own = { ...run, signal };
      const bounded = git.session(session, batch.asker);
      const evaluated = await evaluate(batch, bounded, { ...shared, services, run: own });
      // Writing begins here: an abort that came earlier must not become a failure of every image.
      signal.throwIfAborted();
      if (!window.isOver(evaluated.plan)) return undefined;
      const verifier = dryRun ? undefined : services.writes?.verifier;
      const { pullRequests } = services;
      const ended = createEndedRequests(pullRequests, shared.hosts);
      await verifier?.find(evaluated.evaluations, bounded, { ...own, ended });
      const written = await applyPlan(evaluated.plan, bounded, { ...services.cluster, ...own });
      verifier?.wrote(written.commits, evaluated.evaluations);
      const requests = await proposeChanges(
        { ...evaluated, written, session: bounded },
        { ...own, pullRequests, dryRun, hosts: shared.hosts },
      );
      const result = { ...evaluated, written, requests };
      if (!dryRun) services.onWritten?.(imageResults({ ...result, policies: { refused: [] } }));
      return result;
    });
  } catch (thrown) {
    return failed(batch, asLynceusError(thrown));
  }
}

function failed({ images }: Batch, error: LynceusError): BatchResult {
  const decision = failedDecision(error);
  return {
    evaluations: images.map((tracked) => ({ tracked, present: undefined, decision })),
    views: new Map(),
    plan: { changeSets: [], applications: [], refused: [] },
    written: { commits: [], applications: [] },
    requests: new Map(),
    takenBack: joinDecided([]),
  };
}

function join(results: readonly BatchResult[]): BatchResult {
  return {
    evaluations: results.flatMap(({ evaluations }) => evaluations),
    views: new Map(results.flatMap(({ views }) => [...views])),
    plan: {
      changeSets: results.flatMap(({ plan }) => plan.changeSets),
      applications: results.flatMap(({ plan }) => plan.applications),
      refused: results.flatMap(({ plan }) => plan.refused),
    },
    written: {
      commits: results.flatMap(({ written }) => written.commits),
      applications: results.flatMap(({ written }) => written.applications),
    },
    requests: new Map(results.flatMap(({ requests }) => [...requests])),
    takenBack: joinDecided(results.map(({ takenBack }) => takenBack)),
  };
}
