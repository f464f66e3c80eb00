import type { NOTICE_SEVERITIES, NoticeKind } from './notice-kind.ts';
import type { ErrorCode } from '../../errors.ts';
import type { ApplicationId } from '../policy.ts';
import type { ImageOutcome } from '../report.ts';
import type { ReasonCode } from '../reasons/reason.ts';

/**
 * Something that people are notified of, once. Names, versions, authors and reasons are foreign text: whoever shows them
 * escapes them. Times are milliseconds since 1970.
 */
export interface Notice {
  readonly kind: NoticeKind;
  /** Two notices with one key are one; it is the same after a restart, and in another replica. */
  readonly key: string;
  /** The same for all notices of one condition: a notice `recovered` ends what `failing` with the same one began. */
  readonly subject: string;
  readonly at: number;
  readonly severity: (typeof NOTICE_SEVERITIES)[number];
  /** Absent for what concerns several Applications, or none: a registry that is down, a source that cannot be read. */
  readonly application?: ApplicationId;
  /** How many it concerns; absent where `images` is all of it. */
  readonly extent?: NoticeExtent;
  /** AppProject; absent where it is not known. */
  readonly project?: string;
  readonly images: readonly NoticeImage[];
  /** Stable, for machines; see docs/errors.md and docs/logs.md. */
  readonly code: ErrorCode | ReasonCode | NoticeKind;
  /** One sentence for people. */
  readonly reason: string;
  /** What the people of the Application are sent in place of code and reason; absent where they may read these. */
  readonly forTenants?: Pick<Notice, 'code' | 'reason'>;
  readonly commit?: NoticeCommit;
  /** How `commit` does is yet to be seen: another notice of it follows. */
  readonly awaitsVerification?: true;
  /** The commit that was taken back, or is to be; absent for all but rollbacks. */
  readonly failedCommit?: NoticeCommit;
  readonly pullRequest?: string;
  /** The check that decided; absent where none did. */
  readonly check?: string;
}

/** One notice in place of many. */
export interface NoticeExtent {
  readonly applications: number;
  /** `images` has the first of them. */
  readonly images: number;
}

export interface NoticeImage {
  /** Absent where the notice has it. */
  readonly application?: ApplicationId;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  readonly outcome?: ImageOutcome;
  /** As `versionText` spells them; absent where there is none. */
  readonly from?: string;
  readonly to?: string;
}

export interface NoticeCommit {
  readonly sha: string;
  readonly branch: string;
  /** `branch` is one of its own, which Argo CD does not follow until it is merged. */
  readonly isProposed?: true;
  /** The remote without credentials. */
  readonly remote: string;
  /** Page of the commit at its host; absent where the host is not known. */
  readonly url?: string;
}
