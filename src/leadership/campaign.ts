import { asLynceusError } from '../errors.ts';
import { startCountdown } from './countdown.ts';
import { createFailureLog, type FailureLog } from './failure-log.ts';
import { createRival, type Rival } from './rival.ts';
import { claim, type Claim, type ClaimOptions, type Seat } from './seat.ts';

/**
 * Waits until nobody else leads, and takes the Lease. Goes on for as long as the API server does not answer; throws
 * `kube-denied` when it says that we may not, and the signal's reason when that is aborted.
 */
export async function campaign(seat: Seat, options: ClaimOptions): Promise<Claim> {
  const rival = createRival(seat);
  const failures = createFailureLog(seat.log, 'cannot ask for the lead');
  try {
    for (;;) {
      const taken = await attempt(seat, { ...options, rival, failures });
      if (taken !== undefined) return taken;
      await pause(seat, rival, options.signal);
    }
  } finally {
    rival.stop();
  }
}

interface Attempt extends ClaimOptions {
  readonly rival: Rival;
  readonly failures: FailureLog;
}

async function attempt(seat: Seat, { rival, failures, ...options }: Attempt): Promise<Claim | undefined> {
  try {
    const lease = await seat.calls.read(options.signal);
    const taken = rival.isGone(lease) ? await claim(seat, lease, options) : undefined;
    failures.over();
    return taken;
  } catch (thrown) {
    options.signal.throwIfAborted();
    const error = asLynceusError(thrown);
    if (error.code === 'kube-denied' && !error.retryable) throw error;
    // Somebody else was faster: the next look tells who.
    if (error.code !== 'kube-conflict') failures.tell(error);
    return undefined;
  }
}

/** Until the next look, or the moment in which the other is gone. */
async function pause({ clock, durations }: Seat, rival: Rival, signal: AbortSignal): Promise<void> {
  const next = startCountdown(clock, durations.retry, { signal });
  await Promise.race([next.ended, rival.ended() ?? next.ended]);
  next.stop();
}
