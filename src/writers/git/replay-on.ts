import type { PlannedChange, PlannedCommit, PlannedFile } from '../../core/change.ts';
import { applicationKey } from '../../core/identity/application.ts';
import { editedFileKey, fileKey } from '../../core/identity/file.ts';
import { slotKey } from '../../core/identity/slot.ts';
import type { WriteRecord } from '../../core/overrides/record.ts';
import type { FileTarget, PresentImage } from '../../core/policy.ts';
import { quoted } from '../../core/quoted.ts';
import { readImage, type EditOptions } from '../../edits/index.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { FileState } from '../../ports/writer.ts';
import { replayCommits, requestsOf, statesByTarget, type ReplayedCommit } from '../replay.ts';
import type { Connection } from './connection.ts';
import type { Author, CommitOptions, ImportedCommit } from './fast-import.ts';
import type { CommitReader } from './read-files.ts';
import type { RefusedPushes } from './refused-pushes.ts';

export interface GitApplyOptions {
  readonly connection: Connection;
  readonly refusals: RefusedPushes;
  readonly editOptions: EditOptions;
  readonly author: Author;
  readonly pushAttempts: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Branches, by `branchKey`, whose host takes no push in place of a head. */
  readonly unforced: Set<string>;
  readonly signal: AbortSignal;
}

type ReplayOn = Pick<GitApplyOptions, 'connection' | 'editOptions' | 'signal'>;

/** What each file of these commits is at the commit of this reader. */
export async function statesAt(
  commits: readonly PlannedCommit[],
  reader: CommitReader,
  { connection, signal }: ReplayOn,
): Promise<(target: FileTarget) => FileState> {
  const requests = requestsOf(commits);
  const states = await reader.read([...requests.values()], signal);
  const editable = connection.byApi ? states.map((state) => regularOnly(state, reader)) : states;
  return statesByTarget(requests, editable);
}

/** Makes the edits on the files of the commit of this reader. */
export async function replayOn(
  commits: readonly PlannedCommit[],
  reader: CommitReader,
  options: ReplayOn,
): Promise<readonly ReplayedCommit[]> {
  const stateOf = await statesAt(commits, reader, options);
  return replayCommits(commits, { editOptions: options.editOptions, stateOf });
}

/**
 * The same commits for files that may have other versions than those that the decision saw. `versionOf` gives the version
 * to write; a change for which it gives none is left out.
 */
export function rebasedCommits(
  commits: readonly PlannedCommit[],
  { stateOf, versionOf, editOptions }: Rebasing,
): readonly PlannedCommit[] {
  const changesOf = ({ target, changes }: PlannedFile): readonly PlannedChange[] =>
    changes.flatMap(({ comment: _left, ...change }) => {
      const to = versionOf(target, change);
      return to === undefined ? [] : [{ ...change, from: imageIn(stateOf(target), target, change), to }];
    });
  return commits.flatMap((commit) => {
    const files = commit.files
      .map((file) => ({ target: file.target, changes: changesOf(file) }))
      .filter(({ changes }) => changes.length > 0);
    return files.length === 0 ? [] : [{ ...commit, files }];
  });

  function imageIn(state: FileState, target: FileTarget, { slot }: PlannedChange): PresentImage | undefined {
    const presence = readImage(target, state.kind === 'text' ? state.text : undefined, slot, editOptions);
    return presence.kind === 'present' ? presence.image : undefined;
  }
}

interface Rebasing {
  readonly stateOf: (target: FileTarget) => FileState;
  readonly versionOf: (target: FileTarget, change: PlannedChange) => PlannedChange['to'] | undefined;
  readonly editOptions: EditOptions;
}

/** The file that a state is of, as a target names it and as it was found. */
export interface FoundFile {
  readonly target: FileTarget;
  readonly state: FileState;
}

/** Whether a record is of the place and image of a change. */
export function isRecordOf(
  record: WriteRecord,
  { target, state }: FoundFile,
  change: PlannedChange,
): boolean {
  const path = state.kind === 'text' ? state.path : undefined;
  return (
    applicationKey(record.application) === applicationKey(change.application) &&
    record.alias === change.alias &&
    [fileKey(target), editedFileKey(target, path)].includes(record.file) &&
    record.key === slotKey(change.slot)
  );
}

const NEW_FILE = '100644';

/** The API of a host would make any other file a regular one. */
function regularOnly(state: FileState, reader: CommitReader): FileState {
  if (state.kind !== 'text' || reader.modeOf(state.path) === NEW_FILE) return state;
  const { path } = state;
  const message = `${quoted(path)} cannot be written through the API of the host: it is executable, and would not stay so`;
  const hint = 'make it a regular file, or set git.commitMethod to git';
  return { kind: 'refused', path, error: new LynceusError('target-unsupported', message, { hint }) };
}

export function toImport({ commit, files }: ReplayedCommit, reader: CommitReader): ImportedCommit {
  return {
    message: commit.message,
    files: files.map(({ path, after }) => ({ path, text: after, mode: reader.modeOf(path) ?? NEW_FILE })),
  };
}

/** No branch can have this name, so that what is kept of the branch itself stays until it is pushed. */
export function draftOptions(
  branch: string,
  parent: string,
  { author, clock }: Pick<GitApplyOptions, 'author' | 'clock'>,
): CommitOptions {
  return { branch: `draft of ${branch}`, parent, author, now: clock.now() };
}
