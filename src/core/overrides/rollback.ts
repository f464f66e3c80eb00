import type { ChosenImage } from '../change.ts';
import type { PresentImage, Strategy } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { RollbackFacts } from '../reasons/reason.ts';
import { createComparison, createPrecedence, type CompareTags } from '../strategies/compare-tags.ts';
import { findChange, recordedChange } from './changed-by.ts';
import { isChosen } from './record.ts';
import {
  mayTouch,
  type BranchCommit,
  type FoundRecord,
  type PeerOwner,
  type RecordedHistory,
} from './record-index.ts';

/** The input of `findRollback`. */
export type RollbackInput = PlaceInput &
  (
    | { readonly rule: 'until-released' }
    /** Versions newer than the one that was rolled back are written. */
    | { readonly rule: 'resume-on-newer'; readonly candidate: ChosenImage }
    /** The same of what a check took back. What a person took back is written again. */
    | { readonly rule: 'never-hold'; readonly candidate: ChosenImage }
  );

/** One place of one file, and what happened there. */
interface PlaceInput {
  /** See `editedFileKey` and `slotKey`. */
  readonly file: string;
  readonly key: string;
  /** The file as its target names it, by which older records know it; see `fileKey`. */
  readonly namedFile?: string;
  /** Whose commits of Argo CD Image Updater count as records of this place; absent for none. */
  readonly peer?: PeerOwner;
  /** Records of this place that are not in the messages of commits. */
  readonly merged?: readonly FoundRecord[];
  /** Path of the file, as commits name it. */
  readonly path: string | undefined;
  readonly strategy: Strategy;
  /** What the file has; `undefined` when it does not contain the image. */
  readonly present: PresentImage | undefined;
  /** Of the branch, back to some point. */
  readonly history: RecordedHistory;
}

/**
 * Finds a rollback that holds the candidate; `undefined` when there is none. It is decided from the records in commit
 * messages and from what the file has; there is no other memory. Versions in the table are those of one place.
 *
 *   what happened, oldest first                   file has    candidate   result
 *   --------------------------------------------  ----------  ----------  ---------------------------------------
 *   nothing of ours, or further back than is read anything    any         no hold: not known
 *   we wrote 2                                    2           3           no hold
 *   we wrote 2, a person went back to 1           1           2           held: neither 2 nor older
 *   the same                                      1           3           no hold, newer than what was rolled back
 *   the same, and went back to 2 (revert revert)  2           3           no hold: the file has what we wrote
 *   we wrote 2 and 3, both rolled back            1           2, 3        held
 *   we wrote 2, a person set 4                    4           3           no hold; `allow-downgrade` decides
 *   we wrote 2, a person set `debug`, or removed  debug, -    2           held
 *     the tag, the image or the file
 *   the same                                      debug, -    3           no hold
 *   a person set 1 with `lynceus set`, from 2     1           2           held, whether or not we ever wrote 2
 *   we wrote 3, a person set 2, another 1         1           3           held: the highest of them counts
 *   a person released it                          any         any         no hold for what was written before
 *   we wrote 2, a check took it back              1           2           held, whatever the rule for rollbacks
 *   the same                                      1           3           no hold, newer than what was taken back
 *   the same, and a person reverted that          2           3           no hold: a person wants 2
 *
 * What is newer is decided by the strategy: precedence of versions (`semver`, by its `order`), order of names (`alphabetical`). Builds and
 * digests have no order once they are gone; there, everything that was ever written here counts as not newer.
 */
export function findRollback(input: RollbackInput): RollbackFacts | undefined {
  const records = recordsOf(input);
  const [newest] = records;
  if (newest === undefined) return undefined;
  const now = versionText(input.present);
  const isAsRecorded = matchesRecord(newest.record.to, input.present);
  if (isAsRecorded && isChosen(newest.record)) return undefined;
  const lastUpdate = records.findIndex(({ record }) => isChosen(record));
  const since = records.slice(0, lastUpdate + 1 || records.length);
  const order = byTag(createComparison(input.strategy));
  const counted =
    input.rule === 'never-hold' ? since.filter(({ record }) => record.kind === 'rollback') : since;
  const from = rolledBackFrom(counted, { now, order });
  if (from === undefined || isAhead(now, from, input.strategy)) return undefined;
  if (input.rule !== 'until-released') {
    const candidate = versionText(input.candidate) ?? '';
    if (!isOld(candidate, { from, records, order })) return undefined;
  }
  const changedBy = isAsRecorded
    ? recordedChange(newest)
    : findChange(commitsSince(newest, input.history), input.path, records);
  const isOlder = now !== undefined && (order(now, from) ?? 0) < 0;
  return { from, to: now, isOlder, changedBy, until: endOfHold(input.rule, from, order) };
}

