import pLimit, { type LimitFunction } from 'p-limit';
import type { ImageRepository } from '../core/image/reference.ts';

/** Runs what asks a registry, so many at once for each. */
export type LimitPerRegistry = <T>(repository: ImageRepository, run: () => Promise<T>) => Promise<T>;

/**
 * One limit for each registry: whoever waits for one that is slow or paused keeps nobody waiting who asks another.
 */
export function limitPerRegistry(concurrency: number): LimitPerRegistry {
  const limits = new Map<string, LimitFunction>();
  return ({ registry }, run) => {
    const limit = limits.get(registry) ?? pLimit(concurrency);
    limits.set(registry, limit);
    return limit(run);
  };
}
