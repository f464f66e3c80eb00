import type { ChangeSet, PlannedCommit } from '../../core/change.ts';
import type { ReplayedCommit } from '../replay.ts';
import type { LeftAlone } from './foreign-branch.ts';
import { findTarget, type PushTarget } from './push-target.ts';
import type { CommitReader } from './read-files.ts';
import { replayOn, type GitApplyOptions } from './replay-on.ts';

/** Edits that were made before it was known whether the branch has moved. */
export interface ReplayedAhead {
  readonly commits: readonly PlannedCommit[];
  readonly reader: CommitReader;
  readonly made: readonly ReplayedCommit[];
}

interface FoundAndReplayed {
  readonly target: PushTarget | LeftAlone;
  /** `undefined` where no files were read before. */
  readonly ahead: ReplayedAhead | undefined;
}

/**
 * Where the commits go. While the remote is asked for that, the edits are made on the head that was read: mostly it is still the
 * head of its branch.
 */
export async function findAndReplay(set: ChangeSet, options: GitApplyOptions): Promise<FoundAndReplayed> {
  const { connection, signal } = options;
  const before = await connection.readBefore(set.place.base);
  const asking = connection.heads(signal, true);
  // Thrown where it is waited for, which is after the edits.
  asking.catch(() => undefined);
  const ahead = before && (await replayAhead(set, connection.readerOf(before), options));
  return { target: await findTarget(set, options, false), ahead };
}

/** What is wrong here is found again on the head of the target. */
async function replayAhead(
  { commits }: ChangeSet,
  reader: CommitReader,
  options: GitApplyOptions,
): Promise<ReplayedAhead | undefined> {
  try {
    return { commits, reader, made: await replayOn(commits, reader, options) };
  } catch {
    return undefined;
  }
}

/** The edits on the files of the commit of this reader, made anew unless they are there already. */
export async function replayedOn(
  commits: readonly PlannedCommit[],
  reader: CommitReader,
  { ahead, ...options }: GitApplyOptions & { readonly ahead: ReplayedAhead | undefined },
): Promise<readonly ReplayedCommit[]> {
  if (ahead !== undefined && ahead.commits === commits && ahead.reader === reader) return ahead.made;
  return await replayOn(commits, reader, options);
}
