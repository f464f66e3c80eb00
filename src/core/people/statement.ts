import type { WriteRecord } from './record.ts';

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
