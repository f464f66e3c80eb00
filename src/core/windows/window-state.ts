import { lastOpening, nextOpening } from './cron-schedule.ts';
import type { UpdateWindow } from './update-window.ts';

/** Times are milliseconds since 1970. */
export type WindowState =
  /** At least until then: it may open again before. */
  | { readonly kind: 'open'; readonly until: number }
  /** `opensAt`: `undefined` when it never opens again. */
  | { readonly kind: 'closed'; readonly opensAt: number | undefined };

interface Known {
  readonly from: number;
  readonly until: number;
  readonly state: WindowState;
}

/** The answers of a window, each for the time in which it is true. */
const known = new WeakMap<UpdateWindow, Known[]>();
const MOST_KNOWN = 16;

/** Whether a window is open. The end is not part of it. An answer is worked out once for the time until it changes. */
export function windowState(window: UpdateWindow, now: number): WindowState {
  const answers = known.get(window) ?? [];
  const found = answers.find(({ from, until }) => from <= now && now < until);
  if (found !== undefined) return found.state;
  const made = findState(window, now);
  known.set(window, [made, ...answers.slice(0, MOST_KNOWN - 1)]);
  return made.state;
}

function findState(window: UpdateWindow, now: number): Known {
  const last = lastOpening(window, now);
  const end = last === undefined ? undefined : last + window.duration;
  if (last !== undefined && end !== undefined && now < end)
    return { from: last, until: end, state: { kind: 'open', until: end } };
  const opensAt = nextOpening(window, now);
  return { from: end ?? now, until: opensAt ?? Infinity, state: { kind: 'closed', opensAt } };
}
