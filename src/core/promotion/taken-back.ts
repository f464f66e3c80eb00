import { knownRecords } from '../overrides/rollback.ts';
import type { PlaceInHistory } from '../overrides/rollback.ts';
import type { PresentImage, Strategy } from '../policy.ts';
import { versionText } from '../presence.ts';
import { createComparison, createPrecedence } from '../strategies/compare-tags.ts';
import type { UpstreamVersion } from './upstream-version.ts';

/** Who took a version back. */
type TakenBackBy = NonNullable<UpstreamVersion['rolledBack']>;

export interface TakenBack {
  /** Every version that was taken back and not written again since, by its text. */
  readonly rolledBack: ReadonlyMap<string, TakenBackBy>;
  /** Those of them that the version in force took the place of by that; empty when it came otherwise. */
  readonly lately: ReadonlySet<string>;
}

const BY_PERSON: TakenBackBy = { by: 'person' };

/**
 * Which versions of a place were rolled back, by the rules of `findRollback`, and also long ago: from one version to another that
 * is not newer, by a person or a check. All that came after the other one are taken back then, and where that was never there, all that
 * are newer than it.
 *
 *   what happened, oldest first              taken back
 *   ---------------------------------------  -----------------------------------
 *   we wrote 2, a person went back to 1      2
 *   ... then we wrote 3                      2
 *   ... then we wrote 2 again                nothing
 *   ... then a person released it            nothing
 *   we wrote 2 and 3, a check went back to 2 3
 *   we wrote 2 and 3, a person set 1         2, 3
 *   we wrote 2, a person set 4               nothing
 *   we wrote 2, a person set `debug`         2
 */
export function takenBack({
  place,
  strategy,
  present,
}: {
  readonly place: PlaceInHistory | undefined;
  readonly strategy: Strategy;
  readonly present: PresentImage | undefined;
}): TakenBack {
  const rolledBack = new Map<string, TakenBackBy>();
  let lately: ReadonlySet<string> = new Set();
  if (place === undefined) return { rolledBack, lately };
  const [precedence, compare] = [createPrecedence(strategy), createComparison(strategy)];
  const isNewer = (a: string, b: string): boolean =>
    precedence(tagOf(a), tagOf(b)) !== undefined && (compare(tagOf(a), tagOf(b)) ?? 0) > 0;
  const had: string[] = [];
  for (const { record } of knownRecords(place).toReversed()) {
    if (record.kind === 'hold') continue;
    if (record.kind === 'release') {
      rolledBack.clear();
      continue;
    }
    const before = had.at(-1);
    if (before === undefined) had.push(...(record.from === undefined ? [] : [record.from]));
    else if (record.from !== undefined) goTo(record.from, BY_PERSON);
    if (record.to === undefined) continue;
    goTo(record.to, byOf(record));
  }
  const now = versionText(present);
  if (had.length > 0) goTo(now, BY_PERSON);
  return { rolledBack, lately };

  /** `by` is undefined for what we chose. */
  function goTo(version: string | undefined, by: TakenBackBy | undefined): void {
    const before = had.at(-1);
    if (before !== undefined && version !== undefined && isSame(before, version)) return;
    const isBack =
      by !== undefined && before !== undefined && (version === undefined || !isNewer(version, before));
    lately = new Set(isBack ? laterThan(version, before) : []);
    for (const one of lately) if (by !== undefined) rolledBack.set(one, by);
    if (version === undefined) return;
    rolledBack.delete(version);
    had.push(version);
  }

  function laterThan(version: string | undefined, before: string): readonly string[] {
    const place = version === undefined ? -1 : had.findLastIndex((one) => isSame(one, version));
    if (place >= 0) return had.slice(place + 1);
    return [before, ...had.filter((one) => version !== undefined && isNewer(one, version))];
  }
}

function byOf({
  kind,
  check,
}: {
  readonly kind: string;
  readonly check?: string | undefined;
}): TakenBackBy | undefined {
  if (kind === 'rollback') return { by: 'check', check: check ?? 'health' };
  return kind === 'set' ? BY_PERSON : undefined;
}

/** A record without a digest is of whatever digest the file has. */
function isSame(a: string, b: string): boolean {
  return a === b || (tagOf(a) === tagOf(b) && a.includes('@') !== b.includes('@'));
}

function tagOf(version: string): string {
  return version.split('@')[0] ?? '';
}
