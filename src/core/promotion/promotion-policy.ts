/** How far a version has come, each more than the one before. */
export const PROMOTION_STAGES = ['written', 'synced', 'healthy', 'verified'] as const;

export type PromotionStage = (typeof PROMOTION_STAGES)[number];

/**
 * How a version gets from one Application to the next. `pull-request`: somebody merges it. `command`: somebody runs
 * `lynceus promote`. `none`: it is written as any update.
 */
export const PROMOTION_APPROVALS = ['none', 'pull-request', 'command'] as const;

export type PromotionApproval = (typeof PROMOTION_APPROVALS)[number];

/** What makes the image in two image repositories the same version: its tag, or what is behind it. */
export const PROMOTION_IDENTITIES = ['tag', 'digest'] as const;

export type PromotionIdentity = (typeof PROMOTION_IDENTITIES)[number];

/** Only versions that other images had before are written, in the order in which those had them. */
export interface PromotionPolicy {
  /** A version must have come through all of them; at least one. */
  readonly from: readonly UpstreamName[];
  readonly when: PromotionStage;
  /** For how long without interruption, in milliseconds: in the state `written` or `synced`, or healthy. */
  readonly after: number;
  readonly by: PromotionIdentity;
  readonly approval: PromotionApproval;
  /** The full name of the annotation that names them, for problems. */
  readonly key: string;
}

/** An image of an Application, as an annotation names it. */
export interface UpstreamName {
  /** `undefined`: that of the Application which names it. */
  readonly namespace: string | undefined;
  readonly application: string;
  /** `undefined`: the image of that Application which is the same. */
  readonly alias: string | undefined;
  /** As written. */
  readonly text: string;
}

/** So many may be named for one image. */
export const MOST_UPSTREAMS = 10;
