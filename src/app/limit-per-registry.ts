import pLimit, { type LimitFunction } from 'p-limit';
import type { ImageRepository } from '../core/image/reference.ts';

/** Runs requests to registries, a limited number at once for each. */
export type LimitPerRegistry = <T>(repository: ImageRepository, run: () => Promise<T>) => Promise<T>;

/**
 * One limit for each registry: requests that wait for a slow or paused one do not keep those to another waiting.
 */
export function limitPerRegistry(concurrency: number): LimitPerRegistry {
  const limits = new Map<string, LimitFunction>();
  return ({ registry }, run) => {
    const limit = limits.get(registry) ?? pLimit(concurrency);
    limits.set(registry, limit);
    return limit(run);
  };
}
