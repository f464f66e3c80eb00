import { asLynceusError, LynceusError } from '../errors.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { startCountdown, type Countdown } from './countdown.ts';
import type { LeaseClient } from './lease-client.ts';
import {
  acquiredBy,
  readRecord,
  recordKey,
  withPlaces,
  withRecord,
  type AnnouncedPlace,
} from './lease-record.ts';

/** In milliseconds; the names and their meaning are those of client-go. */
export interface LeaseTiming {
  /** How long others wait after the last renewal that they saw before they acquire the Lease; whole seconds. */
  readonly leaseDuration: number;
  /** How long after its last successful renewal the holder still acts. */
  readonly renewDeadline: number;
  /** Time between two attempts to acquire, and between two renewals. */
  readonly retryPeriod: number;
}

/** A process that wants to hold a Lease. */
export interface LeaseCandidate {
  readonly leases: LeaseClient;
  readonly identity: string;
  readonly timing: LeaseTiming;
  /** Where this candidate is reached, for the Lease to tell the others. */
  readonly places: () => readonly AnnouncedPlace[];
  readonly clock: Clock;
  readonly log: Log;
}

/** The time in which a candidate holds the Lease, from its first attempt to acquire it. */
export interface Holding {
  /** Aborted when the candidate may not act any more. */
  readonly lost: AbortSignal;
  /** Only the first reason counts. */
  lose(reason: string): void;
  /** Ends it on purpose, without a line in the log. */
  end(): void;
}

export function startHolding(log: Log): Holding {
  const controller = new AbortController();
  const abort = (reason: string): void =>
    controller.abort(new LynceusError('aborted', `this process does not lead any more: ${reason}`));
  return {
    lost: controller.signal,
    lose(reason) {
      if (controller.signal.aborted) return;
      abort(reason);
      log.warn('lost the lead', { reason });
    },
    end: () => abort('it has given the lead away'),
  };
}

/** The Lease is ours until the deadline. */
export interface HeldLease {
  readonly lease: KubeObject;
  readonly deadline: Countdown;
  /** In milliseconds since 1970. */
  readonly requestedAt: number;
}

/**
 * Waits until nobody else holds the Lease, and acquires it. Goes on for as long as the API server does not answer; throws
 * `kube-denied` when we were never allowed to, and the signal's reason when that is aborted.
 */
export async function acquireLease(
  candidate: LeaseCandidate,
  holding: Holding,
  signal: AbortSignal,
): Promise<HeldLease> {
  const { clock, timing, log, leases } = candidate;
  const holder = observeHolder(candidate);
  const failures = createFailureLog(log, 'cannot ask for the lead');
  try {
    for (;;) {
      try {
        const lease = await leases.read(signal);
        const held = holder.isGone(lease)
          ? await requestLease(candidate, lease, { holding, signal })
          : undefined;
        failures.clear();
        if (held !== undefined) return held;
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asLynceusError(thrown);
        if (error.code === 'kube-denied' && !error.retryable) throw error;
        // On a conflict somebody else was faster: the next attempt shows who.
        if (error.code !== 'kube-conflict') failures.add(error);
      }
      const next = startCountdown(clock, timing.retryPeriod, { signal });
      await Promise.race([next.ended, holder.expired() ?? next.ended]);
      next.stop();
    }
  } finally {
    holder.stop();
  }
}

/**
 * A holder is gone when its record has not changed for as long as the lease lasts, counted from when we saw it first:
 * its times are of a clock that may be wrong, so they are compared with each other only. A Lease that has vanished may
 * still have a holder that does not know yet.
 */
