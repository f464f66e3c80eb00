import { applicationKey } from '../core/identity/application.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { Clock } from '../ports/clock.ts';
import { createDebouncedQueue, type DebouncedQueue } from './debounced-queue.ts';

/** Applications that have changed since they were handed out. */
export type ChangeQueue = DebouncedQueue<ApplicationId>;

export interface ChangeQueueOptions {
  readonly clock: Clock;
  /** How long nothing must have changed, in milliseconds. */
  readonly quiet?: number;
  /** How long the first change waits at most, in milliseconds. */
  readonly longest?: number;
}

export function createChangeQueue({
  clock,
  quiet = 1_000,
  longest = 5_000,
}: ChangeQueueOptions): ChangeQueue {
  return createDebouncedQueue({ clock, quiet, longest, keyOf: applicationKey });
}
