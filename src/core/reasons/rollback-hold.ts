import type { LynceusError } from '../../errors.ts';

/**
 * Why a version whose check failed is not taken back: a code for machines, and the facts that `describeRollbackHold` makes a sentence
 * of. Times are milliseconds since 1970.
 */
export type RollbackHold = {
  [Code in RollbackHoldCode]: { readonly code: Code; readonly facts: RollbackHoldFacts[Code] };
}[RollbackHoldCode];

export type RollbackHoldCode = keyof RollbackHoldFacts;

type NoFacts = Readonly<Record<string, never>>;

interface RollbackHoldFacts {
  /** Too many Applications fail the check at once, or its source does not answer. */
  'environment-at-fault': { readonly check: string } & (
    | { readonly kind: 'share'; readonly failing: number; readonly watched: number }
    | { readonly kind: 'unanswered' }
  );
  /** So many rollbacks were made within an hour: in a `namespace`, or in all where that is absent. */
  'rollback-limit': { readonly limit: number; readonly namespace?: string };
  /** `rollbacks`: until a person resumes them; else what pauses this Application. */
  'rollbacks-paused': { readonly what: 'rollbacks' | 'application' };
  /** The update windows of an image are closed; `opensAt` is absent where it is not known when they open. */
  'outside-window': { readonly opensAt?: number };
  /** The commit that takes it back could not be made or pushed. */
  'not-written': { readonly why: string };
  /** It could not be found out whether rollbacks are paused. */
  'pause-unknown': { readonly error: LynceusError };
  /** The process leads for less than an observation takes. */
  'observation-too-short': { readonly until: number };
  'clock-set-back': { readonly by: number };
  /** It was the first that was written. */
  'no-version-before': NoFacts;
  /** A check took back the version before, too. */
  'version-before-rolled-back': { readonly version: string };
  /** It was restored by a rollback itself. */
  'restored-version': NoFacts;
  /** The file has something else by now, or a newer commit of ours is about it. */
  'changed-meanwhile': { readonly now: string | undefined };
  /** An annotation or comment holds the image. */
  'held-by-person': { readonly text: string };
  /** A person closed the request that would have taken it back. */
  'proposal-closed': { readonly url: string };
  /** It is written to the Application in the cluster. */
  'not-in-git': NoFacts;
  /** The commit has no record of the image, or is further back than is read. */
  'no-record': NoFacts;
}

/** What may be different in the next cycle by itself: it is asked again. Everything else is final for the write. */
export function isPassing({ code }: Pick<RollbackHold, 'code'>): boolean {
  return PASSING.has(code);
}

const PASSING: ReadonlySet<RollbackHoldCode> = new Set([
  'observation-too-short',
  'clock-set-back',
  'pause-unknown',
  'outside-window',
  'not-written',
]);
