import { applicationKey } from '../../core/identity/application.ts';
import { joinKey } from '../../core/identity/key.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { isPassing } from '../../core/reasons/rollback-hold.ts';
import type { RollbackResult } from '../../core/report.ts';
import type { FailedWrite } from '../../core/verification/failed-write.ts';
import type { AppProjects } from '../../core/permissions/app-project.ts';
import { judgeRollbacks } from '../../core/verification/judge-rollbacks.ts';
import {
  madeRollbacks,
  proposedRollbacks,
  resultsOfWrite,
} from '../../core/verification/proposed-rollbacks.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import { companionsOf, type ReadPolicies } from '../read-policies.ts';
import type { BatchResults } from '../run-batches.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import type { RollBackWrites, RollbackOutcome } from './watch-services.ts';
import { joinRounds } from './join-rounds.ts';
import { closedAmong, companionsIn, pausedAmong, pausedNow, pauseWhere } from './rollback-guards.ts';
import { heldRollback, rollbackEndings, type EndedRollback } from './rollback-endings.ts';

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
        if (isNews && !dryRun) keepEnd({ failed, outcome }, services.results, clock.now());
      }
    },
    rollBack:
      services &&
      (async (failed, occasion, signal) => {
        const kept = services.results.all();
        const { known } = policies;
        const companions = companionsIn(failed, { watched: occasion.watched, results: kept, known });
        const judged = judgeRollbacks([...failed, ...companions], {
          ...occasion,
          checks: occasion.outlooks,
          made: madeRollbacks(kept),
          paused: await pausedNow(services, signal),
          isPaused: pausedAmong(known),
          limits: services.limits,
        });
        const closed = services.onlyInWindows ? closedAmong(judged.goAhead, occasion.now, options) : [];
        const commits = new Set(closed.map(({ failed: { commit } }) => commit));
        const open = judged.goAhead.filter(({ commit }) => !commits.has(commit));
        await pauseWhere(judged, services, { ...options, now: occasion.now, signal });
        const ended = [...[...judged.held, ...closed].map(heldRollback), ...(await goAhead(open))];
        results.push(...ended.filter(isNews).map(({ result }) => result));
        if (!dryRun) keepCompanions(ended, services.results, occasion.now);
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
function keepEnd(
  { failed, outcome }: Pick<EndedRollback, 'failed' | 'outcome'>,
  results: WriteResults,
  now: number,
): void {
  if (outcome.outcome === 'proposed') return;
  if (outcome.outcome === 'held' && isPassing(outcome.hold)) return;
  const code = outcome.outcome === 'held' ? outcome.hold.code : undefined;
  const state = code === undefined ? ({ outcome: 'done' } as const) : ({ outcome: 'held', code } as const);
  const kept = resultsOfWrite(failed, results.of(failed.application));
  results.keep(kept.map((one) => ({ ...one, rollback: { ...state, at: now } })));
}

/** Nobody else keeps what became of them: they had not come to an end. */
function keepCompanions(ended: readonly EndedRollback[], results: WriteResults, at: number): void {
  for (const { failed, outcome } of ended) {
    const { application, commit, check, detail, companion, images } = failed;
    if (companion === undefined || outcome.outcome === 'held') continue;
    const write = { application, commit, writtenAt: companion.writtenAt };
    const ending = { outcome: 'failed', at, check, detail } as const;
    const rollback = { outcome: outcome.outcome, at, isCompanion: true } as const;
    results.keep(images.map((image) => ({ ...write, ...image, ending, rollback })));
  }
}

function writeKey({ application, commit }: FailedWrite): string {
  return joinKey(applicationKey(application), commit);
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
