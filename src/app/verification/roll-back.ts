import { applicationKey } from '../../core/identity/application.ts';
import { joinKey } from '../../core/identity/key.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { describeRollbackHold } from '../../core/reasons/describe-rollback-hold.ts';
import { isPassing } from '../../core/reasons/rollback-hold.ts';
import type { RollbackResult } from '../../core/report.ts';
import { isFailedImage, type FailedWrite } from '../../core/verification/failed-write.ts';
import { judgeWindows } from '../../core/windows/judge-windows.ts';
import { windowGroupsOf } from '../../core/windows/window-groups.ts';
import type { AppProjects } from '../../core/permissions/app-project.ts';
import {
  judgeRollbacks,
  type HeldRollback,
  type RollbackJudgement,
} from '../../core/verification/judge-rollbacks.ts';
import {
  madeRollbacks,
  proposedRollbacks,
  resultsOfWrite,
} from '../../core/verification/proposed-rollbacks.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import { companionsOf, type ReadPolicies } from '../read-policies.ts';
import type { BatchResults } from '../run-batches.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import type { RollBackWrites, RollbackOutcome } from './watch-services.ts';
import { joinRounds } from './join-rounds.ts';
import { heldRollback, rollbackEndings, type EndedRollback } from './rollback-endings.ts';
import type { RollbackServices } from './rollback-services.ts';

/** Evaluates and writes images once more, these writes taken back. */
export type RollbackRound = (
  images: readonly TrackedImage[],
  orders: readonly FailedWrite[],
) => Promise<BatchResults>;

/** The rollbacks of one cycle. */
export interface CycleRollbacks {
  /** What a request proposes to take back already: the branch is made anew in each cycle, and keeps it. */
  readonly standing: readonly FailedWrite[];
  /** Keeps what became of that. */
  settle(trace: BatchResults): void;
  /** Takes back what failed just now, in a round of its own; `undefined` where nothing is taken back. */
  readonly rollBack: RollBackWrites | undefined;
  /** The cycle with all its rounds. */
  withRounds(first: BatchResults): BatchResults;
  results(): readonly RollbackResult[];
}

interface RollbackOptions extends Pick<CycleRun, 'clock' | 'log' | 'signal'> {
  readonly dryRun: boolean;
  readonly policies: Pick<ReadPolicies, 'images' | 'known'>;
  readonly round: RollbackRound;
  /** Those whose sync windows may count. */
  readonly projects: AppProjects;
}

/** Without services nothing is taken back. */
export function createRollbacks(
  { rollbacks, writes }: Pick<CycleServices, 'rollbacks' | 'writes'>,
  options: RollbackOptions,
): CycleRollbacks {
  const { policies, clock, dryRun } = options;
  const services = rollbacks && writes && { ...rollbacks, results: writes.results };
  const standing = services === undefined ? [] : standingAmong(policies.images, services.results);
  const rounds: BatchResults[] = [];
  const results: RollbackResult[] = [];
  return {
    standing,
    settle(trace) {
      if (services === undefined || standing.length === 0) return;
      for (const { failed, outcome, result } of rollbackEndings(standing, trace)) {
        const isNews = outcome.outcome !== 'proposed';
        if (isNews) results.push(result);
        if (isNews && !dryRun) keepEnd(failed, outcome, services.results, clock.now());
      }
    },
    rollBack:
      services &&
      (async (failed, occasion, signal) => {
        const judged = judgeRollbacks(failed, {
          ...occasion,
          checks: occasion.outlooks,
          made: madeRollbacks(services.results.all()),
          paused: await pausedNow(services, signal),
          isPaused: pausedAmong(policies.known),
          limits: services.limits,
        });
        const closed = services.onlyInWindows ? closedAmong(judged.goAhead, occasion.now, options) : [];
        const open = judged.goAhead.filter((one) => !closed.some(({ failed: other }) => other === one));
        await pauseWhere(judged, services, { ...options, now: occasion.now, signal });
        const ended = [...[...judged.held, ...closed].map(heldRollback), ...(await goAhead(open))];
        results.push(...ended.filter(isNews).map(({ result }) => result));
        const byWrite = new Map(ended.map((one) => [writeKey(one.failed), one.outcome]));
        return failed.map((one) => byWrite.get(writeKey(one)) ?? NEVER);
      }),
    withRounds: (first) => rounds.reduce(joinRounds, first),
    results: () => results,
  };

  async function goAhead(orders: readonly FailedWrite[]): Promise<readonly EndedRollback[]> {
    if (orders.length === 0) return [];
    // What is proposed already stays on its branch.
    const trace = await options.round(imagesFor(orders, policies.known), [...standing, ...orders]);
    rounds.push(trace);
    return rollbackEndings(orders, trace);
  }
}

