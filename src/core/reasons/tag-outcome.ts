import type { LynceusError } from '../../errors.ts';
import type { Platform } from '../image/platform.ts';
import type { TagRefusal } from '../strategies/strategy.ts';
import type { FilterMiss } from '../tags/filter.ts';
import type { Rejection, TurnedAway } from './reason.ts';

/** What became of one tag of a listing when a version was chosen, in the order in which it is asked. */
export type TagOutcome =
  /** It belongs to another image: a signature, an attestation, a bill of materials. */
  | { readonly kind: 'supplementary' }
  | FilterMiss
  | TagRefusal
  /** No image that this one is promoted from had it (`never-had`), or it may not be promoted yet. */
  | {
      readonly kind: 'not-promoted';
      readonly upstreams: readonly string[];
      readonly why: 'never-had' | 'not-yet';
    }
  /** A gate does not let it through. */
  | { readonly kind: 'turned-away'; readonly why: TurnedAway }
  /** It is known from earlier cycles to be too young. */
  | { readonly kind: 'young' }
  /** It is no image for the required platforms, or none at all. */
  | { readonly kind: 'unfit'; readonly why: Rejection; readonly required: readonly Platform[] | undefined }
  /** It might have been the one to choose. */
  | { readonly kind: 'unreadable'; readonly error: LynceusError }
  /** It lacks the time by which the strategy compares, or has one that cannot be true. */
  | { readonly kind: 'no-time'; readonly of: 'build' | 'push'; readonly isFalse: boolean }
  /** The search ended before it was its turn, and no version was chosen. */
  | { readonly kind: 'not-reached' }
  | { readonly kind: 'chosen' }
  /** The same version as the chosen one, written otherwise. */
  | { readonly kind: 'same-version'; readonly chosen: string }
  /** Behind the chosen one; `place` counts from 1. */
  | { readonly kind: 'lower'; readonly chosen: string; readonly place: number }
  /** Behind the version in force. */
  | { readonly kind: 'older'; readonly inForce: string; readonly place: number | undefined };

export type TagOutcomeKind = TagOutcome['kind'];

/** One tag of a listing. */
export interface ExplainedTag {
  readonly tag: string;
  readonly outcome: TagOutcome;
  /** It is that of the version in force. */
  readonly isInForce: boolean;
  /** When it was pushed, first seen or built, by what decides here, in milliseconds since 1970; absent where that is not known. */
  readonly time?: number;
  /** Absent where it was not asked for. */
  readonly digest?: string;
}