function observeHolder({ identity, timing, clock, log }: LeaseCandidate) {
  let observed = '';
  let holder = '';
  let countdown: Countdown | undefined;
  return {
    /** Whether the Lease may be acquired, now that this is what it holds. */
    isGone(lease: KubeObject | undefined): boolean {
      if (lease === undefined) return countdown === undefined || countdown.over;
      const record = readRecord(lease);
      if (record.holder === '' || record.holder === identity) return true;
      const key = recordKey(record);
      if (key === observed) return countdown?.over === true;
      observed = key;
      countdown?.stop();
      countdown = startCountdown(clock, Math.max(timing.leaseDuration, record.seconds * 1_000));
      if (record.holder !== holder) log.info('somebody else leads, waiting', { holder: record.holder });
      holder = record.holder;
      return false;
    },
    /** Resolves when the lease of a holder may be over; `undefined` when there is none. */
    expired: () => (countdown === undefined || countdown.over ? undefined : countdown.ended),
    stop: () => countdown?.stop(),
  };
}

/**
 * Renews the Lease until it is lost: because its deadline passes, because somebody else holds it, or because it is ended.
 * Resolves when no request of it is under way any more.
 */
export async function keepRenewing(
  candidate: LeaseCandidate,
  first: HeldLease,
  holding: Holding,
): Promise<void> {
  const { clock, timing, log } = candidate;
  const { lost } = holding;
  const failures = createFailureLog(log, 'cannot renew the lead');
  let held = first;
  const spent = Math.max(0, clock.now() - first.requestedAt);
  let pace = startCountdown(clock, Math.max(0, timing.retryPeriod - spent), { signal: lost });
  for (;;) {
    await pace.ended;
    if (lost.aborted) break;
    // It runs beside the attempt: one that took long is followed by the next at once.
    pace = startCountdown(clock, timing.retryPeriod, { signal: lost });
    try {
      const renewed = await renewLease(candidate, held.lease, holding);
      if (renewed === undefined) break;
      held.deadline.stop();
      held = renewed;
      failures.clear();
    } catch (thrown) {
      if (lost.aborted) break;
      failures.add(asLynceusError(thrown));
    }
  }
  held.deadline.stop();
}

/** `undefined` when it is lost. */
async function renewLease(
  candidate: LeaseCandidate,
  known: KubeObject,
  holding: Holding,
): Promise<HeldLease | undefined> {
  const options = { holding, signal: holding.lost };
  try {
    return await requestLease(candidate, known, options);
  } catch (thrown) {
    const { code } = asLynceusError(thrown);
    if (code !== 'kube-conflict' && code !== 'kube-not-found') throw thrown;
  }
  // It may be our own renewal whose answer was lost, or somebody has added a label.
  const present = await candidate.leases.read(holding.lost);
  const holder = present === undefined ? candidate.identity : readRecord(present).holder;
  if (holder === candidate.identity) return requestLease(candidate, present, options);
  holding.lose(holder === '' ? 'somebody has emptied the Lease' : `${holder} leads`);
  return undefined;
}

/**
 * Acquires or renews the Lease. The countdown begins before the request is sent, and everybody else counts from when they
 * see what the request has done: ours is over first, however slow the answer is and whatever the clocks show.
 */
async function requestLease(
  { leases, identity, timing, places, clock }: LeaseCandidate,
  present: KubeObject | undefined,
  { holding, signal }: { readonly holding: Holding; readonly signal: AbortSignal },
): Promise<HeldLease> {
  const deadline = startCountdown(clock, timing.renewDeadline, {
    onOver: () => holding.lose(`it could not be renewed for ${timing.renewDeadline / 1_000} s`),
  });
  const before = present === undefined ? undefined : readRecord(present);
  const requestedAt = clock.now();
  const record = acquiredBy(before, { identity, seconds: timing.leaseDuration / 1_000 }, requestedAt);
  try {
    const change = (one: KubeObject): KubeObject => withPlaces(withRecord(one, record), places());
    const lease = await leases.write(present, change, signal);
    return { lease, deadline, requestedAt };
  } catch (thrown) {
    deadline.stop();
    throw thrown;
  }
}

/** Warns once of each kind of failure in a row, so that an API server that is down does not fill the log. */
function createFailureLog(log: Log, message: string) {
  let last: string | undefined;
  return {
    add(err: LynceusError): void {
      log[err.code === last ? 'debug' : 'warn'](message, { err });
      last = err.code;
    },
    clear(): void {
      last = undefined;
    },
  };
}
