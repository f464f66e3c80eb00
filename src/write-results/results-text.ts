import * as z from 'zod';
import { cutText } from '../core/cut-text.ts';
import type { RollbackHoldCode } from '../core/reasons/rollback-hold.ts';
import type { RollbackState, VerificationEnding, WriteResult } from '../core/verification/write-result.ts';

/** A ConfigMap may have 1 MiB; half of it leaves room for what others put there. */
const MOST_BYTES = 512 * 1024;
const LONGEST_DETAIL = 300;

const time = z.number().int().min(0).max(8.64e15);
const name = z.string().max(1_000);
const outcome = z.enum(['verified', 'failed', 'inconclusive']);
const line = z.object({
  namespace: name,
  app: name.min(1),
  alias: name,
  image: name.min(1),
  version: name.min(1),
  commit: name.min(1),
  writtenAt: time,
  syncedAt: time.optional(),
  healthy: z.tuple([time, time]).optional(),
  ending: z.object({ outcome, at: time, check: name.optional(), detail: name.optional() }).optional(),
  rollback: z
    .object({
      outcome: z.enum(['proposed', 'done', 'held']),
      at: time,
      code: name.optional(),
      isCompanion: z.literal(true).optional(),
    })
    .optional(),
});

type Line = z.infer<typeof line>;

/** Reads what `resultsText` wrote. A line that is anything else counts as nothing. */
export function readResults(text: string): readonly WriteResult[] {
  if (text.length > 2 * MOST_BYTES) return [];
  return text.split('\n').flatMap((one) => {
    try {
      const read = line.safeParse(JSON.parse(one));
      return read.success ? [toResult(read.data)] : [];
    } catch {
      return [];
    }
  });
}

/** One line of JSON for each result, oldest write first. Where they are too many, the oldest verified ones are left out first. */
export function resultsText(results: readonly WriteResult[]): string {
  const lines = results
    .toSorted((a, b) => a.writtenAt - b.writtenAt)
    .map((result) => ({ result, text: JSON.stringify(toLine(result)) }));
  const size = (text: string): number => Buffer.byteLength(text) + 1;
  let left = lines.reduce((sum, { text }) => sum + size(text), 0);
  const dropped = new Set<(typeof lines)[number]>();
  for (const one of lines.toSorted((a, b) => worthOf(a.result) - worthOf(b.result))) {
    if (left <= MOST_BYTES) break;
    dropped.add(one);
    left -= size(one.text);
  }
  return lines
    .filter((one) => !dropped.has(one))
    .map(({ text }) => text)
    .join('\n');
}

/** What failed is worth most: it holds something. */
function worthOf({ ending }: WriteResult): number {
  if (ending === undefined) return 1;
  return ending.outcome === 'verified' ? 0 : 2;
}

function toLine({ application, alias, image, version, commit, writtenAt, ...found }: WriteResult): Line {
  const { syncedAt, healthy, ending, rollback } = found;
  return {
    namespace: application.namespace,
    app: application.name,
    alias,
    image,
    version,
    commit,
    writtenAt: Math.round(writtenAt),
    ...(syncedAt === undefined ? {} : { syncedAt: Math.round(syncedAt) }),
    ...(healthy === undefined
      ? {}
      : { healthy: [Math.round(healthy.since), Math.round(healthy.until)] as const as [number, number] }),
    ...(ending === undefined ? {} : { ending: endingLine(ending) }),
    ...(rollback === undefined ? {} : { rollback: { ...rollback, at: Math.round(rollback.at) } }),
  };
}

function endingLine({ outcome: end, at, check, detail }: VerificationEnding): NonNullable<Line['ending']> {
  return {
    outcome: end,
    at: Math.round(at),
    ...(check === undefined ? {} : { check }),
    ...(detail === undefined ? {} : { detail: cutText(detail, LONGEST_DETAIL) }),
  };
}

function toResult({ namespace, app, alias, image, version, commit, writtenAt, ...found }: Line): WriteResult {
  const { syncedAt, healthy, ending, rollback } = found;
  return {
    application: { namespace, name: app },
    alias,
    image,
    version,
    commit,
    writtenAt,
    ...(syncedAt === undefined ? {} : { syncedAt }),
    ...(healthy === undefined ? {} : { healthy: { since: healthy[0], until: healthy[1] } }),
    ...(ending === undefined ? {} : { ending: toEnding(ending) }),
    ...(rollback === undefined ? {} : { rollback: toRollback(rollback) }),
  };
}

function toEnding({ outcome: end, at, check, detail }: NonNullable<Line['ending']>): VerificationEnding {
  return {
    outcome: end,
    at,
    ...(check === undefined ? {} : { check }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function toRollback({ outcome: end, at, code, isCompanion }: NonNullable<Line['rollback']>): RollbackState {
  // Which code it is matters to people alone.
  return end === 'held'
    ? { outcome: end, at, code: (code ?? 'no-record') as RollbackHoldCode }
    : { outcome: end, at, ...(isCompanion === undefined ? {} : { isCompanion }) };
}
