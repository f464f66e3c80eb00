import type { RollbackResult } from '../core/report.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { FailedWrite } from '../core/verification/failed-write.ts';
import type { VerificationsOfCycle } from '../core/verification/verification-report.ts';
import type { CycleFilter } from './cycle-scope.ts';
import { followedBranches } from './followed-branches.ts';
import { rememberPushes, withoutOwnPushes } from './own-pushes.ts';
import type { ReadApplications } from './read-applications.ts';
import type { judgePromotions } from './promotion/judge-promotions.ts';
import { runBatches, type BatchOptions, type BatchResults } from './run-batches.ts';
import type { CycleRun, CycleServices } from './services.ts';
import { createRollbacks } from './verification/roll-back.ts';
import { verifyWrites } from './verification/verify-writes.ts';

type Selected = ReturnType<CycleServices['dueImages']['select']>;

/** What was evaluated and written in a cycle, and what became of what was written before. */
export interface Rounds {
  readonly trace: BatchResults;
  /** Images that were not due. */
  readonly waiting: Selected['waiting'];
  readonly verifications: VerificationsOfCycle | undefined;
  readonly rollbacks: readonly RollbackResult[];
}

interface RoundOptions {
  readonly options: Pick<BatchOptions, 'dryRun' | 'collect'> & {
    readonly regardless: boolean;
    readonly only: CycleFilter | undefined;
  };
  readonly run: CycleRun;
  readonly read: ReadApplications;
  readonly policies: ReturnType<typeof judgePromotions>;
  readonly fence: Fence;
  /** When the cycle began, in milliseconds since 1970. */
  readonly now: number;
}

/** Evaluates and writes what is due, looks at what was written, and takes back in another round what failed. */
export async function runRounds(
  services: CycleServices,
  { options, run, read, policies, fence, now }: RoundOptions,
): Promise<Rounds> {
  const { known } = policies;
  const followed = followedBranches(read.applications, fence);
  const shared = { ...options, services, run, known, graph: policies.graph, fence, followed };
  const rollbacks = createRollbacks(services, {
    ...run,
    ...options,
    policies,
    projects: fence.projects,
    round: (images, orders) =>
      runBatches(images, { ...shared, collect: 0, waiting: othersThan(images, known), orders }),
  });
  const selected = services.dueImages.select(policies.images, { ...options, now });
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
  const verifications = await verifyWrites(watching, { known, read, isWhole, rollBack }, run);
  const trace = rollbacks.withRounds(first);
  rememberPushes(own, trace.written.commits);
  return { trace, waiting, verifications, rollbacks: rollbacks.results() };
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
