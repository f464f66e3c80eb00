import type { ChosenImage } from '../change.ts';
import type { LynceusError } from '../../errors.ts';
import type { ImagePolicy } from '../policy.ts';
import type { ReasonOf, TurnedAway } from '../reasons/reason.ts';
import type { AgeAnswer } from './age-answer.ts';
import type { SignatureFinding } from './signature-finding.ts';

/** What each gate asks about a version, by the name of the gate. */
export interface GateAnswers {
  readonly 'minimum-age': AgeAnswer;
  readonly signature: SignatureFinding;
}

export type GateName = keyof GateAnswers;

/** A version that is about to be written, with the digest that its tag has now. */
export interface GateCandidate extends ChosenImage {
  readonly digest: string;
}

/** Why nothing at all is written: an older version must not win because nobody could be asked about this one. */
export type GateHold = ReasonOf<'gate-unavailable' | 'age-unknown'>;

export type GateJudgement =
  | { readonly kind: 'pass' }
  /** The next version may be tried. */
  | { readonly kind: 'turned-away'; readonly why: TurnedAway }
  | { readonly kind: 'held'; readonly why: GateHold };

/**
 * One question about a version before it is written. A gate only judges: whoever asks fetches the answer, or has the error
 * of asking, which never lets a version through.
 */
export interface Gate<Name extends GateName> {
  /** Whether the policy of an image asks for it. */
  readonly applies: (policy: ImagePolicy) => boolean;
  /** Whether what passed is written with the digest that was judged, where there is room for it. */
  readonly bindsDigest: boolean;
  readonly judge: (
    candidate: GateCandidate,
    answer: GateAnswers[Name] | LynceusError,
    policy: ImagePolicy,
  ) => GateJudgement;
}
