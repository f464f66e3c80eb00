import { joinKey } from '../core/identity/key.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import type { AnnouncedService } from '../ports/leadership.ts';

/** The fields of a Lease's `spec` that leader election uses, as client-go does. */
export interface LeaseRecord {
  /** `''`: nobody. */
  readonly holder: string;
  /** `leaseDurationSeconds`; 0 when it is missing. */
  readonly seconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often the holder has changed. */
  readonly transitions: number;
}

/** Equal for equal records only. */
export function recordKey({ holder, seconds, acquireTime, renewTime, transitions }: LeaseRecord): string {
  return joinKey(holder, String(seconds), acquireTime, renewTime, String(transitions));
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** A field of another type counts as missing. */
export function readRecord(lease: KubeObject): LeaseRecord {
  const spec = specOf(lease);
  return {
    holder: optionalText(spec['holderIdentity']) ?? '',
    seconds: positiveInteger(spec['leaseDurationSeconds']),
    acquireTime: optionalText(spec['acquireTime']),
    renewTime: optionalText(spec['renewTime']),
    transitions: positiveInteger(spec['leaseTransitions']),
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

/** Where something of the holder is reached by the other candidates. */
export type AnnouncedPlace = readonly [service: AnnouncedService, place: string | undefined];

/** The annotations that say where the holder is reached. */
const PLACES: Readonly<Record<AnnouncedService, string>> = {
  webhooks: 'lynceus/webhooks',
  status: 'lynceus/status',
  extension: 'lynceus/extension',
};

/** The Lease with the places of its holder, and without those of another one. */
export function withPlaces(lease: KubeObject, places: readonly AnnouncedPlace[]): KubeObject {
  const names: readonly string[] = Object.values(PLACES);
  const others = Object.entries(annotationsOf(lease)).filter(([name]) => !names.includes(name));
  const own = places.flatMap(([service, place]) => (place === undefined ? [] : [[PLACES[service], place]]));
  const annotations = Object.fromEntries([...others, ...own]) as Readonly<Record<string, string>>;
  return { ...lease, metadata: { ...lease.metadata, annotations } };
}

/** `undefined` when nobody holds the Lease, or its holder names none. */
export function placeOfHolder(lease: KubeObject, service: AnnouncedService): string | undefined {
  return readRecord(lease).holder === '' ? undefined : optionalText(annotationsOf(lease)[PLACES[service]]);
}

function annotationsOf({ metadata }: KubeObject): Readonly<Record<string, string>> {
  return metadata?.annotations ?? {};
}

export function emptyLease({ namespace, name }: LeaseName): KubeObject {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } };
}

/** The record once `identity` holds the Lease: renewed when it was the holder already, else acquired. */
export function acquiredBy(
  before: LeaseRecord | undefined,
  by: { readonly identity: string; readonly seconds: number },
  now: number,
): LeaseRecord {
  const time = microTime(now);
  const renewed = before?.holder === by.identity;
  const transitions = before === undefined ? 0 : before.transitions + (renewed ? 0 : 1);
  return {
    holder: by.identity,
    seconds: by.seconds,
    acquireTime: renewed ? (before.acquireTime ?? time) : time,
    renewTime: time,
    transitions,
  };
}

/** The record once nobody holds the Lease: as client-go leaves it behind. */
export function releasedFrom(before: LeaseRecord, now: number): LeaseRecord {
  const time = microTime(now);
  return { ...before, holder: '', seconds: 1, acquireTime: time, renewTime: time };
}

/** `metav1.MicroTime`: six digits after the point. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function specOf(lease: KubeObject): Readonly<Record<string, unknown>> {
  const { spec } = lease;
  return typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? { ...spec } : {};
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function positiveInteger(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
