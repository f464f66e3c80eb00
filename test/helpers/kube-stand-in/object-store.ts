import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, KubeResource } from '../../../src/kube/kube-client.ts';

export type StoredType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change, as the history of the store keeps it. */
export interface StoredEvent {
  readonly type: StoredType;
  readonly version: number;
  readonly object: KubeObject;
  /** What was there before; `undefined` for an addition. */
  readonly before: KubeObject | undefined;
}

/** What is asked of a resource, without its version. */
export type ResourceName = Pick<KubeResource, 'group' | 'plural'>;

type Listener = (event: StoredEvent) => void;

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  history: StoredEvent[];
  readonly listeners: Set<Listener>;
}

export interface ObjectStore {
  /** The version of the last change, over all resources. */
  readonly version: number;
  /** Changes up to here are forgotten. */
  readonly compacted: number;
  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
  /** By namespace and name; of all namespaces without one. */
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  /** Creates or replaces without asking for a version. Answers what is stored; equal content is no change. */
  put(resource: ResourceName, object: KubeObject): KubeObject;
  delete(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
  /** Changes after `version`. */
  since(resource: ResourceName, version: number): readonly StoredEvent[];
  listen(resource: ResourceName, listener: Listener): () => void;
  compact(): void;
}

/** Objects of all resources with one rising version, as etcd keeps them. Objects are never changed, only replaced. */
export function createObjectStore(): ObjectStore {
  const shelves = new Map<string, Shelf>();
  let version = 999;
  let compacted = 0;

  function shelfOf({ group, plural }: ResourceName): Shelf {
    const key = `${group}/${plural}`;
    const known = shelves.get(key);
    if (known !== undefined) return known;
    const made: Shelf = { objects: new Map(), history: [], listeners: new Set() };
    shelves.set(key, made);
    return made;
  }

  function record(shelf: Shelf, event: Omit<StoredEvent, 'version'>): void {
    const stored: StoredEvent = { ...event, version };
    shelf.history.push(stored);
    for (const listener of shelf.listeners) listener(stored);
  }

  return {
    get version() {
      return version;
    },
    get compacted() {
      return compacted;
    },
    get: (resource, namespace, name) => shelfOf(resource).objects.get(`${namespace}/${name}`),
    list(resource, namespace) {
      const all = [...shelfOf(resource).objects.entries()];
      return all
        .filter(([, object]) => namespace === undefined || object.metadata?.namespace === namespace)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object);
    },
    put(resource, given) {
      const shelf = shelfOf(resource);
      const { namespace = '', name = '' } = given.metadata ?? {};
      const key = `${namespace}/${name}`;
      const before = shelf.objects.get(key);
      if (before !== undefined && sameContent(before, given)) return before;
      version += 1;
      const object = stamped(given, before, version);
      shelf.objects.set(key, object);
      record(shelf, { type: before === undefined ? 'ADDED' : 'MODIFIED', object, before });
      return object;
    },
    delete(resource, namespace, name) {
      const shelf = shelfOf(resource);
      const before = shelf.objects.get(`${namespace}/${name}`);
      if (before === undefined) return undefined;
      version += 1;
      shelf.objects.delete(`${namespace}/${name}`);
      const metadata = { ...before.metadata, resourceVersion: String(version) };
      record(shelf, { type: 'DELETED', object: { ...before, metadata }, before });
      return before;
    },
    since: (resource, after) => shelfOf(resource).history.filter((event) => event.version > after),
    listen(resource, listener) {
      const { listeners } = shelfOf(resource);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact() {
      // A compaction is a change of its own, so that the version of the last event is too old as well.
      version += 1;
      compacted = version;
      for (const shelf of shelves.values()) shelf.history = [];
    },
  };
}

function stamped(given: KubeObject, before: KubeObject | undefined, version: number): KubeObject {
  const generation = Number(before?.metadata?.['generation'] ?? 0);
  const sameSpec = before !== undefined && isDeepStrictEqual(before['spec'], given['spec']);
  return structuredClone({
    ...given,
    metadata: {
      ...given.metadata,
      uid: before?.metadata?.['uid'] ?? given.metadata?.['uid'] ?? randomUUID(),
      creationTimestamp:
        before?.metadata?.['creationTimestamp'] ??
        given.metadata?.['creationTimestamp'] ??
        '2026-01-01T00:00:00Z',
      generation: sameSpec ? generation : generation + 1,
      resourceVersion: String(version),
    },
  });
}

function sameContent(before: KubeObject, given: KubeObject): boolean {
  const { uid, creationTimestamp, generation, resourceVersion } = before.metadata ?? {};
  const metadata = { ...given.metadata, uid, creationTimestamp, generation, resourceVersion };
  return isDeepStrictEqual(before, { ...given, metadata });
}
