import { asLynceusError } from '../errors.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { startCountdown } from './countdown.ts';
import { createFailureLog } from './failure-log.ts';
import { readRecord } from './lease-record.ts';
import type { Losing } from './losing.ts';
import { claim, type Claim, type Seat } from './seat.ts';

/**
 * Renews the Lease until it is lost: because its deadline passes, because somebody else holds it, or because we are told
 * to end. Resolves when nothing of it is under way any more.
 */
export async function keepRenewing(seat: Seat, first: Claim, losing: Losing): Promise<void> {
  const { signal } = losing;
  const failures = createFailureLog(seat.log, 'cannot renew the lead');
  let held = first;
  const spent = Math.max(0, seat.clock.now() - first.at);
  let pace = startCountdown(seat.clock, Math.max(0, seat.durations.retry - spent), { signal });
  for (;;) {
    await pace.ended;
    if (signal.aborted) break;
    // It runs beside the attempt: one that took long is followed by the next at once.
    pace = startCountdown(seat.clock, seat.durations.retry, { signal });
    try {
      const renewed = await renew(seat, held.lease, losing);
      if (renewed === undefined) break;
      held.deadline.stop();
      held = renewed;
      failures.over();
    } catch (thrown) {
      if (signal.aborted) break;
      failures.tell(asLynceusError(thrown));
    }
  }
  pace.stop();
  held.deadline.stop();
}

/** `undefined` when it is lost. */
async function renew(seat: Seat, known: KubeObject, losing: Losing): Promise<Claim | undefined> {
  const options = { signal: losing.signal, losing };
  try {
    return await claim(seat, known, options);
  } catch (thrown) {
    const { code } = asLynceusError(thrown);
    if (code !== 'kube-conflict' && code !== 'kube-not-found') throw thrown;
  }
  // It may be our own renewal whose answer was lost, or somebody has added a label.
  const present = await seat.calls.read(losing.signal);
  const holder = present === undefined ? seat.identity : readRecord(present).holder;
  if (holder === seat.identity) return claim(seat, present, options);
  losing.lose(holder === '' ? 'somebody has emptied the Lease' : `${holder} leads`);
  return undefined;
}
