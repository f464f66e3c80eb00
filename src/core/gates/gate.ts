import type { ChosenImage } from '../change.ts';
import type { LynceusError } from '../../errors.ts';
import type { ImagePolicy } from '../policy.ts';
import type { ReasonOf, TurnedAway, UnaskedGateFacts } from '../reasons/reason.ts';
import type { AgeAnswer } from './age-answer.ts';
import type { PolicyFinding } from './signature-finding.ts';
import type { WindowAnswer } from '../windows/update-window.ts';

/** What each gate asks about a version, by the name of the gate. */
export interface GateAnswers {
  readonly 'minimum-age': AgeAnswer;
  readonly signature: PolicyFinding;
  readonly window: WindowAnswer;
}

export type GateName = keyof GateAnswers;

/** A version that is about to be written, with the digest that its tag has now. */
export interface GateCandidate extends ChosenImage {
  readonly digest: string;
}

/** Those that judge what is behind a tag. The other judges when it is written. */
export type DigestGate = Exclude<GateName, 'window'>;

/** What a gate judges. */
export type CandidateOf<Name extends GateName> = Name extends DigestGate ? GateCandidate : ChosenImage;

/** Why nothing at all is written: nobody could be asked about this version, and an older one must not win, or it is not the time. */
export type GateHold =
  | { readonly code: 'gate-unavailable'; readonly facts: UnaskedGateFacts }
  | ReasonOf<'age-unknown' | 'outside-window'>;

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
    candidate: CandidateOf<Name>,
    answer: GateAnswers[Name] | LynceusError,
    policy: ImagePolicy,
  ) => GateJudgement;
}
