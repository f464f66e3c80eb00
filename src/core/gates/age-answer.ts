import type { AgeClock } from './age-facts.ts';

/** How old a version is. */
export type AgeAnswer =
  /** Milliseconds since 1970, by `clock`; `now` is when its tags were listed. */
  | {
      readonly kind: 'known';
      readonly since: number;
      readonly clock: AgeClock;
      readonly now: number;
    }
  /** It could not be remembered when it was seen first. */
  | { readonly kind: 'unknown' };
