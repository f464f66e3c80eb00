import { asLynceusError, LynceusError } from '../errors.ts';
import { LEASES, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import { within } from '../kube/within.ts';
import type { Clock } from '../ports/clock.ts';
import { emptyLease, type LeaseName } from './lease-record.ts';

/** The Lease in the cluster. Every call ends within `limit`. */
export interface LeaseClient {
  /** `undefined` when there is none. */
  read(signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Throws `kube-conflict` when it has changed since `present` was read. */
  write(
    present: KubeObject | undefined,
    change: (lease: KubeObject) => KubeObject,
    signal: AbortSignal,
  ): Promise<KubeObject>;
}

export interface LeaseClientOptions {
  readonly kube: KubeClient;
  readonly lease: LeaseName;
  readonly clock: Clock;
  /** Milliseconds for one call. */
  readonly limit: number;
}

type Verb = 'get' | 'create' | 'update';

/**
 * A refusal of what was never allowed needs a person (`retryable: false`); after it was allowed once it may pass by
 * itself, as when roles are replaced.
 */
export function createLeaseClient({ kube, lease, clock, limit }: LeaseClientOptions): LeaseClient {
  const allowed = new Set<Verb>();

  async function ask<T>(
    verb: Verb,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      const answer = await within({ clock, milliseconds: limit, signal }, run);
      allowed.add(verb);
      return answer;
    } catch (thrown) {
      const error = asLynceusError(thrown);
      if (error.code === 'kube-denied') throw denied(lease, error, allowed.has(verb));
      if (['kube-not-found', 'kube-conflict'].includes(error.code)) allowed.add(verb);
      throw error;
    }
  }

  return {
    async read(signal) {
      try {
        return await ask('get', signal, (one) => kube.get(LEASES, lease, one));
      } catch (thrown) {
        if (thrown instanceof LynceusError && thrown.code === 'kube-not-found') return undefined;
        throw thrown;
      }
    },
    write(present, change, signal) {
      const body = change(present ?? emptyLease(lease));
      if (present === undefined) {
        const { namespace } = lease;
        return ask('create', signal, (one) => kube.create(LEASES, { namespace, body }, one));
      }
      return ask('update', signal, (one) => kube.replace(LEASES, { ...lease, body }, one));
    },
  };
}

function denied({ namespace, name }: LeaseName, error: LynceusError, retryable: boolean): LynceusError {
  return new LynceusError(
    'kube-denied',
    `Lease ${namespace}/${name}, by which it is decided who leads, cannot be used: ${error.message}`,
    {
      cause: error,
      retryable,
      hint: `allow the service account to get, create and update leases of coordination.k8s.io in namespace ${namespace}`,
    },
  );
}
