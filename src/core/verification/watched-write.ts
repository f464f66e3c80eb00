import type { ApplicationId, TrackedImage } from '../policy.ts';

/** A commit of ours that is verified: what it wrote for one Application, and what of it is still there. */
export interface WatchedWrite {
  readonly application: ApplicationId;
  /** The commit in the base branch that has the records. */
  readonly commit: string;
  /** When it was committed, in milliseconds since 1970. */
  readonly writtenAt: number;
  /** `rollback`: it restored what was there before; whatever becomes of it, nothing more is done than to tell. */
  readonly kind: 'update' | 'rollback';
  /** At least one. */
  readonly images: readonly WatchedImage[];
}

/** One image of a watched write. */
export interface WatchedImage {
  /** With its branch resolved. */
  readonly tracked: TrackedImage;
  /** Where its file was read, links followed; `undefined` when that is not known. */
  readonly path: string | undefined;
  /** The version before; `undefined` when there was none. */
  readonly from: string | undefined;
  /** The version that was written, as `versionText` spells it. */
  readonly to: string;
}
