import type { ErrorCode } from '../../errors.ts';
import type { TagOutcomeKind } from '../reasons/tag-outcome.ts';
import type { ImageOutcome } from '../report.ts';
import type { ReasonCode } from '../reasons/reason.ts';
import type { VersionStatus } from './image-status.ts';

/**
 * What became of every tag of an image, as `lynceus explain` and the status API show it (docs/status.md). All of it may become JSON as
 * it is. Times are milliseconds since 1970. Nothing in it is escaped.
 */
export interface ImageExplanation {
  readonly namespace: string;
  readonly application: string;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  readonly outcome: ImageOutcome;
  readonly code: ErrorCode | ReasonCode;
  readonly reason: string;
  readonly current?: VersionStatus;
  readonly candidate?: VersionStatus;
  /** When the tags were listed; absent where the registry was not asked. */
  readonly listedAt?: number;
  readonly strategy: string;
  readonly counts: {
    /** Listed by the registry. */
    readonly listed: number;
    /** Left after the filters. */
    readonly considered: number;
    /** How many of each code there are, also of tags that are not in `tags`. */
    readonly codes: Readonly<Partial<Record<TagOutcomeKind, number>>>;
  };
  /** The newest first; not all of them where there are many. */
  readonly tags: readonly TagStatus[];
  /** What would have to be another way for another answer, one sentence each. */
  readonly needed: readonly string[];
}

export interface TagStatus {
  readonly tag: string;
  readonly code: TagOutcomeKind;
  /** One sentence for people, of which the tag is not a part. */
  readonly reason: string;
  /** It is that of the version in force; absent when it is not. */
  readonly inForce?: true;
  /** When it was pushed, first seen or built; absent where that was not asked for. */
  readonly time?: number;
  readonly digest?: string;
}
