import type { Leadership } from '../ports/leadership.ts';

export interface ObservedLead {
  readonly leadership: Leadership;
  /** Whether this process leads by it now. */
  readonly leads: () => boolean;
}

/** The same leadership, and whether this process leads by it. */
export function observeLead(leadership: Leadership): ObservedLead {
  let lost: AbortSignal | undefined;
  return {
    leads: () => lost?.aborted === false,
    leadership: {
      ...leadership,
      async acquire(signal) {
        const turn = await leadership.acquire(signal);
        lost = turn.lost;
        return turn;
      },
    },
  };
}
