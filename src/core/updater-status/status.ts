/**
 * `status` of an `ImageUpdater`, as far as it is written by us: the fields of Argo CD Image Updater, and `imagesNotUpdated`. Times
 * are RFC 3339 in UTC. What is absent was never written.
 */
export interface UpdaterStatus {
  readonly observedGeneration?: number | undefined;
  readonly lastCheckedAt?: string | undefined;
  readonly lastUpdatedAt?: string | undefined;
  readonly applicationsMatched?: number | undefined;
  readonly imagesManaged?: number | undefined;
  /** Those of the last cycle that updated any. */
  readonly recentUpdates?: readonly RecentUpdate[] | undefined;
  /** The first of the images that did not move although there is something to say of them. */
  readonly imagesNotUpdated?: readonly ImageNotUpdated[] | undefined;
  /** How many there are, those of `imagesNotUpdated` among them. */
  readonly imagesNotUpdatedTotal?: number | undefined;
  readonly conditions?: readonly UpdaterCondition[] | undefined;
}

/** One new version of one alias, in however many Applications. */
export interface RecentUpdate {
  /** The name of the image where there is no alias. */
  readonly alias: string;
  /** Without tag. */
  readonly image: string;
  /** A digest, or a tag. */
  readonly newVersion: string;
  readonly applicationsUpdated: number;
  readonly updatedAt: string;
  readonly message: string;
}

/** An image that did not move, and why. */
export interface ImageNotUpdated {
  /** `namespace/name` */
  readonly application: string;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  /** `held`, `skipped` or `failed`; free text in what somebody else wrote. */
  readonly outcome: string;
  readonly code: string;
  readonly reason: string;
  /** When it was first seen with this outcome and code. */
  readonly since: string;
}

/** As `metav1.Condition`. */
export interface UpdaterCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number | undefined;
  /** When `status` became what it is. */
  readonly lastTransitionTime: string;
}

/** How many of `imagesNotUpdated` are written. */
export const MOST_NOT_UPDATED = 50;
/** How many of `recentUpdates` are written. */
export const MOST_RECENT_UPDATES = 50;
/** Bytes of a text in a list of the status. */
export const LONGEST_STATUS_TEXT = 300;
/** Bytes of the message of a condition. */
export const LONGEST_CONDITION_MESSAGE = 1_024;
