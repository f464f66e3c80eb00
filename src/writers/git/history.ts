import type { Head } from '../../core/git/heads.ts';
import { joinKey } from '../../core/identity/key.ts';
import { readPeerChanges } from '../../core/overrides/peer-commit.ts';
import { readRecords } from '../../core/overrides/record.ts';
import type { HistoryCommit, HistoryRequest } from '../../ports/writer.ts';
import { changesCommand, logCommand } from './commands.ts';
import type { RunLocal } from './objects.ts';
import { isOfPeer, proven, type CommitOwnership } from './own-commits.ts';
import { parseChanges, parseLog, type LoggedCommit } from './parse-history.ts';

export interface KeptHistoryRequest {
  /** The newest commit. */
  readonly sha: string;
  /** How many commits at most. */
  readonly count: number;
  readonly paths: readonly string[];
}

export interface KeptHistory {
  readonly commits: readonly HistoryCommit[];
  /** There are more commits than these, and fewer are here than were wanted. */
  readonly cutShort: boolean;
  /** There are no others. */
  readonly isAll: boolean;
}

const MEBIBYTE = 1024 * 1024;
const LARGEST_OUTPUT = 256 * MEBIBYTE;

/** The commits before one that is here, in two processes. Only commits and folders are read, never a file. */
export async function readHistory(
  { sha, count, paths }: KeptHistoryRequest,
  { run, ownership }: HistorySources,
  signal: AbortSignal,
): Promise<KeptHistory> {
  const output = await run(logCommand(sha, count), signal, LARGEST_OUTPUT);
  const logged = parseLog(output.toString());
  const isGrafted = logged.some((commit) => commit.isGrafted);
  const changed = await changesOf(logged, { paths, run, signal });
  const isTouching = (hash: string): boolean => paths.length === 0 || changed(hash)?.length !== 0;
  const recorded = logged.filter(({ message, sha: hash }) => mayCount(message, isTouching(hash)));
  const ours = await proven(recorded, ownership, signal);
  const byPeer = (commit: LoggedCommit): boolean => ownership.verify === undefined && isOfPeer(commit);
  return {
    commits: logged.map((commit) => {
      const { sha: hash, author, email, at, message } = commit;
      const committedBy = ours.has(hash) ? 'us' : byPeer(commit) ? 'peer' : 'others';
      const [parent] = commit.parents;
      const known = { sha: hash, author, email, at, message, committedBy, paths: changed(hash) } as const;
      return parent === undefined ? known : { ...known, parent };
    }),
    cutShort: logged.length < count && isGrafted,
    isAll: logged.length < count && !isGrafted,
  };
}

interface HistorySources {
  readonly run: RunLocal;
  readonly ownership: CommitOwnership;
}

/** Whether it matters who made a commit. Only a release may change no file: it is nothing but its record. */
function mayCount(message: string, isTouching: boolean): boolean {
  const records = readRecords(message);
  if (records.length === 0) return isTouching && readPeerChanges(message).length > 0;
  return isTouching || records.some(({ kind }) => kind === 'release');
}

interface ChangesOptions {
  readonly paths: readonly string[];
  readonly run: RunLocal;
  readonly signal: AbortSignal;
}

async function changesOf(
  logged: readonly LoggedCommit[],
  { paths, run, signal }: ChangesOptions,
): Promise<(sha: string) => readonly string[] | undefined> {
  const known = logged
    .filter(({ isGrafted }) => !isGrafted)
    .map(({ sha, parents }) => ({ sha, parent: parents[0] }));
  const hashes = new Set(known.map(({ sha }) => sha));
  if (paths.length === 0 || known.length === 0) return (sha) => (hashes.has(sha) ? [] : undefined);
  const command = changesCommand(known, commonFolders(paths));
  const changes = parseChanges((await run(command, signal, LARGEST_OUTPUT)).toString());
  const wanted = new Set(paths);
  return (sha) => (hashes.has(sha) ? (changes.get(sha) ?? []).filter((path) => wanted.has(path)) : undefined);
}

/** git compares every changed file with every one of these, so that hundreds of them cost seconds. */
const MOST_FOLDERS = 20;

/**
 * The paths themselves when they are few, else the folders they lie in, as deep as they are few. No folder at all
 * stands for everything.
 */
export function commonFolders(paths: readonly string[]): readonly string[] {
  let common = [...new Set(paths)];
  for (let depth = deepest(common); common.length > MOST_FOLDERS; depth -= 1) {
    if (depth <= 1) return [];
    common = [
      ...new Set(
        common.map((path) =>
          path
            .split('/')
            .slice(0, depth - 1)
            .join('/'),
        ),
      ),
    ];
  }
  return common;
}

function deepest(paths: readonly string[]): number {
  return Math.max(0, ...paths.map((path) => path.split('/').length));
}

/** How many times as many commits are read where those that are kept do not show enough. */
export const FAR_TIMES = 10;

export interface BranchHistory {
  /** Reads what led to a head that is here, and fetches more of it where that is needed. */
  read(head: Head, request: HistoryRequest, signal: AbortSignal): Promise<readonly HistoryCommit[]>;
}

export interface BranchHistoryOptions {
  readonly ownership: CommitOwnership;
  /** How many commits of a branch are kept. */
  readonly history: number;
  readonly run: RunLocal;
  /** Fetches the head of the same branch with so many commits. */
  readonly fetchBack: (head: Head, depth: number, signal: AbortSignal) => Promise<Head>;
}

export function createBranchHistory({
  history,
  ownership,
  run,
  fetchBack,
}: BranchHistoryOptions): BranchHistory {
  /** Histories that need not be read again for what is further back, by hash and paths. */
  const whole = new Map<string, readonly HistoryCommit[]>();
  return {
    async read(head, { paths, reach }, signal) {
      const key = joinKey(head.sha, ...paths);
      const known = reach === 'far' ? whole.get(key) : undefined;
      if (known !== undefined) return known;
      const wanted = { paths, count: reach === 'far' ? history * FAR_TIMES : history };
      const sources = { run, ownership };
      const kept = await readHistory({ ...wanted, sha: head.sha }, sources, signal);
      if (kept.isAll) whole.set(key, kept.commits);
      if (!kept.cutShort) return kept.commits;
      const { sha } = await fetchBack(head, wanted.count, signal);
      return (await readHistory({ ...wanted, sha }, sources, signal)).commits;
    },
  };
}