/** What was written here, newest first, up to where a person released it. */
function recordsOf(input: RollbackInput): readonly FoundRecord[] {
  const all = knownRecords(input).filter(({ record }) => record.kind !== 'hold');
  const released = all.findIndex(({ record }) => record.kind === 'release');
  return released < 0 ? all : all.slice(0, released);
}

/** One place of one file, and the history of its branch. */
export type PlaceInHistory = Omit<PlaceInput, 'strategy' | 'present'>;

/** All that is recorded of a place, newest first. */
export function knownRecords({
  history,
  file,
  namedFile = file,
  key,
  path,
  peer,
  merged = [],
}: PlaceInHistory): readonly FoundRecord[] {
  const named = namedFile === file ? [] : history.at({ file: namedFile, key });
  const peers = peer === undefined ? [] : history.byPeer(peer);
  // Who speaks of a file has to have changed it.
  const ofPath = [...history.at({ file, key }), ...named, ...peers].filter((found) => mayCount(found, path));
  return [...ofPath, ...merged].toSorted((a, b) => a.order - b.order);
}

/** A release changes no file where the version stays as it is. */
function mayCount({ record, commit }: FoundRecord, path: string | undefined): boolean {
  return record.kind === 'release' || mayTouch(commit, path);
}

/**
 * A record without a digest matches whatever digest the file has, one of a digest alone whatever tag, and one of both the
 * file that has the digest alone.
 */
export function matchesRecord(written: string | undefined, present: PresentImage | undefined): boolean {
  if (written === undefined) return versionText(present) === undefined;
  if ([versionText(present), present?.tag, present?.digest].includes(written)) return true;
  return present?.digest !== undefined && present.tag === undefined && written.endsWith(`@${present.digest}`);
}

/** The same of versions with a digest, by their tags. */
function byTag(compare: CompareTags): CompareTags {
  return (a, b) => compare(tagOf(a), tagOf(b));
}

function tagOf(version: string): string {
  const mark = version.indexOf('@');
  return mark < 0 ? version : version.slice(0, mark);
}

/** The version that was rolled back: of all that were in force since our last write, the highest that is not now. */
function rolledBackFrom(
  since: readonly FoundRecord[],
  { now, order }: { readonly now: string | undefined; readonly order: CompareTags },
): string | undefined {
  const versions = since
    .flatMap(({ record }) => (isChosen(record) ? [record.to] : [record.to, record.from]))
    .filter((version) => version !== undefined)
    .filter((version) => version !== now);
  const comparable = versions.filter((version) => order(version, version) !== undefined);
  const [first, ...rest] = comparable.length > 0 ? comparable : versions.slice(0, 1);
  return rest.reduce((best, version) => ((order(best ?? version, version) ?? 0) < 0 ? version : best), first);
}

/** Whether a person went to a newer version, which is no rollback. Names have an order too, but only versions count. */
function isAhead(now: string | undefined, from: string, strategy: Strategy): boolean {
  if (now === undefined || byTag(createPrecedence(strategy))(now, from) === undefined) return false;
  return (byTag(createComparison(strategy))(now, from) ?? 0) > 0;
}

function isOld(
  candidate: string,
  {
    from,
    records,
    order,
  }: { readonly from: string; readonly records: readonly FoundRecord[]; readonly order: CompareTags },
): boolean {
  const compared = order(candidate, from);
  if (compared !== undefined) return compared <= 0;
  // A candidate without a digest is known by its tag alone.
  const isCandidate = (version: string) => version === candidate || tagOf(version) === candidate;
  return records.some(({ record }) =>
    [record.to, record.from].some((one) => one !== undefined && isCandidate(one)),
  );
}

/** Commits after the one that wrote it last. */
function commitsSince({ commit }: FoundRecord, { commits }: RecordedHistory): readonly BranchCommit[] {
  return commits.slice(0, commits.indexOf(commit));
}

function endOfHold(rule: RollbackInput['rule'], from: string, order: CompareTags): RollbackFacts['until'] {
  if (rule === 'until-released') return 'release';
  return order(from, from) === undefined ? 'unwritten-version' : 'newer-version';
}
