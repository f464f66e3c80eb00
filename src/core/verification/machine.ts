import { formatDuration } from '../duration.ts';
import type { CheckSpec, Measurement } from './check-spec.ts';
import type {
  CheckTally,
  HealthyState,
  VerificationAction,
  VerificationEvent,
  VerificationState,
  VerificationTerms,
} from './verification-state.ts';
import { HEALTH_CHECK, SYNC_CHECK } from './verify-policy.ts';

/** A step of a verification. */
export interface VerificationStep {
  readonly state: VerificationState;
  readonly actions: readonly VerificationAction[];
}

/** Where every verification begins. */
export const JUST_WRITTEN: VerificationState = { kind: 'written' };

/**
 * The verification of one write. `now` is in milliseconds since 1970.
 *
 *   state    event                                          next
 *   -------  ---------------------------------------------  ---------------------------------------------
 *   written  synced                                         synced
 *   written  time: after syncDeadline, if it is automated   failed (sync)
 *   synced   healthy                                        healthy
 *   synced   degraded, since it was written                 failed (health)
 *   synced   time: after healthDeadline                     failed (health)
 *   healthy  all checks measured their count, and it is     verified
 *            healthy for healthyFor
 *   healthy  a check fails beyond its failureLimit          failed (the check)
 *   healthy  a check is inconclusive beyond its limit, has  inconclusive (the check)
 *            no answer too often in a row, or has measured
 *            its count without one success
 *   healthy  degraded more often than failureLimit          failed (health)
 *   healthy  time: healthDeadline after health was lost     failed (health)
 *   any      superseded                                     superseded
 *   any      ended                                          ended
 *
 * Every other pair keeps the state; so does everything once it has ended. What was degraded already before it was written is not
 * its fault: it may be what the write repairs. A clock that was set back makes no deadline pass.
 */
export function stepVerification(
  state: VerificationState,
  event: VerificationEvent,
  { terms, now }: { readonly terms: VerificationTerms; readonly now: number },
): VerificationStep {
  if (hasEnded(state)) return keep(state);
  if (event.kind === 'superseded' || event.kind === 'ended')
    return { state: { kind: event.kind }, actions: [] };
  switch (state.kind) {
    case 'written':
      return whenWritten(state, event, { terms, now });
    case 'synced':
      return whenSynced(state, event, { terms, now });
    case 'healthy':
      return whenHealthy(state, event, { terms, now });
  }
}

/** Whether nothing can happen to it any more. */
export function hasEnded(
  state: VerificationState,
): state is Exclude<VerificationState, { readonly kind: 'written' | 'synced' | 'healthy' }> {
  return state.kind !== 'written' && state.kind !== 'synced' && state.kind !== 'healthy';
}

type Event = Exclude<VerificationEvent, { readonly kind: 'superseded' | 'ended' }>;

interface Given {
  readonly terms: VerificationTerms;
  readonly now: number;
}

function keep(state: VerificationState): VerificationStep {
  return { state, actions: [] };
}

function whenWritten(
  state: Extract<VerificationState, { kind: 'written' }>,
  event: Event,
  given: Given,
): VerificationStep {
  const { terms, now } = given;
  const { syncDeadline } = terms.health;
  if (event.kind === 'synced') return keep({ kind: 'synced', at: event.at });
  if (event.kind !== 'time-passed' || !terms.isAutomated) return keep(state);
  if (now - terms.writtenAt < syncDeadline) return keep(state);
  return fail(
    SYNC_CHECK,
    `Argo CD had not synced it ${formatDuration(syncDeadline)} after it was written`,
    given,
  );
}

function whenSynced(
  state: Extract<VerificationState, { kind: 'synced' }>,
  event: Event,
  given: Given,
): VerificationStep {
  const { terms, now } = given;
  const { healthDeadline } = terms.health;
  switch (event.kind) {
    case 'healthy': {
      // The health of what was there before is none of this.
      const since = Math.max(event.since, state.at);
      const health = { kind: 'healthy', since } as const;
      return concluded({ kind: 'healthy', syncedAt: state.at, since, health, losses: 0, tallies: {} }, given);
    }
    case 'degraded':
      return event.since < terms.writtenAt ? keep(state) : fail(HEALTH_CHECK, 'it became Degraded', given);
    case 'time-passed':
      return now - state.at < healthDeadline
        ? keep(state)
        : fail(
            HEALTH_CHECK,
            `it was not healthy ${formatDuration(healthDeadline)} after it was synced`,
            given,
          );
    case 'synced':
    case 'unhealthy':
    case 'measured':
      return keep(state);
  }
}

