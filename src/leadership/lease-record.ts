import type { KubeObject } from '../kube/kube-client.ts';

/** What a Lease says: the fields of `spec` that leader election uses, as client-go does. */
export interface LeaseRecord {
  /** `''`: nobody. */
  readonly holder: string;
  /** `leaseDurationSeconds`; 0 when it is not said. */
  readonly seconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often the holder has changed. */
  readonly transitions: number;
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** Anything that is not as it should be counts as not said. */
export function readRecord(lease: KubeObject): LeaseRecord {
  const spec = specOf(lease);
  return {
    holder: textOf(spec['holderIdentity']) ?? '',
    seconds: wholeOf(spec['leaseDurationSeconds']),
    acquireTime: textOf(spec['acquireTime']),
    renewTime: textOf(spec['renewTime']),
    transitions: wholeOf(spec['leaseTransitions']),
  };
}

/** The Lease with this record; whatever else is in it stays. */
export function withRecord(lease: KubeObject, record: LeaseRecord): KubeObject {
  return {
    ...lease,
    spec: {
      ...specOf(lease),
      holderIdentity: record.holder,
      leaseDurationSeconds: record.seconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
}

export function emptyLease({ namespace, name }: LeaseName): KubeObject {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } };
}

export interface Taking {
  readonly identity: string;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The record once `identity` has it: renewed when it was the holder already, else taken over. */
export function takenBy(before: LeaseRecord | undefined, { identity, seconds, now }: Taking): LeaseRecord {
  const time = microTime(now);
  const renewed = before?.holder === identity;
  const transitions = before === undefined ? 0 : before.transitions + (renewed ? 0 : 1);
  return {
    holder: identity,
    seconds,
    acquireTime: renewed ? (before.acquireTime ?? time) : time,
    renewTime: time,
    transitions,
  };
}

/** The record once nobody has it: as client-go leaves it behind. */
export function givenAway(before: LeaseRecord, now: number): LeaseRecord {
  const time = microTime(now);
  return { ...before, holder: '', seconds: 1, acquireTime: time, renewTime: time };
}

/** `metav1.MicroTime`: six digits after the point. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function specOf(lease: KubeObject): Readonly<Record<string, unknown>> {
  const { spec } = lease;
  return typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? { ...spec } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function wholeOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
