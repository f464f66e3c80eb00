import type { CheckSpec } from './check-spec.ts';
import { tallyOf } from './machine.ts';
import type { HealthyState, VerificationState, VerificationTerms } from './verification-state.ts';

/** A measurement that is to be made. */
export interface DueMeasurement {
  readonly check: CheckSpec;
  /** How often the check asked before. */
  readonly index: number;
  /** The time it is for, in milliseconds since 1970. */
  readonly at: number;
}

export interface MeasuringTerms extends Pick<VerificationTerms, 'checks'> {
  /** Whether a check gives the same answer for the same time, whenever it is asked. */
  readonly isReplayable: (check: CheckSpec) => boolean;
  /** Since when this process watches the write: what cannot be replayed is not measured for times before. */
  readonly watchedSince: number;
}

/**
 * The next measurement of each check, whether it is due or not. One that can be replayed is made for times that depend on nothing
 * but the write, so that every process makes the same; any other at its interval after the last.
 */
export function nextMeasurements(
  state: VerificationState,
  { checks, isReplayable, watchedSince }: MeasuringTerms,
): readonly DueMeasurement[] {
  if (state.kind !== 'healthy') return [];
  return checks.flatMap((check) => {
    const { delay, interval, count } = check.timing;
    const { asked: index, measured } = tallyOf(state, check.name) ?? { asked: 0, measured: 0 };
    if (measured >= count) return [];
    const begin = state.since + delay;
    const at = isReplayable(check)
      ? begin + index * interval
      : Math.max(begin, watchedSince, lastAt(state, check) + interval);
    return [{ check, index, at }];
  });
}

function lastAt(state: HealthyState, { name }: CheckSpec): number {
  return tallyOf(state, name)?.last.at ?? -Infinity;
}

/** When a state may change by time alone; `undefined` when it cannot. */
export function nextDeadline(
  state: VerificationState,
  { writtenAt, isAutomated, health }: Pick<VerificationTerms, 'writtenAt' | 'isAutomated' | 'health'>,
): number | undefined {
  switch (state.kind) {
    case 'written':
      return isAutomated ? writtenAt + health.syncDeadline : undefined;
    case 'synced':
      return state.at + health.healthDeadline;
    case 'healthy':
      return state.health.since + (state.health.kind === 'lost' ? health.healthDeadline : health.healthyFor);
    default:
      return undefined;
  }
}

/** How long the checks of a write take at least once it is healthy, in milliseconds. */
export function durationOf(checks: readonly CheckSpec[]): number {
  return Math.max(0, ...checks.map(({ timing: { delay, interval, count } }) => delay + interval * count));
}

const SLACK = 3_600_000;

/**
 * Whether a write that was found in the history is so old that its time was over for more than an hour, so that what is found now
 * says little of it. It is verified all the same, by what is measured now; but nothing is done to it.
 */
export function isLongOver(
  terms: Pick<VerificationTerms, 'writtenAt' | 'checks' | 'isAutomated' | 'health'>,
  { syncedAt, now }: { readonly syncedAt: number | undefined; readonly now: number },
): boolean {
  const { syncDeadline, healthDeadline, healthyFor } = terms.health;
  if (syncedAt === undefined && !terms.isAutomated) return false;
  const synced = syncedAt ?? terms.writtenAt + syncDeadline;
  return synced + healthDeadline + healthyFor + durationOf(terms.checks) + SLACK < now;
}
