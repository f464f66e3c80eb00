import { applicationKey } from '../../core/identity/application.ts';
import { formatName } from '../../core/image/reference.ts';
import { isPassing } from '../../core/reasons/rollback-hold.ts';
import type { FailedWrite } from '../../core/verification/failed-write.ts';
import type { CheckOutlook } from '../../core/verification/judge-rollbacks.ts';
import type { EndedVerification } from '../../core/verification/verification-report.ts';
import type { VerificationTerms } from '../../core/verification/verification-state.ts';
import type { FailureAction } from '../../core/verification/verify-policy.ts';
import type { RollbackState, VerificationEnding, WriteResult } from '../../core/verification/write-result.ts';
import { asLynceusError } from '../../errors.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import type { Answers } from './verify-watches.ts';
import type { RollBackWrites, RollbackOutcome, WatchRun } from './watch-services.ts';
import type { Watch } from './watches.ts';

interface ConcludeOptions extends Pick<WatchRun, 'log' | 'signal'> {
  readonly now: number;
  readonly latest: number;
  readonly leadingSince: number;
  readonly answers: ReadonlyMap<string, Answers>;
  readonly results: WriteResults;
  readonly termsOf: (watch: Watch) => VerificationTerms;
  readonly rollBack: RollBackWrites | undefined;
}

interface Concluded {
  readonly reports: readonly EndedVerification[];
  /** Those that are to be taken back, and cannot be yet. */
  readonly waiting: ReadonlySet<Watch>;
}

interface EndedWatch {
  readonly watch: Watch;
  readonly ending: VerificationEnding;
  readonly follows: FailureAction;
}

/**
 * Does what follows from verifications that came to their end, and keeps the end. It is kept last: a process that is killed before
 * finds the write again, checks it again, and does the rest.
 */
export async function concludeWatches(
  watches: readonly Watch[],
  options: ConcludeOptions,
): Promise<Concluded> {
  const ended = watches.flatMap((watch) => endOf(watch, options));
  const outcomes = await rollBackAll(ended, watches, options);
  const waiting = new Set<Watch>();
  const reports: EndedVerification[] = [];
  const kept: WriteResult[] = [];
  for (const one of ended) {
    const outcome = outcomes.get(one);
    if (outcome?.outcome === 'held' && isPassing(outcome.hold)) {
      waiting.add(one.watch);
      continue;
    }
    reports.push(reportOf(one, outcome));
    kept.push(...resultsOf(one, outcome, options).filter((result) => !isTakenBack(result, options)));
  }
  if (kept.length > 0) options.results.keep(kept);
  try {
    await options.results.flush(options.signal);
  } catch (thrown) {
    options.signal.throwIfAborted();
    options.log.warn('results of verifications could not be kept', { err: asLynceusError(thrown) });
  }
  return { reports, waiting };
}

/** It was just taken back together with what failed, and that is kept already. */
function isTakenBack(result: WriteResult, { results }: Pick<ConcludeOptions, 'results'>): boolean {
  return results
    .of(result.application)
    .some(
      ({ commit, alias, image, rollback }) =>
        [commit, alias, image].join('\n') === [result.commit, result.alias, result.image].join('\n') &&
        rollback !== undefined &&
        rollback.outcome !== 'held' &&
        rollback.isCompanion === true,
    );
}

function endOf(watch: Watch, { termsOf }: ConcludeOptions): readonly EndedWatch[] {
  const { state } = watch;
  if (!('ending' in state)) return [];
  const { onFailure, onInconclusive } = termsOf(watch);
  const follows = { verified: 'notify', failed: onFailure, inconclusive: onInconclusive } as const;
  return [{ watch, ending: state.ending, follows: follows[state.kind] }];
}

async function rollBackAll(
  ended: readonly EndedWatch[],
  watches: readonly Watch[],
  { rollBack, signal, ...options }: ConcludeOptions,
): Promise<ReadonlyMap<EndedWatch, RollbackOutcome>> {
  const failed = ended.filter(({ follows }) => follows === 'rollback');
  if (failed.length === 0 || rollBack === undefined) return new Map();
  const { now, latest, leadingSince, termsOf } = options;
  const observation = (check: string): number => {
    const timing = watches
      .flatMap((watch) => termsOf(watch).checks)
      .find(({ name }) => name === check)?.timing;
    return timing?.interval ?? 0;
  };
  const outlooks = outlooksOf(watches, ended, options);
  const watched = watches.map(({ write }) => write);
  const occasion = { now, latest, leadingSince, outlooks, observation, watched };
  const outcomes = await rollBack(failed.map(failedWriteOf), occasion, signal);
  return new Map(
    failed.flatMap((one, index) => {
      const outcome = outcomes[index];
      return outcome === undefined ? [] : [[one, outcome] as const];
    }),
  );
}

