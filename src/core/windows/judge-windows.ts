import type { UpdateWindow, WindowGroup, WindowOrigin } from './update-window.ts';
import { windowState } from './window-state.ts';

/** Whether something may be written now. Times are milliseconds since 1970. */
export type WindowJudgement = { readonly kind: 'open' } | ({ readonly kind: 'closed' } & ClosedWindow);

export interface ClosedWindow {
  readonly from: WindowOrigin;
  /** The `deny` window that is open, or that of the `allow` windows that opens next. */
  readonly window: UpdateWindow;
  /** When everything is open; `undefined` when no such time was found. */
  readonly opensAt: number | undefined;
}

/** Steps from one change of a window to the next, and how far into the future they lead, in milliseconds. */
const MOST_STEPS = 50;
const FARTHEST = 10 * 366 * 24 * 3_600_000;

/**
 * Whether every group lets a version be written. In a group it is as with Argo CD's sync windows:
 *
 *   windows                              may be written
 *   -----------------------------------  --------------
 *   none                                 yes
 *   a `deny` window is open              no
 *   `allow` windows, one of them open    yes
 *   `allow` windows, none of them open   no
 *   `deny` windows alone, none open      yes
 */
export function judgeWindows(groups: readonly WindowGroup[], now: number): WindowJudgement {
  const [first] = closedAt(groups, now);
  if (first === undefined) return { kind: 'open' };
  const { from, window } = first;
  return { kind: 'closed', from, window, opensAt: openingOf(groups, now) };
}

interface Closed {
  readonly from: WindowOrigin;
  readonly window: UpdateWindow;
  /** Before then it does not open. */
  readonly until: number | undefined;
}

/** The groups that are closed, each with its reason. */
function closedAt(groups: readonly WindowGroup[], at: number): readonly Closed[] {
  return groups.flatMap(({ from, windows }) => {
    const closed = closedBy(windows, at);
    return closed === undefined ? [] : [{ from, ...closed }];
  });
}

function closedBy(windows: readonly UpdateWindow[], at: number): Omit<Closed, 'from'> | undefined {
  let next: Omit<Closed, 'from'> | undefined;
  let denied: Omit<Closed, 'from'> | undefined;
  let isAllowed = false;
  for (const window of windows) {
    const state = windowState(window, at);
    if (window.kind === 'allow' && state.kind === 'open') isAllowed = true;
    if (window.kind === 'allow' && state.kind === 'closed') next = sooner(next, window, state.opensAt);
    if (window.kind === 'deny' && state.kind === 'open' && state.until > (denied?.until ?? 0))
      denied = { window, until: state.until };
  }
  return denied ?? (isAllowed ? undefined : next);
}

function sooner(
  next: Omit<Closed, 'from'> | undefined,
  window: UpdateWindow,
  until: number | undefined,
): Omit<Closed, 'from'> {
  if (next === undefined) return { window, until };
  return (until ?? Infinity) < (next.until ?? Infinity) ? { window, until } : next;
}

interface Found {
  readonly from: number;
  readonly until: number;
  readonly opensAt: number | undefined;
}

const ids = new WeakMap<UpdateWindow, number>();
let lastId = 0;
const found = new Map<string, Found>();
const MOST_FOUND = 1_000;
/** Milliseconds. */
const AGAIN_AFTER = 3_600_000;

/** Looked for once for all images with the same windows, until the time is reached. */
function openingOf(groups: readonly WindowGroup[], now: number): number | undefined {
  const key = groups.map(({ windows }) => windows.map(idOf).join(' ')).join(',');
  const known = found.get(key);
  if (known !== undefined && known.from <= now && now < known.until) return known.opensAt;
  const opensAt = findOpening(groups, now);
  if (found.size >= MOST_FOUND) found.clear();
  found.set(key, { from: now, until: opensAt ?? now + AGAIN_AFTER, opensAt });
  return opensAt;
}

function idOf(window: UpdateWindow): number {
  const known = ids.get(window);
  if (known !== undefined) return known;
  lastId += 1;
  ids.set(window, lastId);
  return lastId;
}

/** Goes from one change to the next until nothing is closed. */
function findOpening(groups: readonly WindowGroup[], now: number): number | undefined {
  let at = now;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const closed = closedAt(groups, at);
    if (closed.length === 0) return at;
    at = Math.max(...closed.map(({ until = Infinity }) => until));
    if (at > now + FARTHEST) return undefined;
  }
  return undefined;
}
