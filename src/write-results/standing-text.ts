import * as z from 'zod';
import type { Standing, StandingEntry } from '../core/notices/standing.ts';

/** A ConfigMap may have 1 MiB; half of it leaves room for what others put there. */
const MOST_BYTES = 512 * 1024;

const KINDS = ['event', 'failing', 'held', 'problem'] as const satisfies readonly StandingEntry['kind'][];

const time = z.number().int().min(0).max(8.64e15);
const text = z.string().max(300);
const line = z.object({
  key: z.string().min(1).max(100),
  kind: z.enum(KINDS),
  since: time,
  seen: time,
  code: text.optional(),
  cycles: z.number().int().min(1).max(10_000).optional(),
  noticed: z.array(z.string().max(100)).max(20).optional(),
  application: z.tuple([text, text]).optional(),
});

type StandingLine = z.infer<typeof line>;

/** Reads what `standingText` wrote. A line that is anything else counts as nothing. */
export function readStanding(stored: string): Standing['entries'] {
  if (stored.length > 2 * MOST_BYTES) return new Map();
  return new Map(
    stored.split('\n').flatMap((one): [string, StandingEntry][] => {
      try {
        const read = line.safeParse(JSON.parse(one));
        return read.success ? [[read.data.key, toEntry(read.data)]] : [];
      } catch {
        return [];
      }
    }),
  );
}

/** One line of JSON for each entry, in the order of keys. Where they are too many, the oldest events are left out first. */
export function standingText(entries: Standing['entries']): string {
  const lines = [...entries]
    .toSorted(([, a], [, b]) => worthOf(b) - worthOf(a) || b.seen - a.seen || b.since - a.since)
    .map(([key, entry]) => ({ key, text: JSON.stringify(toLine(key, entry)) }));
  let size = 0;
  const kept = lines.filter(({ text: one }) => (size += Buffer.byteLength(one) + 1) <= MOST_BYTES);
  return kept
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ text: one }) => one)
    .join('\n');
}

function worthOf({ kind }: StandingEntry): number {
  return kind === 'event' ? 0 : 1;
}

function toLine(
  key: string,
  { kind, since, seen, code, cycles, noticed, application }: StandingEntry,
): StandingLine {
  return {
    key,
    kind,
    since: Math.round(since),
    seen: Math.round(seen),
    ...(code === undefined ? {} : { code }),
    ...(cycles === undefined ? {} : { cycles }),
    ...(noticed.length === 0 ? {} : { noticed: [...noticed] }),
    ...(application === undefined ? {} : { application: [application.namespace, application.name] }),
  };
}

function toEntry({
  kind,
  since,
  seen,
  code,
  cycles,
  noticed = [],
  application,
}: StandingLine): StandingEntry {
  return {
    kind,
    since,
    seen,
    noticed,
    ...(code === undefined ? {} : { code }),
    ...(cycles === undefined ? {} : { cycles }),
    ...(application === undefined
      ? {}
      : { application: { namespace: application[0], name: application[1] } }),
  };
}