const NEVER: RollbackOutcome = {
  outcome: 'held',
  hold: { code: 'not-written', facts: { why: 'it was not planned' } },
};

function standingAmong(images: readonly TrackedImage[], results: WriteResults): readonly FailedWrite[] {
  const evaluated = new Set(images.map(({ application }) => applicationKey(application)));
  return proposedRollbacks(results.all()).filter(({ application }) =>
    evaluated.has(applicationKey(application)),
  );
}

/** What waits for a time is no news each time that it is asked. */
function isNews({ outcome, result }: EndedRollback): boolean {
  return outcome.outcome !== 'held' || result.outcome === 'failed' || !isPassing(outcome.hold);
}

/** A request that was merged, or that nobody wants any more. */
function keepEnd(failed: FailedWrite, outcome: RollbackOutcome, results: WriteResults, now: number): void {
  if (outcome.outcome === 'proposed') return;
  if (outcome.outcome === 'held' && isPassing(outcome.hold)) return;
  const code = outcome.outcome === 'held' ? outcome.hold.code : undefined;
  const state = code === undefined ? ({ outcome: 'done' } as const) : ({ outcome: 'held', code } as const);
  const kept = resultsOfWrite(failed, results.of(failed.application));
  results.keep(kept.map((one) => ({ ...one, rollback: { ...state, at: now } })));
}

function writeKey({ application, commit }: FailedWrite): string {
  return joinKey(applicationKey(application), commit);
}

function pausedAmong(images: readonly TrackedImage[]): (application: FailedWrite['application']) => boolean {
  const paused = images.filter(({ policy }) => policy.paused !== undefined);
  const keys = new Set(paused.map(({ application }) => applicationKey(application)));
  return (application) => keys.has(applicationKey(application));
}

/** What waits for the update windows of one of its images. */
function closedAmong(
  failed: readonly FailedWrite[],
  now: number,
  { policies, projects }: Pick<RollbackOptions, 'policies' | 'projects'>,
): readonly HeldRollback[] {
  return failed.flatMap((one): readonly HeldRollback[] => {
    for (const tracked of policies.known) {
      if (!isFailedImage(one, tracked)) continue;
      const groups = windowGroupsOf(tracked, projects);
      const judged =
        groups instanceof Error
          ? ({ kind: 'closed', opensAt: undefined } as const)
          : judgeWindows(groups, now);
      if (judged.kind === 'open') continue;
      const facts = judged.opensAt === undefined ? {} : { opensAt: judged.opensAt };
      return [{ failed: one, hold: { code: 'outside-window', facts } }];
    }
    return [];
  });
}

async function pausedNow({ pauses }: RollbackServices, signal: AbortSignal): Promise<boolean | LynceusError> {
  try {
    const { everything, rollbacks } = await pauses.read(signal);
    return everything !== undefined || rollbacks !== undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return asLynceusError(thrown);
  }
}

/** Beyond the limits rollbacks pause themselves. That it cannot be kept is no reason to go on. */
async function pauseWhere(
  { pauseFor }: RollbackJudgement,
  { pauses }: RollbackServices,
  { now, dryRun, log, signal }: Pick<RollbackOptions, 'dryRun' | 'log' | 'signal'> & { readonly now: number },
): Promise<void> {
  if (pauseFor === undefined || dryRun) return;
  const reason = describeRollbackHold(pauseFor);
  log.error('rollbacks are paused', { reason });
  try {
    await pauses.pause('rollbacks', { by: '', reason, since: now }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    log.error('that rollbacks are paused could not be kept', { err: asLynceusError(thrown) });
  }
}

/** All images of the Applications, and those that share a push branch with one of them. */
function imagesFor(orders: readonly FailedWrite[], known: readonly TrackedImage[]): readonly TrackedImage[] {
  const chosen = new Set(orders.map(({ application }) => applicationKey(application)));
  const isChosen = ({ application }: TrackedImage): boolean => chosen.has(applicationKey(application));
  const own = known.filter(isChosen);
  return [
    ...own,
    ...companionsOf(
      own,
      known.filter((tracked) => !isChosen(tracked)),
    ),
  ];
}
