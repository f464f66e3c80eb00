import { parseDuration } from '../core/duration.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { within } from '../kube/within.ts';
import type { Clock } from '../ports/clock.ts';
import type { AnnouncedService, Leadership } from '../ports/leadership.ts';
import type { Log } from '../ports/log.ts';
import {
  acquireLease,
  keepRenewing,
  startHolding,
  type LeaseCandidate,
  type Holding,
  type LeaseTiming,
} from './lease-candidate.ts';
import { createLeaseClient } from './lease-client.ts';
import { placeOfHolder, readRecord, releasedFrom, withRecord, type LeaseName } from './lease-record.ts';

export interface LeaseLeadershipOptions {
  readonly kube: KubeClient;
  /** The same for all candidates. */
  readonly lease: LeaseName;
  /** Of this process alone, and another after a restart: whoever has the holder's name acquires the Lease at once. */
  readonly identity: string;
  /** In milliseconds; 10 s when omitted. */
  readonly leaseDuration?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const DEFAULT_LEASE_DURATION = 10_000;

/**
 * Whoever holds a Lease (coordination.k8s.io/v1) leads. It is renewed in the background; when that fails for longer than
 * `renewDeadline`, or somebody else holds it, `lost` is aborted, which is before anybody else may lead. Besides an abort,
 * `acquire` rejects only with `kube-denied`, when the service account was never allowed to use the Lease.
 */
export function createLeaseLeadership(options: LeaseLeadershipOptions): Leadership {
  const { clock, lease, identity } = options;
  const timing = timingFor(options.leaseDuration ?? DEFAULT_LEASE_DURATION);
  if (identity === '')
    throw new LynceusError('config-invalid', 'expected a name of this process, found none');
  const log = options.log.with({ lease: `${lease.namespace}/${lease.name}`, identity });
  // Twice before the deadline, so that one answer that never comes does not cost the lead.
  const limit = timing.renewDeadline / 2;
  const candidate: LeaseCandidate = {
    leases: createLeaseClient({ ...options, limit }),
    identity,
    timing,
    places: () => [...places].map(([service, place]) => [service, place()] as const),
    clock,
    log,
  };
  const places = new Map<AnnouncedService, () => string | undefined>();
  let current: Leading | undefined;
  let asked = false;

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      asked = true;
      if (current?.holding.lost.aborted === true) await current.done;
      while (current === undefined || current.holding.lost.aborted) current = await lead(candidate, signal);
      return { lost: current.holding.lost };
    },
    announce(service, place) {
      places.set(service, place);
    },
    async leaderPlace(service, signal) {
      const lease = await candidate.leases.read(signal);
      return lease === undefined ? undefined : placeOfHolder(lease, service);
    },
    async release() {
      current?.holding.end();
      await current?.done;
      current = undefined;
      if (!asked) return;
      const { signal } = new AbortController();
      try {
        await within({ clock, milliseconds: limit, signal }, (one) => releaseLease(candidate, one));
      } catch (thrown) {
        log.warn('cannot give the lead away, others wait until it has expired', {
          err: asLynceusError(thrown),
        });
      }
    },
  };
}

interface Leading {
  readonly holding: Holding;
  /** Resolves when nothing is renewed any more. */
  readonly done: Promise<void>;
}

async function lead(candidate: LeaseCandidate, signal: AbortSignal): Promise<Leading> {
  const holding = startHolding(candidate.log);
  const first = await acquireLease(candidate, holding, signal);
  if (!holding.lost.aborted) candidate.log.info('leading');
  return { holding, done: keepRenewing(candidate, first, holding) };
}

/**
 * A lease of 10 s is renewed every 2 s, and let go when that has failed for 7 s; others in the same proportion, so that a
 * holder lets go before anybody else may acquire. Throws `config-invalid` unless it is whole seconds.
 */
function timingFor(leaseDuration: number): LeaseTiming {
  if (leaseDuration >= 1_000 && leaseDuration % 1_000 === 0)
    return { leaseDuration, renewDeadline: leaseDuration * 0.7, retryPeriod: leaseDuration * 0.2 };
  throw new LynceusError(
    'config-invalid',
    `expected a lease of whole seconds such as 10s, found ${leaseDuration} ms`,
  );
}

/** `15s` in milliseconds; `undefined` when nothing is given. Throws `config-invalid` when it is no duration. */
export function parseLeaseDuration(text = ''): number | undefined {
  if (text === '') return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new LynceusError('config-invalid', `expected a lease of whole seconds such as 10s, found ${text}`);
}

/** Also when we do not know that it is ours: the answer to the request that acquired it may have been lost. */
async function releaseLease(
  { leases, identity, clock, log }: LeaseCandidate,
  signal: AbortSignal,
): Promise<void> {
  const present = await leases.read(signal);
  if (present === undefined) return;
  const record = readRecord(present);
  if (record.holder !== identity) return;
  await leases.write(present, (one) => withRecord(one, releasedFrom(record, clock.now())), signal);
  log.info('gave the lead away');
}
