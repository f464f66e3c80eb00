/**
 * What a person should know about an image although nothing fails for it: a code for machines, and the facts that
 * `describeWarning` makes a sentence of. A warning never stops a write.
 */
export type Warning = {
  [One in WarningCode]: { readonly code: One; readonly facts: WarningFacts[One] };
}[WarningCode];

export type WarningCode = keyof WarningFacts;

interface WarningFacts {
  /** A comment asks for a hold and holds nothing. */
  'hold-without-effect': HoldCommentFacts;
  /** A comment holds although it is spelled in another way. */
  'hold-misspelt': HoldCommentFacts;
}

/** A comment that is meant to hold something. */
export interface HoldCommentFacts {
  /** Path of its file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The comment as written, from its `#` on. */
  readonly comment: string;
  /** Key of the version that is nearest to it. */
  readonly nearest: string;
}
