import type { StrategyName } from '../policy.ts';

/** A tag that passed the filters. */
export interface TagCandidate {
  readonly tag: string;
  /** Build time in milliseconds since 1970; `undefined` when unknown or not needed. */
  readonly created: number | undefined;
  /** When it was pushed or first seen, in milliseconds since 1970; absent when unknown or not needed. */
  readonly pushed?: number;
}

/** Why a strategy does not choose a tag, whatever else there is. */
export type TagRefusal =
  /** It is no version, or has none where an order says which part it is. */
  | { readonly kind: 'no-version' }
  | { readonly kind: 'outside-constraint' }
  /** The constraint would take it if it named a pre-release. */
  | { readonly kind: 'prerelease' }
  /** Another tag is followed. */
  | { readonly kind: 'not-followed' };

/** How one image's new version is chosen. Making one checks the user's text; from then on choosing cannot fail. */
export interface StrategyRule {
  readonly name: StrategyName;
  /**
   * `names`: ranking needs the names alone; `dates`: every candidate needs its build time first; `pushes`: every
   * candidate needs the time of its push, and those that came at once their build times.
   */
  readonly needs: 'names' | 'dates' | 'pushes';
  /** Whether the digest is written beside the tag. */
  readonly pinsDigest: boolean;
  /** Why a tag is left out of every ranking for its name alone; `undefined` for one that is not. */
  refuses(tag: string): TagRefusal | undefined;
  /**
   * The candidates that may win, best first. The order of the input never matters; nothing is added to it. Of equals the
   * tag in force comes first, if it is one of them, so that nothing is written only to spell a version otherwise.
   */
  rank(candidates: readonly TagCandidate[], inForce?: string): readonly string[];
}
