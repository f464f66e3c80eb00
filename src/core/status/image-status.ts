import type { ErrorCode } from '../../errors.ts';
import type { ImageOutcome } from '../report.ts';
import type { ReasonCode } from '../reasons/reason.ts';

/**
 * An image as the status API shows it (docs/status.md). All of it may become JSON as it is. Times are milliseconds since 1970. Nothing
 * in it is escaped: tags, reasons, names and authors are foreign text.
 */
export interface ImageStatus {
  /** Stable and unique: `namespace/application/alias`, with the image in place of an alias that is `''`, each part percent-encoded. */
  readonly id: string;
  readonly namespace: string;
  readonly application: string;
  readonly project?: string;
  /** The `ImageUpdater` that it is of, `namespace/name`; absent for annotations. */
  readonly updater?: string;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  readonly outcome: ImageOutcome;
  readonly code: ErrorCode | ReasonCode;
  readonly reason: string;
  /** What the reason is made of. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Since when outcome, code and candidate are what they are. */
  readonly since: number;
  /** When it was evaluated last. */
  readonly checkedAt: number;
  readonly current?: VersionStatus;
  readonly candidate?: VersionStatus;
  /** How many versions that the policy lets through are newer than the one in force; absent where that is not known. */
  readonly behind?: number;
  readonly tags?: { readonly seen: number; readonly considered: number };
  /** Who or what holds it, where that is known. */
  readonly hold?: HoldStatus;
  readonly policy?: PolicyStatus;
  readonly writer?: 'git' | 'argocd';
  readonly git?: GitStatus;
  readonly pullRequest?: string;
  /** What Argo CD says of the Application. */
  readonly deployment?: {
    readonly sync: string;
    readonly health: string;
    readonly healthSince?: number;
    readonly revision?: string;
  };
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly problems: readonly { readonly code: string; readonly key: string; readonly message: string }[];
}

export interface VersionStatus {
  readonly tag?: string;
  readonly digest?: string;
}

export interface HoldStatus {
  /** When it ends by itself. */
  readonly until?: number;
  readonly author?: string;
  readonly commit?: string;
  readonly check?: string;
  /** What a person can do to end it: a command. */
  readonly release?: string;
}

/** What is asked of versions, each as people write it. */
export interface PolicyStatus {
  readonly strategy: string;
  readonly constraint?: string;
  readonly allowTags?: string;
  readonly ignoreTags: readonly string[];
  readonly platforms: readonly string[];
  readonly minimumAge?: string;
  readonly windows: readonly string[];
  readonly signatures: readonly string[];
  readonly verify: readonly string[];
  /** Images that it is promoted from, by their ids or, where they are not known, their texts. */
  readonly promoteFrom: readonly string[];
  readonly promoteWhen?: string;
  readonly paused?: string;
  readonly hold?: string;
}

export interface GitStatus {
  /** Without credentials. */
  readonly remote: string;
  readonly branch: string;
  readonly path?: string;
  readonly commit?: string;
  /** Page of the commit at its host; absent where the host is not known. */
  readonly commitUrl?: string;
}

/** Something that happened to an image, as its story and the list of recent changes tell it. */
export interface ChangeStatus {
  readonly id: string;
  /** `ImageStatus.id`. */
  readonly imageId: string;
  readonly at: number;
  readonly kind:
    | 'updated'
    | 'proposed'
    | 'promoted'
    | 'set'
    | 'synced'
    | 'verified'
    | 'verification-failed'
    | 'inconclusive'
    | 'rolled-back'
    | 'held'
    | 'failing'
    | 'recovered';
  readonly from?: string;
  readonly to?: string;
  /** One sentence for people. */
  readonly text: string;
  readonly by?: string;
  readonly check?: string;
  readonly git?: GitStatus;
  readonly pullRequest?: string;
}
