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
  const walk = createWalk(newerBy(strategy));
  for (const { record } of place === undefined ? [] : knownRecords(place).toReversed()) {
    if (record.kind === 'hold') continue;
    if (record.kind === 'release') {
      walk.release();
      continue;
    }
    if (walk.isBegun() || record.from !== undefined) walk.goTo(record.from, BY_PERSON);
    if (record.to !== undefined) walk.goTo(record.to, byOf(record));
  }
  if (walk.isBegun()) walk.goTo(versionText(present), BY_PERSON);
  return walk;
}

type IsNewer = (a: string, b: string) => boolean;

function newerBy(strategy: Strategy): IsNewer {
  const [precedence, compare] = [createPrecedence(strategy), createComparison(strategy)];
  return (a, b) => precedence(tagOf(a), tagOf(b)) !== undefined && (compare(tagOf(a), tagOf(b)) ?? 0) > 0;
}

/** From version to version, in the order of time. */
interface Walk extends TakenBack {
  isBegun(): boolean;
  /** `by` is undefined for what we chose; `undefined` as version is a place without one. */
  goTo(version: string | undefined, by: TakenBackBy | undefined): void;
  release(): void;
}

function createWalk(isNewer: IsNewer): Walk {
  const rolledBack = new Map<string, TakenBackBy>();
  const had: string[] = [];
  let lately: ReadonlySet<string> = new Set();

  function laterThan(version: string | undefined, before: string): readonly string[] {
    const place = version === undefined ? -1 : had.findLastIndex((one) => isSame(one, version));
    if (place >= 0) return had.slice(place + 1);
    return [before, ...had.filter((one) => version !== undefined && isNewer(one, version))];
  }

  return {
    rolledBack,
    get lately() {
      return lately;
    },
    isBegun: () => had.length > 0,
    release: () => rolledBack.clear(),
    goTo(version, by) {
      const before = had.at(-1);
      if (before !== undefined && version !== undefined && isSame(before, version)) return;
      const isBack =
        by !== undefined && before !== undefined && (version === undefined || !isNewer(version, before));
      lately = new Set(isBack ? laterThan(version, before) : []);
      if (by !== undefined) for (const one of lately) rolledBack.set(one, by);
      if (version === undefined) return;
      rolledBack.delete(version);
      had.push(version);
    },
  };
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
