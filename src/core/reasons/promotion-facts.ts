import type { LynceusError } from '../../errors.ts';
import type { ChosenImage } from '../change.ts';
import type { VersionJudgement } from '../promotion/judge-version.ts';
import type { PromotionPolicy } from '../promotion/promotion-policy.ts';

/** What the upstream image has had is not known: any version may be one that it took back. */
export interface UnaskedUpstreamFacts {
  readonly gate: 'promotion';
  /** For people: `argocd/shop-dev/api`. */
  readonly upstream: string;
  readonly error: LynceusError;
}

/** Why no version is promoted to an image. */
export type PromotionFacts =
  /** The upstream image has this version, or had it, and does not let it through. */
  | {
      readonly kind: 'judged';
      readonly version: string;
      readonly upstream: string;
      readonly judgement: Exclude<VersionJudgement, { kind: 'eligible' }>;
      readonly asked: Pick<PromotionPolicy, 'when' | 'after'>;
    }
  /** The registry of this image does not have it. */
  | { readonly kind: 'not-listed'; readonly version: string; readonly repository: string }
  /** What is behind its tag is not what the upstream image has. */
  | { readonly kind: 'other-digest'; readonly version: string; readonly upstream: string }
  /** There is no version at all that the upstream images had. */
  | { readonly kind: 'nothing'; readonly upstreams: readonly string[] }
  /** They had so many, and the rules of this image let none of them through. */
  | { readonly kind: 'none-fits'; readonly upstreams: readonly string[]; readonly count: number };

/** It would be written if somebody said so. */
export interface ApprovalFacts {
  readonly candidate: ChosenImage;
  readonly upstreams: readonly string[];
  /** What to run: `lynceus promote argocd/shop-prod api 1.4.2`. */
  readonly command: string;
}
