import type { ImageOutcome } from '../report.ts';
import type { ChangeStatus, ImageStatus } from './image-status.ts';

/** Which images are wanted; a field that is absent wants all. Texts are as somebody typed them. */
export interface ImageQuery {
  /** Words that must all occur in application, alias, image, tag, code or reason, in whatever case. */
  readonly search?: string;
  readonly outcomes?: readonly ImageOutcome[];
  readonly code?: string;
  readonly namespace?: string;
  readonly project?: string;
  readonly application?: string;
  readonly image?: string;
  readonly sort?: ImageOrder;
}

export const IMAGE_ORDERS = ['name', 'attention', 'behind', 'since'] as const;

/** `attention`: what failed first, then what is held, what waits, what is up to date. */
export type ImageOrder = (typeof IMAGE_ORDERS)[number];

/** A part of a list; `next` is where the next part begins, absent at the end. */
export interface StatusPage<Item> {
  readonly items: readonly Item[];
  /** How many there are in all parts. */
  readonly total: number;
  readonly next?: string;
}

/** What is known of one image: how it is, and what happened to it, newest first. */
export interface ImageStory {
  readonly image: ImageStatus;
  readonly changes: readonly ChangeStatus[];
  /** What is watched of the version that was written last; absent where nothing is. */
  readonly verification?: VerificationStatus;
  /** The images that are promoted from this one, by their ids. */
  readonly promotedTo: readonly string[];
}

export interface VerificationStatus {
  readonly state: 'waiting' | 'running' | 'verified' | 'failed' | 'inconclusive';
  readonly commit: string;
  readonly since: number;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail?: string }[];
}

/** An image of a promotion pipeline. */
export interface PipelineStage {
  readonly imageId: string;
  readonly upstreams: readonly string[];
  readonly when?: string;
  readonly after?: string;
  readonly approval?: string;
  readonly current?: string;
  readonly candidate?: string;
  readonly waitsFor?: string;
}

export interface RegistryStatus {
  readonly registry: string;
  readonly requests: number;
  readonly failures: number;
  /** When it was asked last. */
  readonly lastAt?: number;
  readonly quota?: { readonly remaining: number; readonly limit: number; readonly at: number };
  readonly pausedUntil?: number;
  readonly pausedBecause?: string;
}

export interface RemoteStatus {
  /** Without credentials. */
  readonly remote: string;
  readonly lastFetch?: { readonly at: number; readonly ok: boolean };
  readonly lastPush?: { readonly at: number; readonly ok: boolean };
}

/** All in one look. */
export interface StatusOverview {
  /** Of Lynceus. */
  readonly version: string;
  /** Of what is shown: another text means that something is different. */
  readonly revision: string;
  readonly shard?: string;
  readonly leader: { readonly leads: boolean; readonly place?: string };
  /** The last cycle; absent before the first one ended. */
  readonly cycle?: {
    readonly id: string;
    readonly startedAt: number;
    readonly seconds: number;
    readonly failures: readonly { readonly code: string; readonly message: string }[];
    readonly costs: {
      readonly registryRequests: number;
      readonly gitFetches: number;
      readonly gitPushes: number;
    };
  };
  /** When the next cycle is due, where that is known. */
  readonly nextAt?: number;
  readonly paused?: string;
  readonly applications: number;
  readonly images: Readonly<Record<ImageOutcome, number>>;
  /** Images that are held, by code. */
  readonly held: Readonly<Record<string, number>>;
  readonly problems: number;
  readonly verificationsRunning: number;
}
