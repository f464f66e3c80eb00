import { listenToAbort } from '../async/listen-to-abort.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { gitTargetOf, type TrackedImage } from '../core/policy.ts';
import { queryKey } from '../core/queries.ts';
import type { AskedInVain } from './cycle-limits.ts';
import type { FindTags } from './find-tags.ts';

export interface ListingsAhead {
  /** The same answers, and it is noted which of them were wanted. */
  readonly find: FindTags;
  /** What nobody waits for any more is not asked. */
  end(): void;
}

export interface AheadOptions {
  readonly find: FindTags;
  readonly fence: Pick<Fence, 'enforced'>;
  readonly inVain: AskedInVain;
  readonly signal: AbortSignal;
}

/** More is not remembered: what was forgotten is asked once more. */
const MOST_IN_VAIN = 10_000;

/**
 * Begins to list the tags of images that are in Git while Git is still being read, each query for the first image of it and in
 * its turn. Where rules count, the place of an image may yet be refused, and then no login of it is to be used: nothing is asked
 * ahead. What was asked in vain the last time is not asked ahead either.
 */
export function listAhead(
  images: readonly TrackedImage[],
  { find, fence, inVain, signal }: AheadOptions,
): ListingsAhead {
  const own = new AbortController();
  const release = listenToAbort(signal, () => own.abort());
  const begun = new Set<string>();
  const wanted = new Set<string>();
  for (const tracked of fence.enforced ? [] : images) {
    const key = queryKey(tracked);
    if (gitTargetOf(tracked) === undefined || begun.has(key) || inVain.has(key)) continue;
    begun.add(key);
    // A failure is told to those who ask for the answer.
    find(tracked, { application: tracked.application, signal: own.signal }).catch(() => undefined);
  }
  return {
    find(image, waiting) {
      wanted.add(queryKey(image));
      return find(image, waiting);
    },
    end() {
      release();
      own.abort();
      for (const key of wanted) inVain.delete(key);
      for (const key of begun) if (!wanted.has(key) && inVain.size < MOST_IN_VAIN) inVain.add(key);
    },
  };
}
