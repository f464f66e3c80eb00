import { formatDuration } from './duration.ts';

/** When an image was looked at last, in milliseconds since 1970. */
export interface LastLook {
  readonly at: number;
  /** What was wanted then: a wish that has changed is looked at anew. */
  readonly wish: string;
}

/** The schedule wanders a little: what is due in less than this part of its interval is due now. */
const SLACK = 0.1;

/**
 * Why an image is not looked at in this cycle; `undefined` when it is due. Without an interval it is due in every
 * cycle. Counter-example: one that was never looked at, or whose annotations have changed since, is due at once.
 */
export function notDue(
  interval: number | undefined,
  { last, wish, now }: { readonly last: LastLook | undefined; readonly wish: string; readonly now: number },
): string | undefined {
  if (interval === undefined || last === undefined || last.wish !== wish) return undefined;
  const waited = now - last.at;
  // A clock that was set back must not keep an image waiting.
  if (waited < 0 || waited >= interval * (1 - SLACK)) return undefined;
  const seconds = Math.floor(waited / 1_000) * 1_000;
  return `it was looked at ${formatDuration(seconds)} ago, and is to be looked at every ${formatDuration(interval)}`;
}
