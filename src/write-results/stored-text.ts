import { LynceusError } from '../errors.ts';
import { CONFIG_MAPS, type KubeClient, type KubeObject } from '../kube/kube-client.ts';
import { within } from '../kube/within.ts';
import type { Clock } from '../ports/clock.ts';

/** Which ConfigMap. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** One text in a ConfigMap. All but `isRead` and `forget` throw `kube-…`. */
export interface StoredText {
  /** Whether it is known what is there, so that it can be written. */
  isRead(): boolean;
  /** `''` when there is none. */
  read(signal: AbortSignal): Promise<string>;
  /** Writes it, unless it is there already. Throws `kube-conflict` when somebody wrote since it was read. */
  write(text: string, signal: AbortSignal): Promise<void>;
  forget(): void;
}

export interface StoredTextOptions {
  readonly kube: KubeClient;
  readonly place: Place;
  /** The key of its data. */
  readonly field: string;
  readonly clock: Clock;
}

/** For one call, in milliseconds. */
const PATIENCE = 10_000;

type Stored = { readonly kind: 'unread' | 'absent' } | { readonly kind: 'read'; readonly object: KubeObject };

/** What else is in the ConfigMap stays as it is. */
export function createStoredText({ kube, place, field, clock }: StoredTextOptions): StoredText {
  let stored: Stored = { kind: 'unread' };
  const ask = <T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    within({ clock, milliseconds: PATIENCE, signal }, call);

  async function create(text: string, signal: AbortSignal): Promise<KubeObject> {
    const { namespace } = place;
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...place }, data: { [field]: text } };
    return await ask(signal, (own) => kube.create(CONFIG_MAPS, { namespace, body }, own));
  }

  return {
    isRead: () => stored.kind !== 'unread',
    async read(signal) {
      const object = await unlessMissing(ask(signal, (own) => kube.get(CONFIG_MAPS, place, own)));
      stored = object === undefined ? { kind: 'absent' } : { kind: 'read', object };
      return textIn(object, field);
    },
    async write(text, signal) {
      if (stored.kind !== 'read') {
        stored = { kind: 'read', object: await create(text, signal) };
        return;
      }
      const { object } = stored;
      if (textIn(object, field) === text) return;
      const data = { ...(object['data'] as Readonly<Record<string, unknown>> | undefined), [field]: text };
      const body = { ...object, data };
      const now = await ask(signal, (own) => kube.replace(CONFIG_MAPS, { ...place, body }, own));
      stored = { kind: 'read', object: now };
    },
    forget: () => (stored = { kind: 'unread' }),
  };
}

async function unlessMissing(asked: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code === 'kube-not-found') return undefined;
    throw thrown;
  }
}

/** What somebody else put there instead of a text is none. */
function textIn(object: KubeObject | undefined, field: string): string {
  const data = object?.['data'];
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, field)) return '';
  const text = (data as Readonly<Record<string, unknown>>)[field];
  return typeof text === 'string' ? text : '';
}
