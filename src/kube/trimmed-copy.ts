import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { KubeObject } from './kube-client.ts';

export interface TrimmedCopyOptions<T> {
  readonly trim: (object: KubeObject) => T | undefined;
  readonly key: (object: KubeObject) => string;
  readonly log: Log;
  readonly onChange: (change: CopyChange<T>) => void;
}

export interface CopyChange<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** A list that is under way. */
interface Draft {
  add(object: KubeObject): void;
  /** Replaces what is kept, and reports every difference if `report` is set. */
  publish(report: boolean): void;
}

export interface TrimmedCopy<T> {
  readonly items: ReadonlyMap<string, T>;
  draft(): Draft;
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void;
}

/** What is kept of an object, and of which version it is. */
interface Entry<T> {
  readonly value: T;
  readonly version: string | undefined;
}

/**
 * The part of the objects that is wanted, and nothing of the rest: each is trimmed as soon as it is seen. What is kept of an
 * object stays the same object until that part changes, however often the rest does.
 */
export function createTrimmedCopy<T>({ trim, key, log, onChange }: TrimmedCopyOptions<T>): TrimmedCopy<T> {
  let entries = new Map<string, Entry<T>>();
  let items = new Map<string, T>();

  function cut(name: string, object: KubeObject): Entry<T> | undefined {
    try {
      const value = trim(object);
      if (value === undefined) return undefined;
      const known = entries.get(name)?.value;
      const isSame = known !== undefined && isDeepStrictEqual(known, value);
      return { value: isSame ? known : value, version: object.metadata?.resourceVersion };
    } catch (error) {
      log.warn('an object of the cluster cannot be used', { object: name, reason: messageOf(error) });
      return undefined;
    }
  }

  function reportChange(name: string, before: T | undefined, after: T | undefined): void {
    if (before !== after) onChange({ key: name, before, after });
  }

  function set(name: string, entry: Entry<T> | undefined): void {
    if (entry === undefined) {
      entries.delete(name);
      items.delete(name);
    } else {
      entries.set(name, entry);
      items.set(name, entry.value);
    }
  }

  return {
    get items() {
      return items;
    },
    draft() {
      const next = new Map<string, Entry<T>>();
      return {
        add(object) {
          const name = key(object);
          const known = entries.get(name);
          const version = object.metadata?.resourceVersion;
          const entry = known !== undefined && known.version === version ? known : cut(name, object);
          if (entry !== undefined) next.set(name, entry);
        },
        publish(report) {
          const old = items;
          entries = next;
          items = new Map([...next].map(([name, { value }]) => [name, value]));
          if (!report) return;
          for (const [name, value] of items) reportChange(name, old.get(name), value);
          for (const [name, value] of old) if (!items.has(name)) reportChange(name, value, undefined);
        },
      };
    },
    apply(type, object) {
      const name = key(object);
      const before = items.get(name);
      set(name, type === 'DELETED' ? undefined : cut(name, object));
      reportChange(name, before, items.get(name));
    },
  };
}
