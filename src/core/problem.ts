import type { ErrorCode } from '../errors.ts';
import type { ApplicationId, ImageUpdaterId } from './policy.ts';

/** Something to correct in a manifest: which Application, which key, the value found, and what is expected. */
export interface Problem {
  /** With the name `''` when it is none: an `ImageUpdater`, a file. */
  readonly application: ApplicationId;
  /** The `ImageUpdater` that has the key; absent when the Application or a file has it. */
  readonly updater?: ImageUpdaterId;
  /** Alias of the image that is left alone for it; `undefined` when it is the whole Application. */
  readonly alias: string | undefined;
  readonly code: ErrorCode;
  /** Annotation key or manifest path, in full. */
  readonly key: string;
  /** The value found, `''` when there is none. */
  readonly value: string;
  readonly message: string;
}
