import type { ImageReference } from './image/reference.ts';
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
  readonly tag: string;
  /** Written together with the tag; `undefined` when only the tag is written. */
  readonly digest: string | undefined;
}

/** One image to be rewritten in one file. Applying it twice is the same as applying it once. */
export interface ImageChange {
  readonly slot: ImageSlot;
  /** Registry and name to be written. */
  readonly image: ImageReference;
  /** What the file said when the decision was made; `undefined` when it did not contain the image. */
  readonly from: PresentImage | undefined;
  readonly to: ChosenImage;
  /** What becomes of the comment `# lynceus: hold` beside it; absent leaves the comment alone. */
  readonly comment?: HoldComment;
}

/** A person's wish: the comment is to stand there with this reason (`''` for none), or not to stand there. */
export type HoldComment = { readonly kind: 'held'; readonly reason: string } | { readonly kind: 'released' };

/** An image that is to be rewritten. */
export interface WantedChange {
  readonly tracked: TrackedImage;
  /** What the file says; `undefined` when it does not contain the image. */
  readonly from: PresentImage | undefined;
  readonly before: PresentImage | undefined;
  readonly to: ChosenImage;
  readonly comment?: HoldComment;
  readonly labels: Readonly<Record<string, string>>;
}

/** A change and whose it is. */
export interface PlannedChange extends ImageChange {
  readonly application: ApplicationId;
  readonly alias: string;
  /** What was in force before: what the file said, else what the Application's own spec says. */
  readonly before: PresentImage | undefined;
  /** Labels of the chosen image, for the commit message; empty when unread. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface PlannedFile {
  readonly target: FileTarget;
  readonly changes: readonly PlannedChange[];
}

export interface PlannedCommit {
  /** One Application, or several when commits are grouped by remote. */
  readonly applications: readonly ApplicationId[];
  readonly message: string;
  readonly files: readonly PlannedFile[];
  /** It is made also when it changes nothing, for what its message says. */
  readonly evenIfEmpty?: boolean;
}

/** Everything for one branch of one Git remote: one fetch, one push. */
export interface ChangeSet {
  readonly place: GitPlace;
  /** Name of the branch to push, rendered; `undefined` when it is the base branch. */
  readonly pushBranch: string | undefined;
  /** It is proposed with a pull request: of this group, and with this text of a commit for all of it. */
  readonly request?: { readonly group: string; readonly message: string };
  readonly commits: readonly PlannedCommit[];
}

/** Everything for one Application in the cluster: one patch. */
export interface ApplicationChangeSet {
  readonly application: ApplicationId;
  readonly target: Extract<WriteTarget, { method: 'application' }>;
  readonly changes: readonly PlannedChange[];
}
