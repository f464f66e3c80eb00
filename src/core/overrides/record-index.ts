import { joinKey } from '../identity/key.ts';
import { groupBy } from '../plan/group-by.ts';
import { readRecords, type WriteRecord } from './record.ts';

/** The parts of a commit in which overrides are found. */
export interface BranchCommit {
  readonly sha: string;
  /** Name of its author. */
  readonly author: string;
  readonly message: string;
  /** When it was committed, in milliseconds since 1970; absent or 0 when that is not known. */
  readonly at?: number;
  /** Files it touched, of those that were requested; `undefined` when that is not known. */
  readonly paths: readonly string[] | undefined;
}

/** A record, and the commit that holds it. */
export interface FoundRecord {
  readonly record: WriteRecord;
  readonly commit: BranchCommit;
}

/** The history of a branch, with its records by place. */
export interface RecordedHistory {
  /** Newest first. */
  readonly commits: readonly BranchCommit[];
  /** The records of one place of one file (see `fileKey` and `slotKey`), newest first. */
  readonly at: (place: RecordPlace) => readonly FoundRecord[];
}

type RecordPlace = Pick<WriteRecord, 'file' | 'key'>;

/** Reads every message once, however many images of the branch ask: a commit may hold a record for each of them. */
export function indexHistory(commits: readonly BranchCommit[]): RecordedHistory {
  const found = commits.flatMap((commit) =>
    readRecords(commit.message)
      .toReversed()
      .map((record): FoundRecord => ({ record, commit })),
  );
  const index = groupBy(found, ({ record }) => recordPlaceKey(record));
  return { commits, at: (place) => index.get(recordPlaceKey(place)) ?? [] };
}

function recordPlaceKey({ file, key }: RecordPlace): string {
  return joinKey(file, key);
}
