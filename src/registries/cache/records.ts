import { LRUCache } from 'lru-cache';

/** Texts under their keys, bounded by bytes: what was not used for longest goes first. */
export interface Records {
  get(key: string): string | undefined;
  set(key: string, text: string): void;
  /** The same, without being a change: it is kept with the next one. */
  replace(key: string, text: string): void;
  /** Adds what is not there yet, as long as nothing has to go for it. */
  addIfRoom(key: string, text: string): void;
  /** What was not used for longest comes first. */
  all(): readonly CacheRecord[];
  /** Another number after each change. */
  revision(): number;
}

export type CacheRecord = readonly [key: string, text: string];

/** Counted per record besides its bytes: bookkeeping. */
const OVERHEAD = 150;

/** Text takes a third of the memory that objects made of it would, and its size is known. */
export function createRecords(bytes: number): Records {
  const texts = new LRUCache<string, string>({
    maxSize: Math.max(1, Math.floor(bytes)),
    sizeCalculation: sizeOf,
  });
  let revision = 0;

  function set(key: string, text: string): void {
    if (texts.get(key) === text) return;
    texts.set(key, text);
    revision += 1;
  }

  return {
    get: (key) => texts.get(key),
    set,
    replace: (key, text) => void texts.set(key, text),
    addIfRoom(key, text) {
      if (!texts.has(key) && texts.calculatedSize + sizeOf(text, key) <= texts.maxSize) set(key, text);
    },
    all: () => [...texts.rentries()].map(([key = '', text = '']) => [key, text]),
    revision: () => revision,
  };
}

function sizeOf(text: string, key: string): number {
  return Buffer.byteLength(text) + Buffer.byteLength(key) + OVERHEAD;
}
