import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { joinKey } from '../core/identity/key.ts';
import type { Clock } from '../ports/clock.ts';
import type { PushEvent } from '../ports/tick.ts';
import { createDebouncedQueue, type DebouncedQueue } from './debounced-queue.ts';

/** What was pushed since it was handed out. */
export type PushQueue = DebouncedQueue<PushEvent>;

/** Somebody waits for a push to be deployed, so it waits for its likes only briefly. */
const TIMES = { quiet: 200, longest: 1_000 };
/** The second cycle of a flood waits for its end. */
const AGAIN = { quiet: 1_000, longest: 10_000 };

export function createPushQueue({ clock }: { readonly clock: Clock }): PushQueue {
  return createDebouncedQueue({ clock, ...TIMES, again: AGAIN, keyOf: pushKey });
}

function pushKey(push: PushEvent): string {
  switch (push.kind) {
    case 'image':
      return joinKey(push.kind, imageRepositoryKey(push.repository));
    case 'git': {
      const remotes = push.remotes.map(({ key }) => key).toSorted();
      return joinKey(push.kind, push.branch, ...new Set(remotes));
    }
  }
}
