import type { ChosenImage } from '../change.ts';

/** Whose time tells how old a version is: that of the push, or that of the first sight. */
export type AgeClock = 'registry' | 'ours';

/** It is not known how old a version is. */
export interface UnknownAgeFacts {
  /** With the digest that was judged. */
  readonly candidate: ChosenImage;
  /** How old it must be, in milliseconds. */
  readonly asked: number;
}

/** A version is younger than its policy asks. Durations are milliseconds, times milliseconds since 1970. */
export interface AgeFacts extends UnknownAgeFacts {
  readonly age: number;
  readonly since: number;
  readonly clock: AgeClock;
  /** From when on it is old enough. */
  readonly until: number;
}
