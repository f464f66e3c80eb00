import type { StandingNotice } from './event-notices.ts';

/** Something that is so, and for how long. Times are milliseconds since 1970. */
export interface Standing {
  /** As it was seen last. */
  readonly notice: StandingNotice;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** Name of the event that tells of it; `undefined` until there is one. */
  readonly event: string | undefined;
  /** An event of this name tells of it now. */
  told(event: string, now: number): void;
}

export interface StandingNotices {
  /** Takes note of what is so now, and answers what is to be told of it: what is new, and what is due again. */
  see(notices: readonly StandingNotice[], well: readonly string[], now: number): readonly Standing[];
  /** How much is remembered. */
  readonly size: number;
}

const MINUTE = 60_000;
const FIRST_INTERVAL = 5 * MINUTE;
/** API servers drop events an hour after their last change. */
const LONGEST_INTERVAL = 50 * MINUTE;
/** What was not seen for so long is over. */
const FORGOTTEN_AFTER = 60 * MINUTE;
const MOST_ENTRIES = 5_000;
/** A text with a time in it is another one in each cycle: from here on, it counts as the one before. */
const MOST_TEXTS = 3;

interface Entry extends Standing {
  see(notice: StandingNotice, now: number): void;
  recover(): void;
  isDue(now: number): boolean;
}

/**
 * Remembers what stands, so that it is one event that grows older, and not one more in each cycle. What comes back soon
 * after it was well is the same again. When there is no more room, what is new is not told.
 */
export function createStandingNotices(): StandingNotices {
  /** By subject, reason and code, then by text. */
  const known = new Map<string, Map<string, Entry>>();
  let size = 0;

  function forget(now: number): void {
    for (const [key, texts] of known) {
      for (const [text, { lastAt }] of texts) {
        if (now - lastAt > FORGOTTEN_AFTER && texts.delete(text)) size -= 1;
      }
      if (texts.size === 0) known.delete(key);
    }
  }

  function entryFor(notice: StandingNotice, now: number): Entry | undefined {
    const key = JSON.stringify([notice.subject, notice.reason, notice.code]);
    const texts = known.get(key) ?? new Map<string, Entry>();
    const same = texts.get(notice.message);
    if (same !== undefined) return same;
    if (texts.size >= MOST_TEXTS) return [...texts.values()].at(-1);
    if (size >= MOST_ENTRIES) return undefined;
    const entry = createEntry(notice, now);
    known.set(key, texts.set(notice.message, entry));
    size += 1;
    return entry;
  }

  return {
    see(notices, well, now) {
      forget(now);
      const subjects = new Set(well);
      for (const texts of known.values())
        for (const entry of texts.values()) if (subjects.has(entry.notice.subject)) entry.recover();
      const seen = new Set<Entry>();
      for (const notice of notices) {
        const entry = entryFor(notice, now);
        if (entry === undefined) continue;
        entry.see(notice, now);
        seen.add(entry);
      }
      return [...seen].filter((entry) => entry.isDue(now));
    },
    get size() {
      return size;
    },
  };
}

function createEntry(first: StandingNotice, firstAt: number): Entry {
  const state = { notice: first, lastAt: firstAt, count: 0, event: undefined as string | undefined };
  let toldAt = firstAt;
  let interval = FIRST_INTERVAL;
  return {
    get notice() {
      return state.notice;
    },
    get lastAt() {
      return state.lastAt;
    },
    get count() {
      return state.count;
    },
    get event() {
      return state.event;
    },
    firstAt,
    see(notice, now) {
      Object.assign(state, { notice, lastAt: now, count: state.count + 1 });
      // A wall clock that was set back must not make the wait longer.
      toldAt = Math.min(toldAt, now);
    },
    recover() {
      interval = FIRST_INTERVAL;
    },
    isDue: (now) => state.event === undefined || now - toldAt >= interval,
    told(event, now) {
      interval = state.event === undefined ? FIRST_INTERVAL : Math.min(2 * interval, LONGEST_INTERVAL);
      state.event = event;
      toldAt = now;
    },
  };
}
