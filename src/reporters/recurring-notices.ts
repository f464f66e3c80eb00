import { joinKey } from '../core/identity/key.ts';
import type { RecurringNotice } from './event-notices.ts';

/** A notice and how often it was seen. Times are milliseconds since 1970. */
export interface Recurrence {
  /** As it was seen last. */
  readonly notice: RecurringNotice;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** Name of its event; `undefined` until there is one. */
  readonly event: string | undefined;
  /** To be called once an event of this name holds it. */
  sent(event: string, now: number): void;
}

export interface RecurringNotices {
  /** Takes the notices and resolved subjects of a cycle; returns what to send: what is new, and what is due again. */
  observe(
    notices: readonly RecurringNotice[],
    resolved: readonly string[],
    now: number,
  ): readonly Recurrence[];
  /** How many notices are remembered. */
  readonly size: number;
}

const MINUTE = 60_000;
const FIRST_INTERVAL = 5 * MINUTE;
/** API servers drop events an hour after their last change. */
const LONGEST_INTERVAL = 50 * MINUTE;
/** A notice that was not seen for so long is forgotten. */
const FORGOTTEN_AFTER = 60 * MINUTE;
const MOST_ENTRIES = 5_000;
/** A text with a time in it differs in each cycle: from here on, it counts as the one before. */
const MOST_TEXTS = 3;

interface Entry extends Recurrence {
  notice: RecurringNotice;
  lastAt: number;
  count: number;
  event: string | undefined;
  sentAt: number;
  /** Milliseconds until it is sent again. */
  interval: number;
}

/**
 * Remembers notices, so that each is one event that is updated, and not one more in each cycle. One that comes back soon
 * after it was resolved is the same again. When there is no more room, new ones are not sent.
 */
export function createRecurringNotices(): RecurringNotices {
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

  function entryFor(notice: RecurringNotice, now: number): Entry | undefined {
    const key = noticeKey(notice);
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
    observe(notices, resolved, now) {
      forget(now);
      const subjects = new Set(resolved);
      for (const texts of known.values())
        for (const entry of texts.values())
          if (subjects.has(entry.notice.subject)) entry.interval = FIRST_INTERVAL;
      const seen = new Set<Entry>();
      for (const notice of notices) {
        const entry = entryFor(notice, now);
        if (entry === undefined) continue;
        count(entry, notice, now);
        seen.add(entry);
      }
      return [...seen].filter((entry) => isDue(entry, now));
    },
    get size() {
      return size;
    },
  };
}

function noticeKey({ subject, reason, code }: RecurringNotice): string {
  return joinKey(subject, reason, code);
}

function createEntry(notice: RecurringNotice, firstAt: number): Entry {
  const entry: Entry = {
    notice,
    firstAt,
    lastAt: firstAt,
    count: 0,
    event: undefined,
    sentAt: firstAt,
    interval: FIRST_INTERVAL,
    sent(event, now) {
      entry.interval =
        entry.event === undefined ? FIRST_INTERVAL : Math.min(2 * entry.interval, LONGEST_INTERVAL);
      entry.event = event;
      entry.sentAt = now;
    },
  };
  return entry;
}

function count(entry: Entry, notice: RecurringNotice, now: number): void {
  // A wall clock that was set back must not make the wait longer.
  const sentAt = Math.min(entry.sentAt, now);
  Object.assign(entry, { notice, lastAt: now, count: entry.count + 1, sentAt });
}

function isDue({ event, sentAt, interval }: Entry, now: number): boolean {
  return event === undefined || now - sentAt >= interval;
}
