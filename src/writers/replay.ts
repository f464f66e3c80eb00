import type { PlannedChange, PlannedCommit, PlannedFile } from '../core/change.ts';
import type { FileTarget } from '../core/policy.ts';
import { isAtVersion, samePresence, versionText, type Presence } from '../core/presence.ts';
import { applicationKey } from '../core/identity/application.ts';
import { fileKey } from '../core/identity/file.ts';
import { joinKey } from '../core/identity/key.ts';
import { groupBy } from '../core/plan/group-by.ts';
import {
  changedMeanwhile,
  editFile,
  fileRequestOf,
  lostChange,
  readImage,
  restoreFile,
  type EditOptions,
} from '../edits/index.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { FileRequest, FileState } from '../ports/writer.ts';

export interface RefusedChange {
  readonly change: PlannedChange;
  readonly error: LynceusError;
}

export interface EditedFile {
  readonly path: string;
  /** `undefined` when the file is new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** One planned commit, carried out on texts. */
export interface ReplayedCommit {
  readonly commit: PlannedCommit;
  /** Only files that end up different; none means there is nothing to commit. */
  readonly files: readonly EditedFile[];
  readonly refused: readonly RefusedChange[];
  /** How many changes were there already. */
  readonly already: number;
}

export interface ReplayOptions {
  readonly editOptions: EditOptions;
  /** What the file is before the first commit. */
  readonly stateOf: (target: FileTarget) => FileState;
}

/** The files that these commits touch, by `fileKey`: each is asked for once. */
export function requestsOf(commits: readonly PlannedCommit[]): ReadonlyMap<string, FileRequest> {
  const files = commits.flatMap((commit) => commit.files);
  return new Map(files.map(({ target }) => [fileKey(target), fileRequestOf(target)]));
}

/** What each file is, of which `states` has one for each of `requestsOf`, in its order. */
export function statesByTarget(
  requests: ReadonlyMap<string, FileRequest>,
  states: readonly FileState[],
): ReplayOptions['stateOf'] {
  const byKey = new Map([...requests.keys()].map((key, index) => [key, states[index]]));
  return (target) => {
    const state = byKey.get(fileKey(target));
    if (state === undefined) throw new LynceusError('internal', 'a file of the change set was not read');
    return state;
  };
}

/**
 * Carries out commits on texts, in order; a later commit sees what an earlier one wrote. Pure, so that the same
 * commits can be replayed on a newer head.
 *
 * A change is made when the image is as it was at the decision, counts as done when it is as wanted, and is refused
 * with `changed-meanwhile` otherwise. A refused change leaves the
 * others of its commit alone; when the edit of a file fails, the changes of that Application to it are refused, and all when no
 * Application's alone is the fault.
 */
export function replayCommits(
  commits: readonly PlannedCommit[],
  options: ReplayOptions,
): readonly ReplayedCommit[] {
  const written = new Map<string, string>();
  return commits.map((commit) => {
    const outcomes = commit.files.map((file) => replayFile(file, written, options));
    return {
      commit,
      files: mergeFiles(outcomes.flatMap(({ file }) => file ?? [])),
      refused: outcomes.flatMap(({ refused }) => refused),
      already: outcomes.reduce((sum, { already }) => sum + already, 0),
    };
  });
}

interface FileOutcome {
  readonly file: EditedFile | undefined;
  readonly refused: readonly RefusedChange[];
  readonly already: number;
}

function replayFile(file: PlannedFile, written: Map<string, string>, options: ReplayOptions): FileOutcome {
  const { target, changes } = file;
  const now = textOf(options.stateOf(target), written);
  if (now instanceof LynceusError) return { file: undefined, refused: refuseAll(changes, now), already: 0 };
  // What was permitted is the file that was read: a link may lead elsewhere by now.
  if (file.path !== undefined && now.path !== file.path) {
    const moved = changedMeanwhile(`${file.path} was read, and it is ${now.path} now`);
    return { file: undefined, refused: refuseAll(changes, moved), already: 0 };
  }
  const assessed = changes.map((change): AssessedChange => ({
    change,
    result: assess(change, now, { ...options, target }),
  }));
  const refused = assessed.flatMap(({ change, result }) =>
    result instanceof LynceusError ? [{ change, error: result }] : [],
  );
  const already = assessed.filter(({ result }) => result === 'already').length;
  const wanted = assessed.filter(({ result }) => result === 'edit').map(({ change }) => change);
  if (wanted.length === 0) return { file: undefined, refused, already };
  try {
    const after = editAll(target, now.text, wanted, options.editOptions);
    if (after === now.text) return { file: undefined, refused, already: already + wanted.length };
    rejectLost(assessed, { ...now, text: after }, { ...options, target });
    written.set(now.path, after);
    return { file: { path: now.path, before: now.text, after }, refused, already };
  } catch (thrown) {
    const faulty = refusedAlone(wanted, (changes) => editAll(target, now.text, changes, options.editOptions));
    if (faulty.length === 0)
      return {
        file: undefined,
        refused: [...refused, ...refuseAll(wanted, asLynceusError(thrown))],
        already,
      };
    const left = changes.filter((change) => !faulty.some((one) => one.change === change));
    const rest = replayFile({ target, changes: left }, written, options);
    return { ...rest, refused: [...rest.refused, ...faulty] };
  }
}

/** What takes back a commit does so for each commit by itself: it knows the text before and after it. */
// oxlint-disable-next-line max-params -- the same four as editFile
function editAll(
  target: FileTarget,
  text: string | undefined,
  changes: readonly PlannedChange[],
  options: EditOptions,
): string {
  const others = changes.filter(({ restores }) => restores === undefined);
  const restored = changes.flatMap(({ restores, ...change }) =>
    restores === undefined ? [] : [{ ...change, restores }],
  );
  if (text === undefined || restored.length === 0) return editFile(target, text, changes, options);
  const groups = groupBy(restored, ({ restores: { before, after } }) => joinKey(before, after));
  const again = [...groups.values()].reduce((now, group) => restoreFile(target, now, group, options), text);
  return others.length === 0 ? again : editFile(target, again, others, options);
}

/** The changes of those Applications that cannot be made alone either; none where it is one Application, or all of them together. */
function refusedAlone(
  wanted: readonly PlannedChange[],
  edit: (changes: readonly PlannedChange[]) => unknown,
): readonly RefusedChange[] {
  const owners = [...groupBy(wanted, ({ application }) => applicationKey(application)).values()];
  if (owners.length < 2) return [];
  return owners.flatMap((changes) => {
    try {
      edit(changes);
      return [];
    } catch (thrown) {
      return refuseAll(changes, asLynceusError(thrown));
    }
  });
}

/**
 * Throws `conflicting-changes` when an edited file lacks a version that it had before, or one of a Kustomize image: what
 * is written for one may decide which element another one is found at. All other conflicts fail in the edit itself.
 */
function rejectLost(
  assessed: readonly AssessedChange[],
  edited: TextNow,
  { target, editOptions }: ReplayOptions & { readonly target: FileTarget },
): void {
  if (assessed.length < 2) return;
  for (const { change, result } of assessed) {
    if (result instanceof LynceusError || (result === 'edit' && change.slot.kind !== 'kustomize')) continue;
    const presence = readImage(target, edited.text, change.slot, editOptions);
    if (presence.kind === 'present' && isAtVersion(presence.image, change, 'removed')) continue;
    throw lostChange(edited.path, change);
  }
}

interface TextNow {
  readonly path: string;
  readonly text: string | undefined;
}

function textOf(state: FileState, written: ReadonlyMap<string, string>): TextNow | LynceusError {
  switch (state.kind) {
    case 'refused':
      return state.error;
    case 'text':
      return { path: state.path, text: written.get(state.path) ?? state.text };
    case 'missing': {
      const path = state.tried.find((tried) => written.has(tried)) ?? state.tried[0];
      if (path === undefined) return new LynceusError('internal', 'a file target without a path');
      return { path, text: written.get(path) };
    }
  }
}

/** What is to be done about a change, or why it is refused. */
type Assessment = 'edit' | 'already' | LynceusError;

interface AssessedChange {
  readonly change: PlannedChange;
  readonly result: Assessment;
}

function assess(
  change: PlannedChange,
  now: TextNow,
  { target, editOptions }: ReplayOptions & { readonly target: FileTarget },
): Assessment {
  try {
    const presence = readImage(target, now.text, change.slot, editOptions);
    if (presence.kind === 'absent') return assessAbsent(now, change, presence);
    if (isAtVersion(presence.image, change, 'removed') && hasComment(presence, change)) return 'already';
    if (presence.hold !== undefined && change.comment === undefined)
      // What was held when it was read is never planned; so somebody did it since.
      return changedMeanwhile(`${now.path} holds the image since it was read`);
    if (change.from !== undefined && samePresence(presence.image, change.from)) return 'edit';
    return isOther(now.path, change, versionText(presence.image) ?? 'no version');
  } catch (thrown) {
    return asLynceusError(thrown);
  }
}

function hasComment({ hold }: Extract<Presence, { kind: 'present' }>, { comment }: PlannedChange): boolean {
  if (comment === undefined) return true;
  return hold === (comment.kind === 'held' ? comment.reason : undefined);
}

function assessAbsent(
  now: TextNow,
  change: PlannedChange,
  { mayCreate, detail }: Extract<Presence, { kind: 'absent' }>,
): Assessment {
  if (change.from !== undefined) return isOther(now.path, change, `no longer the image: ${detail}`);
  if (mayCreate) return 'edit';
  return new LynceusError(
    now.text === undefined ? 'target-missing' : 'key-missing',
    `${now.path}: ${detail}`,
  );
}

function isOther(path: string, { from }: PlannedChange, now: string): LynceusError {
  const expected = versionText(from) ?? 'nothing';
  return changedMeanwhile(`${path} had ${expected} when it was read, and now has ${now}`);
}

function refuseAll(changes: readonly PlannedChange[], error: LynceusError): readonly RefusedChange[] {
  return changes.map((change) => ({ change, error }));
}

/** Two targets may lead to one file: what counts is its first text and its last. */
function mergeFiles(files: readonly EditedFile[]): readonly EditedFile[] {
  const merged = new Map<string, EditedFile>();
  for (const file of files) {
    const before = merged.has(file.path) ? merged.get(file.path)?.before : file.before;
    merged.set(file.path, { ...file, before });
  }
  return [...merged.values()].filter(({ before, after }) => before !== after);
}