function whenHealthy(state: HealthyState, event: Event, given: Given): VerificationStep {
  const { terms, now } = given;
  const { health } = state;
  switch (event.kind) {
    case 'healthy':
      if (health.kind === 'healthy' && health.since >= event.since) return concluded(state, given);
      // An older health that is told late says nothing of now.
      if (health.kind === 'lost' && event.since < health.since) return keep(state);
      return concluded({ ...state, health: { kind: 'healthy', since: event.since } }, given);
    case 'unhealthy':
      return event.since < health.since || health.kind === 'lost'
        ? keep(state)
        : keep({ ...state, health: { kind: 'lost', since: event.since } });
    case 'degraded':
      return degraded(state, event.since, given);
    case 'measured':
      return measured(state, event, given);
    case 'time-passed':
      if (health.kind === 'healthy') return concluded(state, given);
      if (now - health.since < terms.health.healthDeadline) return keep(state);
      return fail(HEALTH_CHECK, lostFor(terms), given);
    case 'synced':
      return keep(state);
  }
}

function lostFor({ health: { healthDeadline } }: VerificationTerms): string {
  return `it was healthy, and then was not for ${formatDuration(healthDeadline)}`;
}

/** Each time that it becomes degraded counts once, however often it is told. */
function degraded(state: HealthyState, since: number, given: Given): VerificationStep {
  const { health, losses } = state;
  const counted = health.kind === 'lost' ? health.degradedSince : undefined;
  if (since < health.since || (counted !== undefined && since <= counted)) return keep(state);
  const next = losses + 1;
  if (next > given.terms.health.failureLimit)
    return fail(HEALTH_CHECK, next === 1 ? 'it became Degraded' : `it became Degraded ${next} times`, given);
  const lost = health.kind === 'lost' ? health.since : since;
  return keep({ ...state, losses: next, health: { kind: 'lost', since: lost, degradedSince: since } });
}

function measured(
  state: HealthyState,
  { check: name, index, measurement }: Extract<Event, { kind: 'measured' }>,
  given: Given,
): VerificationStep {
  const check = given.terms.checks.find((one) => one.name === name);
  const before = tallyOf(state, name);
  if (check === undefined || index !== (before?.asked ?? 0) || isDone(before, check)) return keep(state);
  const tally = added(before, measurement);
  const { count, failureLimit, inconclusiveLimit, consecutiveErrorLimit } = check.timing;
  const { detail } = measurement;
  if (tally.failed > failureLimit) return fail(name, detail, given);
  if (tally.inconclusive > inconclusiveLimit) return undecided(name, detail, given);
  if (tally.unasked > consecutiveErrorLimit) return undecided(name, detail, given);
  if (tally.measured >= count && tally.succeeded === 0) return undecided(name, detail, given);
  return concluded({ ...state, tallies: { ...state.tallies, [name]: tally } }, given);
}

/** Of a check by whatever name, `__proto__` among them. */
export function tallyOf({ tallies }: HealthyState, name: string): CheckTally | undefined {
  return Object.hasOwn(tallies, name) ? tallies[name] : undefined;
}

/** What could not be asked is no answer: only how often in a row counts. What is pending counts not even there. */
function added(tally: CheckTally | undefined, measurement: Measurement): CheckTally {
  const before = tally ?? NOTHING_MEASURED;
  const asked = before.asked + 1;
  if (measurement.kind === 'inconclusive' && measurement.isUnasked) {
    const unasked = measurement.isPending === true ? 0 : before.unasked + 1;
    return { ...before, asked, unasked, last: measurement };
  }
  return {
    asked,
    measured: before.measured + 1,
    succeeded: before.succeeded + (measurement.kind === 'success' ? 1 : 0),
    failed: before.failed + (measurement.kind === 'failure' ? 1 : 0),
    inconclusive: before.inconclusive + (measurement.kind === 'inconclusive' ? 1 : 0),
    unasked: 0,
    last: measurement,
  };
}

const NOTHING_MEASURED = { asked: 0, measured: 0, succeeded: 0, failed: 0, inconclusive: 0, unasked: 0 };

/** Verified, if that is all. */
function concluded(state: HealthyState, { terms, now }: Given): VerificationStep {
  const { health } = state;
  const isHealthy = health.kind === 'healthy' && now - health.since >= terms.health.healthyFor;
  const isAll = terms.checks.every((check) => isDone(tallyOf(state, check.name), check));
  if (!isHealthy || !isAll) return keep(state);
  return {
    state: { kind: 'verified', ending: { outcome: 'verified', at: now } },
    actions: ['keep', 'notify'],
  };
}

function isDone(tally: CheckTally | undefined, { timing }: CheckSpec): boolean {
  return (tally?.measured ?? 0) >= timing.count;
}

function fail(check: string, detail: string, { terms, now }: Given): VerificationStep {
  const follows = terms.onFailure === 'notify' ? [] : [terms.onFailure];
  return {
    state: { kind: 'failed', ending: { outcome: 'failed', at: now, check, detail } },
    actions: [...follows, 'keep', 'notify'],
  };
}

function undecided(check: string, detail: string, { terms, now }: Given): VerificationStep {
  const follows: readonly VerificationAction[] = terms.onInconclusive === 'hold' ? ['hold'] : [];
  return {
    state: { kind: 'inconclusive', ending: { outcome: 'inconclusive', at: now, check, detail } },
    actions: [...follows, 'keep', 'notify'],
  };
}