const WINDOW = 3_600_000;

/** What each check says of all Applications: those that are watched, and those that ended within the last hour. */
function outlooksOf(
  watches: readonly Watch[],
  ended: readonly EndedWatch[],
  { answers, results, now, termsOf }: Pick<ConcludeOptions, 'answers' | 'results' | 'now' | 'termsOf'>,
): ReadonlyMap<string, CheckOutlook> {
  const applications = new Map(
    watches.map(({ write: { application } }) => [applicationKey(application), application]),
  );
  const recent = [...applications.values()]
    .flatMap((application) => results.of(application))
    .filter(({ ending }) => ending !== undefined && ending.at > now - WINDOW);
  const names = new Set(ended.flatMap(({ ending }) => ending.check ?? []));
  return new Map(
    [...names].map((name) => {
      const watched = new Set(
        watches
          .filter((watch) => isBuiltIn(name) || termsOf(watch).checks.some((check) => check.name === name))
          .map(({ write }) => applicationKey(write.application)),
      );
      const failing = new Set([
        ...ended
          .filter(({ ending }) => ending.outcome === 'failed' && ending.check === name)
          .map(({ watch }) => applicationKey(watch.write.application)),
        ...recent
          .filter(({ ending }) => ending?.outcome === 'failed' && ending.check === name)
          .map(({ application }) => applicationKey(application)),
      ]);
      return [
        name,
        { watched: watched.size, failing: failing.size, isUnanswered: (answers.get(name)?.unasked ?? 0) > 0 },
      ];
    }),
  );
}

function isBuiltIn(check: string): boolean {
  return check === 'health' || check === 'sync';
}

function failedWriteOf({ watch: { write }, ending }: EndedWatch): FailedWrite {
  return {
    application: write.application,
    commit: write.commit,
    check: ending.check ?? '',
    detail: ending.detail ?? '',
    failedAt: ending.at,
    images: imagesOf(write),
  };
}

function imagesOf({ images }: Watch['write']): EndedVerification['images'] {
  return images.map(({ tracked, to }) => ({
    alias: tracked.alias,
    image: formatName(tracked.image),
    version: to,
  }));
}

function reportOf(
  { watch: { write }, ending, follows }: EndedWatch,
  outcome: RollbackOutcome | undefined,
): EndedVerification {
  const { application, commit, writtenAt, kind } = write;
  return {
    application,
    commit,
    writtenAt,
    kind,
    images: imagesOf(write),
    ending,
    follows,
    ...(outcome?.outcome === 'held' ? { hold: outcome.hold } : {}),
  };
}

function resultsOf(
  { watch: { write, state, observed, isLate }, ending }: EndedWatch,
  outcome: RollbackOutcome | undefined,
  { now, results }: Pick<ConcludeOptions, 'now' | 'results'>,
): readonly WriteResult[] {
  const { application, commit, writtenAt } = write;
  // What is found out so late is told, and no reason to hold anything.
  if (isLate && ending.outcome !== 'verified') return [];
  const synced =
    observed === undefined || observed.stage === 'written' ? {} : { syncedAt: observed.syncedAt };
  const since = observed?.stage === 'healthy' ? observed.since : undefined;
  const healthy = since === undefined || state.kind !== 'verified' ? {} : { healthy: { since, until: now } };
  const rollback = outcome === undefined ? {} : { rollback: rollbackOf(outcome, now) };
  const before = results.of(application).filter((one) => one.commit === commit);
  return imagesOf(write).map((image) => ({
    ...before.find((one) => one.alias === image.alias && one.image === image.image),
    application,
    ...image,
    commit,
    writtenAt,
    ...synced,
    ...healthy,
    ending,
    ...rollback,
  }));
}

function rollbackOf(outcome: RollbackOutcome, at: number): RollbackState {
  return outcome.outcome === 'held'
    ? { outcome: 'held', at, code: outcome.hold.code }
    : { outcome: outcome.outcome, at };
}
