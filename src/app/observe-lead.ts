import type { Leadership } from '../ports/leadership.ts';

/** The same leadership, and whether this process leads by it. */
export function observeLead(leadership: Pick<Leadership, 'acquire' | 'release'>): {
  readonly leadership: Pick<Leadership, 'acquire' | 'release'>;
  readonly leads: () => boolean;
} {
  let lost: AbortSignal | undefined;
  return {
    leads: () => lost?.aborted === false,
    leadership: {
      async acquire(signal) {
        const turn = await leadership.acquire(signal);
        lost = turn.lost;
        return turn;
      },
      release: () => leadership.release(),
    },
  };
}
