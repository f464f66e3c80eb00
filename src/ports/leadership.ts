/** What other processes reach of the one that leads. */
export type AnnouncedService = 'webhooks' | 'status' | 'extension';

/** Which process may act: one at a time. The others stay ready and idle. */
export interface Leadership {
  /**
   * Resolves when this process leads, with a signal that is aborted the moment it may no longer be sure of it.
   * Rejects with an `AbortError` when the signal is aborted,
   * and with `kube-denied` when this process was never allowed to use the Lease.
   */
  acquire(signal: AbortSignal): Promise<{ readonly lost: AbortSignal }>;
  /** From now on this process says with its lead where the others reach it: a line of text, `undefined` while it cannot be reached. */
  announce(service: AnnouncedService, place: () => string | undefined): void;
  /** Where the process that leads is reached; `undefined` when nobody leads, or it does not say. */
  leaderPlace(service: AnnouncedService, signal: AbortSignal): Promise<string | undefined>;
  /** Gives the lead away at once, if this process has it, so that a standby need not wait. */
  release(): Promise<void>;
}
