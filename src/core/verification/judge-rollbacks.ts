import type { LynceusError } from '../../errors.ts';
import { applicationKey } from '../identity/application.ts';
import { compareParts } from '../identity/key.ts';
import { groupBy } from '../plan/group-by.ts';
import type { ApplicationId } from '../policy.ts';
import type { RollbackHold } from '../reasons/rollback-hold.ts';
import type { FailedWrite } from './failed-write.ts';

/** How much may be taken back without a person. */
export interface RollbackLimits {
  /** Applications of one namespace within an hour. */
  readonly perNamespace: number;
  /** Applications in all within an hour. */
  readonly perHour: number;
  /** A check that fails for more Applications than this, and for more than this share of those it watches, tells of the environment. */
  readonly environmentCount: number;
  /** From 0 to 1. */
  readonly environmentShare: number;
}

/** What one check says of all Applications that it watches. */
export interface CheckOutlook {
  /** How many Applications it watches, or has within its window. */
  readonly watched: number;
  /** For how many of them it failed within its window, or fails now. */
  readonly failing: number;
  /** Its source answers errors. */
  readonly isUnanswered: boolean;
}

/** A rollback that was made, or proposed. */
export interface MadeRollback {
  readonly application: ApplicationId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a judgement is made of, beside the failed writes. Times are milliseconds since 1970. */
export interface RollbackSituation {
  readonly now: number;
  /** The latest time that this process has seen, or that is kept. */
  readonly latest: number;
  /** Since when this process leads. */
  readonly leadingSince: number;
  /** How long one observation by a check takes, in milliseconds. */
  readonly observation: (check: string) => number;
  /** By the name of the check; what is absent is known by the failed writes alone. */
  readonly checks: ReadonlyMap<string, CheckOutlook>;
  /** Of the last hour at least. */
  readonly made: readonly MadeRollback[];
  /** Rollbacks are paused, until a person resumes them; the error where that is not known. */
  readonly paused: boolean | LynceusError;
  readonly isPaused: (application: ApplicationId) => boolean;
  readonly limits: RollbackLimits;
}

/** A failed write of which nothing is taken back, and why. */
export interface HeldRollback {
  readonly failed: FailedWrite;
  readonly hold: RollbackHold;
}

export interface RollbackJudgement {
  readonly goAhead: readonly FailedWrite[];
  readonly held: readonly HeldRollback[];
  /** So much failed that rollbacks are to be paused; absent when not. */
  readonly pauseFor?: Extract<RollbackHold, { readonly code: 'rollback-limit' }>;
}

const HOUR = 3_600_000;

/**
 * Which failed writes are taken back, the first to fail first. A failed check is needed for each, and is not enough:
 *
 *   when                                                   then
 *   -----------------------------------------------------  --------------------------------------------------
 *   rollbacks are paused, or the Application is            held
 *   it is not known whether they are                       held until it is
 *   the clock was set back                                 held until it is where it was
 *   the process leads for less than one observation        held until then
 *   the check gets no answers                              held: its source is at fault
 *   it fails for more Applications than a number, and for  held: the environment is at fault
 *     more than a share of those that it watches
 *   so many were taken back within the last hour           held, and rollbacks are paused
 *
 * Writes of one commit go back together or not at all, as far as it is the limits that hold them.
 */
export function judgeRollbacks(
  failed: readonly FailedWrite[],
  situation: RollbackSituation,
): RollbackJudgement {
  const ordered = failed.toSorted(
    (a, b) =>
      a.failedAt - b.failedAt ||
      compareParts(
        [a.application.namespace, a.application.name],
        [b.application.namespace, b.application.name],
      ),
  );
  const judged = ordered.map((one) => ({ failed: one, hold: holdOf(one, failed, situation) }));
  const held = judged.flatMap(({ failed: one, hold }) =>
    hold === undefined || one.companion !== undefined ? [] : [{ failed: one, hold }],
  );
  const open = judged.flatMap(({ failed: one, hold }) => (hold === undefined ? [one] : []));
  const made = situation.made.filter(({ at }) => at > situation.now - HOUR);
  const goAhead: FailedWrite[] = [];
  let pauseFor: RollbackJudgement['pauseFor'];
  for (const group of groupBy(open, ({ commit }) => commit).values()) {
    // Nothing goes back for a failure that is held itself.
    const own = group.filter(({ companion }) => companion === undefined);
    if (own.length === 0) continue;
    pauseFor ??= limitOf([...made, ...goAhead], group, situation.limits);
    if (pauseFor === undefined) goAhead.push(...group);
    else for (const one of own) held.push({ failed: one, hold: pauseFor });
  }
  return pauseFor === undefined ? { goAhead, held } : { goAhead, held, pauseFor };
}

function holdOf(
  { application, check }: FailedWrite,
  all: readonly FailedWrite[],
  { now, latest, leadingSince, observation, checks, paused, isPaused, limits }: RollbackSituation,
): RollbackHold | undefined {
  if (paused instanceof Error) return { code: 'pause-unknown', facts: { error: paused } };
  if (paused) return { code: 'rollbacks-paused', facts: { what: 'rollbacks' } };
  if (isPaused(application)) return { code: 'rollbacks-paused', facts: { what: 'application' } };
  if (now < latest) return { code: 'clock-set-back', facts: { by: latest - now } };
  const until = leadingSince + observation(check);
  if (now < until) return { code: 'observation-too-short', facts: { until } };
  const outlook = checks.get(check);
  if (outlook?.isUnanswered === true)
    return { code: 'environment-at-fault', facts: { check, kind: 'unanswered' } };
  const known = new Set(
    all
      .filter((one) => one.check === check && one.companion === undefined)
      .map((one) => applicationKey(one.application)),
  );
  const failing = Math.max(outlook?.failing ?? 0, known.size);
  const watched = Math.max(outlook?.watched ?? 0, failing);
  if (failing > limits.environmentCount && failing > watched * limits.environmentShare)
    return { code: 'environment-at-fault', facts: { check, kind: 'share', failing, watched } };
  return undefined;
}

/** The limit that a group would go beyond. */
function limitOf(
  made: readonly Pick<MadeRollback, 'application'>[],
  group: readonly FailedWrite[],
  { perNamespace, perHour }: RollbackLimits,
): RollbackJudgement['pauseFor'] {
  const all = [...made, ...group];
  for (const { application } of group) {
    const { namespace } = application;
    if (all.filter((one) => one.application.namespace === namespace).length > perNamespace)
      return { code: 'rollback-limit', facts: { limit: perNamespace, namespace } };
  }
  return all.length > perHour ? { code: 'rollback-limit', facts: { limit: perHour } } : undefined;
}
