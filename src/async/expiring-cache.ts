import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { createFlights } from './flights.ts';

/** A value that may end by itself, such as a token. */
export interface Expiring<T> {
  readonly value: T;
  /** Milliseconds since 1970; `undefined` when it is not known. */
  readonly expiresAt?: number | undefined;
}

export interface CacheRequest<T> {
  readonly read: (signal: AbortSignal) => Promise<Expiring<T>>;
  /** Milliseconds after which a kept value is read again, even if it is still good; never unless given. */
  readonly longest?: number | undefined;
  /** Whether a kept value is of no use to this caller, because it was refused. */
  readonly isRefused?: ((value: T) => boolean) | undefined;
}

/** Keeps what was read as long as it is good, and reads once for all waiting callers. */
export interface ExpiringCache<T> {
  /** What is kept and good, else what `read` gives. A kept failure is thrown again. */
  get(key: string, request: CacheRequest<T>, signal: AbortSignal): Promise<T>;
  /** Whether `get` would read. */
  misses(key: string, request: Omit<CacheRequest<T>, 'read'>): boolean;
  /**
   * Another value in place of a refused one. `undefined` when the refused one was read only a moment ago: then its age
   * is not what is wrong with it.
   */
  renew(key: string, request: CacheRequest<T>, signal: AbortSignal): Promise<T | undefined>;
}

export interface ExpiringCacheOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** For how many milliseconds of its life a value is used; all of it unless given. `undefined` is an unknown life. */
  readonly usefulLife?: (life: number | undefined) => number;
  /** Milliseconds for which a failure is kept. */
  readonly failuresLast?: number;
  /** What `renew` takes for a moment: milliseconds since a value was read, and since it was read by `renew`. */
  readonly moment?: { readonly read: number; readonly renewed: number };
  /** How many values are kept; the one that was used longest ago goes first. */
  readonly most?: number;
}

interface Kept<T> {
  readonly ending:
    { readonly kind: 'value'; readonly value: T } | { readonly kind: 'failure'; readonly error: Error };
  readonly readAt: number;
  readonly goodUntil: number;
  /** Until when a refusal is not answered with another value. */
  readonly settledUntil: number;
}

/** One cycle reads once, however many images it has; the next cycle reads again. */
export const A_MOMENT = 30_000;

export function createExpiringCache<T>(options: ExpiringCacheOptions): ExpiringCache<T> {
  const { clock, usefulLife = (life = Infinity) => life, failuresLast = A_MOMENT } = options;
  const { moment = { read: A_MOMENT, renewed: A_MOMENT } } = options;
  const entries = createEntries<T>(options);
  const flights = createFlights<T>();

  function fetch(key: string, { read }: CacheRequest<T>, asked: { signal: AbortSignal; moment: number }) {
    return flights.join(key, asked.signal, async (own) => {
      try {
        const { value, expiresAt } = await read(own);
        const readAt = clock.now();
        const goodUntil = readAt + usefulLife(expiresAt === undefined ? undefined : expiresAt - readAt);
        const ending = { kind: 'value', value } as const;
        entries.keep(key, { ending, readAt, goodUntil, settledUntil: readAt + asked.moment });
        return value;
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        const stopped = own.aborted || (error instanceof LynceusError && error.code === 'aborted');
        const readAt = clock.now();
        const goodUntil = readAt + failuresLast;
        const ending = { kind: 'failure', error } as const;
        // An abort is not cached: it does not predict the next read.
        if (!stopped) entries.keep(key, { ending, readAt, goodUntil, settledUntil: goodUntil });
        throw error;
      }
    });
  }

  return {
    async get(key, request, signal) {
      const entry = entries.good(key, request);
      if (entry === undefined) return await fetch(key, request, { signal, moment: moment.read });
      entries.keep(key, entry);
      if (entry.ending.kind === 'failure') throw entry.ending.error;
      return entry.ending.value;
    },
    misses: (key, request) => entries.good(key, request) === undefined,
    async renew(key, request, signal) {
      const entry = entries.any(key);
      // Somebody else was refused as well and has a new one already.
      if (entry?.ending.kind === 'value' && request.isRefused?.(entry.ending.value) !== true)
        return entry.ending.value;
      if (entry !== undefined && clock.now() < entry.settledUntil) return undefined;
      return await fetch(key, request, { signal, moment: moment.renewed });
    },
  };
}

interface Entries<T> {
  keep(key: string, entry: Kept<T>): void;
  any(key: string): Kept<T> | undefined;
  /** What may be given to this caller. */
  good(key: string, request: Omit<CacheRequest<T>, 'read'>): Kept<T> | undefined;
}

function createEntries<T>({ clock, most = Infinity }: ExpiringCacheOptions): Entries<T> {
  const entries = new Map<string, Kept<T>>();
  return {
    keep(key, entry) {
      entries.delete(key);
      entries.set(key, entry);
      const [oldest] = entries.keys();
      if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    },
    any: (key) => entries.get(key),
    good(key, { longest = Infinity, isRefused = () => false }) {
      const entry = entries.get(key);
      const now = clock.now();
      if (entry === undefined || now >= entry.goodUntil || now - entry.readAt >= longest) return undefined;
      return entry.ending.kind === 'value' && isRefused(entry.ending.value) ? undefined : entry;
    },
  };
}

/** For values without an expiry. */
const ASSUMED_LIFE = 300_000;

/**
 * Uses a value for four fifths of its life, early enough for a cycle that begins just before, and never in its last
 * `reserve` milliseconds. What never lives as long as that is used for half of its life: better than a read for each
 * image. A life of less than `shortest`, or a negative one by a wrong clock, counts as `shortest`.
 */
export function renewedEarly({ reserve = 0, shortest = 0 }: { reserve?: number; shortest?: number } = {}) {
  return (life: number = ASSUMED_LIFE): number => {
    const counted = Math.max(life, shortest);
    const useful = Math.min(0.8 * counted, counted - reserve);
    return useful > 0 ? useful : Math.max(0, counted / 2);
  };
}
