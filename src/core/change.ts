import type { ImageReference } from './image/reference.ts';
import type { FoundKeys } from './key-path.ts';
import type {
  ApplicationId,
  FileTarget,
  GitPlace,
  ImageSlot,
  PresentImage,
  TrackedImage,
  WriteTarget,
} from './policy.ts';

/** A version that was chosen. */
export interface ChosenImage {
  /** `''` for a digest alone that is there already and stays: it is never written. */
  readonly tag: string;
  /** Written together with the tag; `undefined` when only the tag is written. */
  readonly digest: string | undefined;
  /** The digest only keeps the tag from being moved: people are told the tag. Absent where the digest is the version. */
  readonly pinned?: true;
}

/** One image to be rewritten in one file. Applying it twice is the same as applying it once. */
export interface ImageChange {
  readonly slot: ImageSlot;
  /** Registry and name to be written. */
  readonly image: ImageReference;
  /** What the file had when the decision was made; `undefined` when it did not contain the image. */
  readonly from: PresentImage | undefined;
  readonly to: ChosenImage;
  /** What happens to the comment `# lynceus: hold` beside it; absent leaves the comment alone. */
  readonly comment?: HoldComment;
}

/** A check failed, and what was written is taken back. */
export interface CheckFailure {
  /** The name of the check. */
  readonly check: string;
  /** What it found, one line for people; `''` when it does not say. Foreign text. */
  readonly detail: string;
  /** The commit whose version failed. */
  readonly commit: string;
  /** It did not fail here: what failed was written by the same commit. */
  readonly isCompanion?: true;
}

/** The text of a file before and after a commit of ours. */
export interface RestoredText {
  readonly before: string;
  readonly after: string;
  /** What the commit wrote for the image. */
  readonly wrote: ChosenImage;
}

/** The comment is written with this reason (`''` for none), or removed. */
export type HoldComment = { readonly kind: 'held'; readonly reason: string } | { readonly kind: 'released' };

/** A tracked image and the version to write. */
export interface ImageUpdate {
  readonly tracked: TrackedImage;
  /** Where the file was read, links followed; absent when it was not there. */
  readonly path?: string | undefined;
  /** The keys to which the paths of its slot led; absent where it was not read. */
  readonly foundAt?: FoundKeys | undefined;
  /** What the file has; `undefined` when it does not contain the image. */
  readonly from: PresentImage | undefined;
  /** What is in force: what the file has, else what the Application's own spec has. */
  readonly before: PresentImage | undefined;
  readonly to: ChosenImage;
  readonly comment?: HoldComment;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it takes back what was written; absent for a version that was chosen. */
  readonly rollback?: CheckFailure;
  /** What its file is to say again, to the letter; absent where that is not known. */
  readonly restores?: RestoredText;
}

/** A change with the Application and alias that it belongs to. */
export interface PlannedChange extends ImageChange {
  readonly application: ApplicationId;
  readonly alias: string;
  /** What was in force before: what the file had, else what the Application's own spec had. */
  readonly before: PresentImage | undefined;
  /** Labels of the chosen image, for the commit message; empty when unread. */
  readonly labels: Readonly<Record<string, string>>;
  /** These two as in the update. */
  readonly rollback?: CheckFailure;
  readonly restores?: RestoredText;
}

export interface PlannedFile {
  readonly target: FileTarget;
  /** Where it was read, links followed, and permitted; absent where that does not matter. */
  readonly path?: string;
  readonly changes: readonly PlannedChange[];
}

export interface PlannedCommit {
  /** One Application, or several when commits are grouped by remote. */
  readonly applications: readonly ApplicationId[];
  readonly message: string;
  readonly files: readonly PlannedFile[];
  /** It may go on top of a push branch that is not ours, which is never made anew, moved or deleted all the same. */
  readonly mayUseForeignBranch?: boolean;
  /** What would allow that, where it is not allowed. */
  readonly foreignBranchHint?: string;
  /** Commit also when no file changes: the message is what counts. */
  readonly evenIfEmpty?: boolean;
  /** The same as one commit for each Application, where there are several: for a remote that does not take all of them. */
  readonly parts?: readonly PlannedCommit[];
}

/** Everything for one branch of one Git remote: one fetch, one push. */
export interface ChangeSet {
  readonly place: GitPlace;
  /** Name of the branch to push, rendered; `undefined` when it is the base branch. */
  readonly pushBranch: string | undefined;
  /** An open request of ours has the push branch as its head, as its host says. */
  readonly isProposed?: boolean;
  /** The pull request that proposes it: its group, the commit message for all of its changes, and its text in Markdown. */
  readonly request?: { readonly group: string; readonly message: string; readonly text?: string };
  readonly commits: readonly PlannedCommit[];
}

/** Everything for one Application in the cluster: one patch. */
export interface ApplicationChangeSet {
  readonly application: ApplicationId;
  readonly target: Extract<WriteTarget, { method: 'application' }>;
  readonly changes: readonly PlannedChange[];
}
