import type { ChosenImage } from '../change.ts';
import type { PresentImage, RollbackRule, Strategy } from '../policy.ts';
import { versionText } from '../presence.ts';
import { compareByteOrder } from '../strategies/byte-order.ts';
import { compareVersions } from '../strategies/semver.ts';
import { whoChanged } from './author.ts';
import { statementsAt, type SeenCommit, type Statement } from './statement.ts';

/** Everything that tells whether a version was taken back at one place of one file. */
export interface RollbackQuestion {
  /** See `fileText` and `slotKey`. */
  readonly file: string;
  readonly key: string;
  /** Path of the file, as commits name it. */
  readonly path: string | undefined;
  readonly strategy: Strategy;
  readonly rule: Exclude<RollbackRule, 'never-hold'>;
  /** What the file says; `undefined` when it does not contain the image. */
  readonly present: PresentImage | undefined;
  readonly candidate: ChosenImage;
  /** Of the branch, newest first, back to some point. */
  readonly commits: readonly SeenCommit[];
}

/**
 * Whether somebody took back what was written, and the candidate is what they did not want. Told from the records in
 * commit messages and from what the file says; there is no other memory. Versions in the table are those of one place.
 *
 *   what happened, oldest first                   file says   candidate   result
 *   --------------------------------------------  ----------  ----------  ---------------------------------------
 *   nothing of ours, or further back than is read anything    any         no hold: nobody knows
 *   we wrote 2                                    2           3           no hold
 *   we wrote 2, a person went back to 1           1           2           held: neither 2 nor older
 *   the same                                      1           3           no hold, newer than what was taken back
 *   the same, and went back to 2 (revert revert)  2           3           no hold: the file says what we wrote
 *   we wrote 2 and 3, both taken back             1           2, 3        held
 *   we wrote 2, a person set 4                    4           3           no hold; that 3 is lower is another matter
 *   we wrote 2, a person set `debug`, or removed  debug, -    2           held
 *     the tag, the image or the file
 *   the same                                      debug, -    3           no hold
 *   a person set 1 with `lynceus set`, from 2     1           2           held, whether or not we ever wrote 2
 *   we wrote 3, a person set 2, another 1         1           3           held: the highest of them counts
 *   a person released it                          any         any         no hold for what was written before
 *
 * What is newer is told by the strategy: precedence of versions (`semver`), order of names (`alphabetical`). Builds and
 * digests have no order once they are gone; there, everything that was ever written here counts as not newer.
 */
export function rolledBack(question: RollbackQuestion): string | undefined {
  const told = statementsOf(question);
  const [newest] = told;
  if (newest === undefined) return undefined;
  const now = versionText(question.present);
  const stands = saysSame(newest.record.to, question.present);
  if (stands && newest.record.kind === 'update') return undefined;
  const since = told.slice(0, told.findIndex(({ record }) => record.kind === 'update') + 1 || told.length);
  const order = orderOf(question.strategy);
  const from = takenBack(since, { now, order });
  if (from === undefined || isAhead(now, from, order)) return undefined;
  const candidate = versionText(question.candidate) ?? '';
  if (question.rule === 'resume-on-newer' && !isOld(candidate, { from, told, order })) return undefined;
  const who = stands
    ? whoChanged([saidBy(newest)], question)
    : whoChanged(commitsSince(newest, question), question, told);
  return `${verb(from, now, order)} from ${from} to ${now ?? 'nothing'} ${who}; ${prohibition(question, from, order)}`;
}

/** The commit is by us; the word in it is a person's. */
function saidBy({ record, commit }: Statement): SeenCommit {
  return record.by === undefined ? commit : { ...commit, author: record.by };
}

/** What was written here, newest first, up to where a person released it. */
function statementsOf({ commits, file, key }: RollbackQuestion): readonly Statement[] {
  const all = statementsAt(commits, { file, key }).filter(({ record }) => record.kind !== 'hold');
  const released = all.findIndex(({ record }) => record.kind === 'release');
  return released < 0 ? all : all.slice(0, released);
}

/** A record without a digest says nothing of the file's. */
function saysSame(written: string | undefined, present: PresentImage | undefined): boolean {
  if (written === undefined) return versionText(present) === undefined;
  return written === versionText(present) || written === present?.tag;
}

/** Negative when the first is the older one; `undefined` when they have no order. */
type Order = (a: string, b: string) => number | undefined;

function orderOf(strategy: Strategy): Order {
  switch (strategy.kind) {
    case 'semver':
      return (a, b) => compareVersions(tagOf(a), tagOf(b));
    case 'alphabetical':
      return (a, b) => compareByteOrder(tagOf(a), tagOf(b));
    case 'newest-build':
    case 'newest-pushed':
    case 'digest':
      return () => undefined;
  }
}

function tagOf(version: string): string {
  const mark = version.indexOf('@');
  return mark < 0 ? version : version.slice(0, mark);
}

/** Which version was taken back: of all that were in force since our last write, the highest that is not in force now. */
function takenBack(
  since: readonly Statement[],
  { now, order }: { readonly now: string | undefined; readonly order: Order },
): string | undefined {
  const versions = since
    .flatMap(({ record }) => (record.kind === 'update' ? [record.to] : [record.to, record.from]))
    .filter((version) => version !== undefined)
    .filter((version) => version !== now);
  const comparable = versions.filter((version) => order(version, version) !== undefined);
  const [first, ...rest] = comparable.length > 0 ? comparable : versions.slice(0, 1);
  return rest.reduce((best, version) => ((order(best ?? version, version) ?? 0) < 0 ? version : best), first);
}

/** Whether a person went forward, which takes nothing back. Names have an order too, but `debug` is no step forward. */
function isAhead(now: string | undefined, from: string, order: Order): boolean {
  if (now === undefined || compareVersions(tagOf(now), tagOf(from)) === undefined) return false;
  return (order(now, from) ?? 0) > 0;
}

function isOld(
  candidate: string,
  {
    from,
    told,
    order,
  }: { readonly from: string; readonly told: readonly Statement[]; readonly order: Order },
): boolean {
  const compared = order(candidate, from);
  if (compared !== undefined) return compared <= 0;
  return told.some(({ record }) => [record.to, record.from].includes(candidate));
}

/** Commits after the one that wrote it last. */
function commitsSince({ commit }: Statement, { commits }: RollbackQuestion): readonly SeenCommit[] {
  return commits.slice(0, commits.indexOf(commit));
}

function verb(from: string, now: string | undefined, order: Order): string {
  return now !== undefined && (order(now, from) ?? 0) < 0 ? 'rolled back' : 'changed by hand';
}

function prohibition({ rule }: RollbackQuestion, from: string, order: Order): string {
  if (rule === 'until-released') return 'nothing is written until it is released';
  const hasOrder = order(from, from) !== undefined;
  return hasOrder
    ? `${from} and older are not written again`
    : `neither ${from} nor what was written before it is written again`;
}
