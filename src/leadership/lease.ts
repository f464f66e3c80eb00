import { asLynceusError, LynceusError } from '../errors.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { within } from '../kube/within.ts';
import type { Clock } from '../ports/clock.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Log } from '../ports/log.ts';
import { campaign } from './campaign.ts';
import { checkDurations, type LeaseDurations } from './durations.ts';
import { createLeaseCalls } from './lease-calls.ts';
import { givenAway, readRecord, withRecord, type LeaseName } from './lease-record.ts';
import { createLosing, type Losing } from './losing.ts';
import type { Seat } from './seat.ts';
import { keepRenewing } from './term.ts';

export interface LeaseLeadershipOptions {
  readonly kube: KubeClient;
  /** The same for all that compete. */
  readonly lease: LeaseName;
  /** Of this process alone, and another after a restart: whoever bears the holder's name takes the Lease at once. */
  readonly identity: string;
  readonly durations?: Partial<LeaseDurations>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Term {
  readonly losing: Losing;
  /** Resolves when nothing is renewed any more. */
  readonly done: Promise<void>;
}

/**
 * Whoever holds a Lease (coordination.k8s.io/v1) leads. It is renewed in the background; when that fails for longer than
 * `renew`, or somebody else holds it, `lost` is aborted, which is before anybody else may lead. Besides an abort,
 * `acquire` rejects only with `kube-denied`, when the service account was never allowed to use the Lease.
 */
export function createLeaseLeadership(options: LeaseLeadershipOptions): Leadership {
  const { clock, lease, identity } = options;
  const durations = checkDurations(options.durations);
  if (identity === '')
    throw new LynceusError('config-invalid', 'expected a name of this process, found none');
  const log = options.log.with({ lease: `${lease.namespace}/${lease.name}`, identity });
  // Twice before the deadline, so that one answer that never comes does not cost the lead.
  const limit = durations.renew / 2;
  const calls = createLeaseCalls({ ...options, limit });
  const seat: Seat = { calls, identity, durations, clock, log };
  let term: Term | undefined;
  let asked = false;

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      asked = true;
      if (term?.losing.signal.aborted === true) await term.done;
      while (term === undefined || term.losing.signal.aborted) term = await begin(seat, signal);
      return { lost: term.losing.signal };
    },
    async release() {
      term?.losing.end();
      await term?.done;
      term = undefined;
      if (!asked) return;
      const { signal } = new AbortController();
      try {
        await within({ clock, milliseconds: limit, signal }, (one) => giveAway(seat, one));
      } catch (thrown) {
        log.warn('cannot give the lead away, others wait until it has expired', {
          err: asLynceusError(thrown),
        });
      }
    },
  };
}

async function begin(seat: Seat, signal: AbortSignal): Promise<Term> {
  const losing = createLosing((reason) => seat.log.warn('lost the lead', { reason }));
  const first = await campaign(seat, { signal, losing });
  if (!losing.signal.aborted) seat.log.info('leading');
  return { losing, done: keepRenewing(seat, first, losing) };
}

/** Also when we do not know that it is ours: the answer to the request that took it may have been lost. */
async function giveAway({ calls, identity, clock, log }: Seat, signal: AbortSignal): Promise<void> {
  const present = await calls.read(signal);
  if (present === undefined) return;
  const record = readRecord(present);
  if (record.holder !== identity) return;
  await calls.write(present, (one) => withRecord(one, givenAway(record, clock.now())), signal);
  log.info('gave the lead away');
}
