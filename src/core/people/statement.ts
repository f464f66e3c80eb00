import { readRecords, type WriteRecord } from './record.ts';

/** A commit of the branch, as far as it tells about people. */
export interface SeenCommit {
  readonly sha: string;
  /** Name of its author. */
  readonly author: string;
  readonly message: string;
  /** Files it touched, of those that were asked about; `undefined` when that is not known. */
  readonly paths: readonly string[] | undefined;
}

/** A record of this place, and the commit that holds it. */
export interface Statement {
  readonly record: WriteRecord;
  readonly commit: SeenCommit;
}

/** By history: five hundred images of a branch ask for the same one, and a commit may hold a record for each of them. */
const indexes = new WeakMap<readonly SeenCommit[], ReadonlyMap<string, readonly Statement[]>>();

/** What was said of one place of one file (see `fileText` and `slotKey`), newest first. */
export function statementsAt(
  commits: readonly SeenCommit[],
  { file, key }: Pick<WriteRecord, 'file' | 'key'>,
): readonly Statement[] {
  const index = indexes.get(commits) ?? indexOf(commits);
  indexes.set(commits, index);
  return index.get(JSON.stringify([file, key])) ?? [];
}

function indexOf(commits: readonly SeenCommit[]): ReadonlyMap<string, readonly Statement[]> {
  const index = new Map<string, Statement[]>();
  for (const commit of commits) {
    for (const record of readRecords(commit.message).toReversed()) {
      const place = JSON.stringify([record.file, record.key]);
      const known = index.get(place);
      if (known === undefined) index.set(place, [{ record, commit }]);
      else known.push({ record, commit });
    }
  }
  return index;
}
