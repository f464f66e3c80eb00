import { joinKey } from '../identity/key.ts';
import { groupBy } from '../plan/group-by.ts';
import { plainName, readPeerChanges, type PeerChange } from './peer-commit.ts';
import { readRecords, type WriteRecord } from './record.ts';

/** The parts of a commit in which overrides are found. */
export interface BranchCommit {
  readonly sha: string;
  /** Name of its author. */
  readonly author: string;
  readonly message: string;
  /** Who made it, as it proves: only what we record counts, and what Argo CD Image Updater writes. */
  readonly committedBy: 'us' | 'peer' | 'others';
  /** When it was committed, in milliseconds since 1970; absent or 0 when that is not known. */
  readonly at?: number;
  /** Its first parent; absent for none, and where that is not known. */
  readonly parent?: string;
  /** Files it touched, of those that were requested; `undefined` when that is not known. */
  readonly paths: readonly string[] | undefined;
}

/** Whether a commit changed the file, as far as that is known. */
export function mayTouch({ paths }: BranchCommit, path: string | undefined): boolean {
  return paths === undefined || path === undefined || paths.includes(path);
}

/** A record, and the commit that holds it. */
export interface FoundRecord {
  readonly record: WriteRecord;
  readonly commit: BranchCommit;
  /** Position of the commit in the history, 0 for the newest. */
  readonly order: number;
}

/** The history of a branch, with its records by place. */
export interface RecordedHistory {
  /** Newest first. */
  readonly commits: readonly BranchCommit[];
  /** The records of one place of one file (see `fileKey` and `slotKey`), newest first. */
  readonly at: (place: RecordPlace) => readonly FoundRecord[];
  /** What commits of Argo CD Image Updater say of an image of an Application, as records that name no place; newest first. */
  readonly byPeer: (owner: PeerOwner) => readonly FoundRecord[];
}

type RecordPlace = Pick<WriteRecord, 'file' | 'key'>;

/** Names, as that updater writes them into its messages. */
export type PeerOwner = Pick<PeerChange, 'application' | 'image'>;

/**
 * Reads every message once, however many images of the branch ask: a commit may hold a record for each of them. Whoever may
 * commit can write any message, so the records of others say nothing.
 */
export function indexHistory(commits: readonly BranchCommit[]): RecordedHistory {
  const found = commits.flatMap((commit, order) => {
    if (commit.committedBy === 'others') return [];
    if (commit.committedBy === 'peer') return peerRecords(commit, order).toReversed();
    const records = readRecords(commit.message).map((record) => ({ record, commit, order, isPeer: false }));
    // A message of ours may have the very same text before its records.
    return records.length > 0 ? records.toReversed() : peerRecords(commit, order).toReversed();
  });
  const index = groupBy(
    found.filter(({ isPeer }) => !isPeer),
    ({ record }) => recordPlaceKey(record),
  );
  const byPeer = groupBy(
    found.filter(({ isPeer }) => isPeer),
    ({ record: { application, image } }) => joinKey(application.name, image),
  );
  return {
    commits,
    at: (place) => index.get(recordPlaceKey(place)) ?? [],
    byPeer: ({ application, image }) => byPeer.get(joinKey(application, plainName(image))) ?? [],
  };
}

function peerRecords(commit: BranchCommit, order: number) {
  return readPeerChanges(commit.message).map(({ application, ...change }) => {
    const owner = { application: { namespace: '', name: application }, alias: '' };
    const record: WriteRecord = { kind: 'update', ...owner, ...change, file: '', key: '' };
    return { record, commit, order, isPeer: true };
  });
}

function recordPlaceKey({ file, key }: RecordPlace): string {
  return joinKey(file, key);
}
