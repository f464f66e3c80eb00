import type { KubeObject } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { startCountdown, type Countdown } from './countdown.ts';
import type { LeaseDurations } from './durations.ts';
import type { LeaseCalls } from './lease-calls.ts';
import { readRecord, takenBy, withRecord } from './lease-record.ts';
import type { Losing } from './losing.ts';

/** What is competed for, and by whom. */
export interface Seat {
  readonly calls: LeaseCalls;
  readonly identity: string;
  readonly durations: LeaseDurations;
  readonly clock: Clock;
  readonly log: Log;
}

/** The Lease is ours until the deadline. */
export interface Claim {
  readonly lease: KubeObject;
  readonly deadline: Countdown;
  /** When it was asked for, in milliseconds since 1970. */
  readonly at: number;
}

export interface ClaimOptions {
  readonly signal: AbortSignal;
  /** Told when the deadline is over before somebody has stopped it. */
  readonly losing: Losing;
}

/**
 * Takes or renews the Lease. The countdown begins before the request is sent, and everybody else counts from when they
 * see what the request has done: ours is over first, however slow the answer is and whatever the clocks say.
 */
export async function claim(
  { calls, identity, durations, clock }: Seat,
  present: KubeObject | undefined,
  { signal, losing }: ClaimOptions,
): Promise<Claim> {
  const deadline = startCountdown(clock, durations.renew, {
    onOver: () => losing.lose(`it could not be renewed for ${durations.renew / 1_000} s`),
  });
  const before = present === undefined ? undefined : readRecord(present);
  const at = clock.now();
  const record = takenBy(before, { identity, seconds: durations.lease / 1_000, now: at });
  try {
    return { lease: await calls.write(present, (lease) => withRecord(lease, record), signal), deadline, at };
  } catch (thrown) {
    deadline.stop();
    throw thrown;
  }
}
