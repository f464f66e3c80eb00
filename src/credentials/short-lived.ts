import { createFlights } from '../async/flights.ts';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { A_MOMENT } from './remembered.ts';

/** Something that ends by itself, such as a token. */
export interface ShortLived<T> {
  readonly value: T;
  /** Milliseconds since 1970; `undefined` when nobody said. */
  readonly expiresAt: number | undefined;
}

export type ReadShortLived<T> = (signal: AbortSignal) => Promise<ShortLived<T>>;

/** Keeps what ends by itself, and replaces it in time. */
export interface ShortLivedStore<T> {
  /** What is kept and has enough of its life left, else what `read` gives: once for everybody who waits for it. */
  get(key: string, read: ReadShortLived<T>, signal: AbortSignal): Promise<T>;
  /**
   * Another one in place of one that was refused. `undefined` when the refused one is the newest and was read only a
   * moment ago: then it is not its age that is wrong with it.
   */
  renew(key: string, refusal: Refusal<T>, signal: AbortSignal): Promise<T | undefined>;
}

export interface Refusal<T> {
  readonly isRefused: (value: T) => boolean;
  readonly read: ReadShortLived<T>;
}

export interface ShortLivedOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds of life that what `get` answers has left, when it lives that long at all. */
  readonly reserve?: number;
}

type Kept<T> = { readonly readAt: number; readonly goodUntil: number } & (
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'failure'; readonly error: unknown }
);

/** Renewed at four fifths of its life: early enough for a cycle that begins just before. */
const PART_OF_LIFE = 0.8;
/** For what does not say how long it lives. */
const ASSUMED_LIFE = 300_000;

/** A failure is not asked for again by every image of a cycle: it is kept for a moment. */
export function createShortLivedStore<T>({ clock, reserve = 0 }: ShortLivedOptions): ShortLivedStore<T> {
  const kept = new Map<string, Kept<T>>();
  const flights = createFlights<T>();

  function fetch(key: string, read: ReadShortLived<T>, signal: AbortSignal): Promise<T> {
    return flights.join(key, signal, async (own) => {
      try {
        const { value, expiresAt } = await read(own);
        const readAt = clock.now();
        kept.set(key, { kind: 'value', value, readAt, goodUntil: readAt + usefulLife(expiresAt, readAt) });
        return value;
      } catch (error) {
        const readAt = clock.now();
        // Whoever was stopped says nothing about the next one.
        if (own.aborted || (error instanceof LynceusError && error.code === 'aborted')) kept.delete(key);
        else kept.set(key, { kind: 'failure', error, readAt, goodUntil: readAt + A_MOMENT });
        throw error;
      }
    });
  }

  function usefulLife(expiresAt: number | undefined, now: number): number {
    const life = expiresAt === undefined ? ASSUMED_LIFE : expiresAt - now;
    const useful = Math.min(PART_OF_LIFE * life, life - reserve);
    // What never lives as long as the reserve is used for half of its life: better than asking for each image.
    return useful > 0 ? useful : Math.max(0, life / 2);
  }

  return {
    get(key, read, signal) {
      const known = kept.get(key);
      if (known === undefined || clock.now() >= known.goodUntil) return fetch(key, read, signal);
      return known.kind === 'value' ? Promise.resolve(known.value) : Promise.reject(asError(known.error));
    },
    async renew(key, { isRefused, read }, signal) {
      const known = kept.get(key);
      // Somebody else was refused as well and has a new one already.
      if (known?.kind === 'value' && !isRefused(known.value)) return known.value;
      if (known !== undefined && clock.now() - known.readAt < A_MOMENT) return undefined;
      return await fetch(key, read, signal);
    },
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
