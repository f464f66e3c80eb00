import type { ChangeSet, PlannedChange, PlannedCommit } from '../core/change.ts';
import type { Heads } from '../core/git/heads.ts';
import type { GitPlace } from '../core/policy.ts';
import type { LynceusError } from '../errors.ts';

/** A file wanted for reading: the first of `candidates` that exists. Paths from the root of the work tree. */
export interface FileRequest {
  readonly candidates: readonly string[];
  /** Refused when more than one of them is there. */
  readonly sole?: true;
}

export type FileState =
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'missing'; readonly tried: readonly string[] }
  /** There is something, but it may not be edited: outside the tree, a symbolic link, binary, too large, an LFS pointer, a submodule. */
  | { readonly kind: 'refused'; readonly path: string; readonly error: LynceusError };

/** What became of one planned commit. */
export interface CommitResult {
  readonly commit: PlannedCommit;
  readonly ending:
    /** It is in the remote's branch. */
    | { readonly kind: 'pushed'; readonly sha: string; readonly branch: string }
    /** Only shown: what would have been pushed. */
    | { readonly kind: 'shown'; readonly branch: string }
    /** The branch already has all of it: nothing was written. `others`: it holds a commit that is not ours. */
    | { readonly kind: 'unchanged'; readonly branch: string; readonly others?: OthersCommit }
    | { readonly kind: 'failed'; readonly error: LynceusError };
  /** Changes that were left out of it (the file was changed meanwhile, an edit was refused), with why. */
  readonly refused: readonly { readonly change: PlannedChange; readonly error: LynceusError }[];
  /** Unified diff of what it changes, as `git apply` takes it; `''` for one that is long and not just shown. */
  readonly diff: string;
}

/** A commit that is not ours alone, on a branch that we push. */
export interface OthersCommit {
  readonly sha: string;
  /** Name of its author: foreign text. */
  readonly author: string;
}

/** One commit of a branch, as far as people and rules want to know it. */
export interface HistoryCommit {
  readonly sha: string;
  /** Name of the author. */
  readonly author: string;
  readonly email: string;
  /** Its first parent; absent for none, and where that is not known. */
  readonly parent?: string;
  /** When it was committed, in milliseconds since 1970; 0 when the commit has no valid time. */
  readonly at: number;
  /** The whole message. */
  readonly message: string;
  /**
   * Who made it, as committer and signature show. `us`: its records count. `peer`: Argo CD Image Updater. Asked only for commits
   * that may hold a record of the paths: any other is `others`.
   */
  readonly committedBy: 'us' | 'peer' | 'others';
  /**
   * Which of the paths asked for it changed, against its first parent. `undefined` where that is not known: the
   * parent of the oldest commit kept on each line of history is not there to compare with.
   */
  readonly paths: readonly string[] | undefined;
}

/** Which part of a history is wanted: files from the root of the work tree, and how far back. */
export interface HistoryRequest {
  readonly paths: readonly string[];
  readonly reach: 'recent' | 'far';
}

/** Which files are wanted of which commit. */
export interface RevisionRequest {
  /** Foreign text: anything but the whole hash of a commit is unknown. */
  readonly revision: string;
  readonly requests: readonly FileRequest[];
}

/** One cycle's dealings with Git: each remote and branch is fetched once, whoever asks. */
export interface WriterSession {
  /**
   * The text of each requested file at the head of the base branch. Throws `LynceusError` when the remote or branch
   * cannot be read at all.
   */
  read(place: GitPlace, requests: readonly FileRequest[], signal: AbortSignal): Promise<readonly FileState[]>;
  /**
   * The same at a commit of the remote, as Argo CD names it in a status. What was read once is kept, and a
   * remote that does not have the commit is not asked for it again before its base branch has moved. Throws
   * `revision-unknown` then, and for what is not the whole hash of a commit; else as `read` does.
   */
  readAt(place: GitPlace, wanted: RevisionRequest, signal: AbortSignal): Promise<readonly FileState[]>;
  /**
   * The same at the head of the push branch; `undefined` when its name is not fixed or it does not exist. Throws
   * `branch-foreign` when it is not ours, and nothing on it was recorded by us.
   */
  readProposal(
    place: GitPlace,
    requests: readonly FileRequest[],
    signal: AbortSignal,
  ): Promise<readonly FileState[] | undefined>;
  /**
   * Commits of the base branch, newest first: the last `git.history` of them, or ten times as many where `reach` is `far`. Both sides
   * of a merge are in it, in the order of their dates and never a parent before its child, so that a commit that
   * came with a pull request is seen and not only its merge. `paths` name files as `FileState` does, links
   * followed. Throws as `read` does.
   */
  history(place: GitPlace, request: HistoryRequest, signal: AbortSignal): Promise<readonly HistoryCommit[]>;
  /** Equal text for places of one remote that are logged in to with the same login; it shows nothing of it. Throws what finding a login throws. */
  loginKey(place: GitPlace, signal: AbortSignal): Promise<string>;
  /** The branches of the remote, listed once in a session. Throws `LynceusError` when the remote cannot be listed. */
  heads(place: GitPlace, signal: AbortSignal): Promise<Heads>;
  /**
   * Deletes a push branch that is ours alone; `false` when it is not there, or only where others put it. Throws `branch-foreign` when
   * commits of others are on it, and `git-…`.
   */
  deleteBranch(place: GitPlace, branch: string, signal: AbortSignal): Promise<boolean>;
  /**
   * The results of a change set whose push branch holds commits of others, so that nothing is written; `undefined` when it
   * may be written. Throws as `read` does.
   */
  leftAlone(set: ChangeSet, signal: AbortSignal): Promise<readonly CommitResult[] | undefined>;
  /** Carries out a change set with one push. Never throws for what happens at the remote: it is in the results. */
  apply(set: ChangeSet, signal: AbortSignal): Promise<readonly CommitResult[]>;
  close(): Promise<void>;
}

export interface Writer {
  open(): WriterSession;
}
