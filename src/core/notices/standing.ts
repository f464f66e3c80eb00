import { createHash } from 'node:crypto';
import { joinKey } from '../identity/key.ts';
import type { ApplicationId } from '../policy.ts';

/** What is known of one thing that people were or may be notified of. Times are milliseconds since 1970. */
export interface StandingEntry {
  /** An event happens once; the others begin, stay for many cycles, and end. */
  readonly kind: 'event' | 'failing' | 'held' | 'problem';
  readonly since: number;
  /** When it was seen last, to the day: what stays as it is need not be written again. */
  readonly seen: number;
  /** What was found last. */
  readonly code?: string;
  /** In how many cycles in a row, as far as that matters. */
  readonly cycles?: number;
  /** What people were notified of: codes of failures, marks of holds; the last few. */
  readonly noticed: readonly string[];
  /** The Application with the problem, which is not in a report that has it no more. */
  readonly application?: ApplicationId;
}

/** Everything that stands, by hashes. Without it the worst is that a notice is sent twice. */
export interface Standing {
  readonly entries: ReadonlyMap<string, StandingEntry>;
  /** The report that was seen last. */
  readonly cycle?: string;
  /** Nothing was known before: what stands now may do so for long. */
  readonly isFirst?: true;
}

export const NOTHING_STANDING: Standing = { entries: new Map(), isFirst: true };

const DAY = 86_400_000;
/** What was not seen for so long is forgotten. */
const FORGOTTEN_AFTER = 14 * DAY;
/** Of all kinds together. */
const MOST_ENTRIES = 6_000;
const MOST_NOTICED = 8;

/** A short text that is the same for the same parts, and shows nothing of them. */
export function noticeHash(...parts: readonly (string | undefined)[]): string {
  return createHash('sha256')
    .update(joinKey(...parts))
    .digest('base64url')
    .slice(0, 20);
}

/** A standing that is being changed. */
export interface StandingDraft {
  get(key: string): StandingEntry | undefined;
  /** Whether it happens for the first time; from then on it has happened. */
  once(key: string): boolean;
  /** It was seen, and `noticed` is what people are notified of now. */
  see(key: string, found: Omit<StandingEntry, 'since' | 'seen' | 'noticed'>, noticed?: string): void;
  end(key: string): void;
  keys(kind: StandingEntry['kind']): readonly string[];
  done(cycle: string): Standing;
}

export function draftOfStanding(standing: Standing, now: number): StandingDraft {
  const entries = new Map(standing.entries);
  const today = now - (now % DAY);
  return {
    get: (key) => entries.get(key),
    once(key) {
      if (entries.has(key)) return false;
      entries.set(key, { kind: 'event', since: now, seen: today, noticed: [] });
      return true;
    },
    see(key, found, noticed) {
      const { since = now, noticed: before = [] } = entries.get(key) ?? {};
      const all = noticed === undefined ? before : [...before, noticed].slice(-MOST_NOTICED);
      entries.set(key, { ...found, since, seen: today, noticed: all });
    },
    end: (key) => void entries.delete(key),
    keys: (kind) => [...entries].flatMap(([key, entry]) => (entry.kind === kind ? [key] : [])),
    done: (cycle) => ({ entries: withoutOldest(entries, now), cycle }),
  };
}

/** Events go first where there are too many, and what nobody was notified of. */
function withoutOldest(
  entries: ReadonlyMap<string, StandingEntry>,
  now: number,
): ReadonlyMap<string, StandingEntry> {
  const kept = [...entries].filter(([, { seen }]) => now - seen < FORGOTTEN_AFTER);
  if (kept.length <= MOST_ENTRIES) return new Map(kept);
  const byWorth = kept.toSorted(
    ([, a], [, b]) => worthOf(b) - worthOf(a) || b.seen - a.seen || b.since - a.since,
  );
  return new Map(byWorth.slice(0, MOST_ENTRIES));
}

function worthOf({ kind, noticed }: StandingEntry): number {
  if (noticed.length > 0) return 2;
  return kind === 'event' ? 1 : 0;
}

/** What is kept while notices of these conditions are still to be sent: after a crash they are noticed again. */
export function withoutUnsettled(standing: Standing, unsettled: ReadonlySet<string>): Standing {
  if (unsettled.size === 0) return standing;
  const entries = [...standing.entries].map(([key, entry]): [string, StandingEntry] =>
    unsettled.has(key) ? [key, { ...entry, noticed: entry.noticed.slice(0, -1) }] : [key, entry],
  );
  return { ...standing, entries: new Map(entries) };
}
