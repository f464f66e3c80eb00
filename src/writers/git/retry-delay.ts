const FIRST = 200;
const LONGEST = 5_000;

/**
 * Milliseconds to wait before a rejected push is tried again: doubling, up to 5 s, and shortened by chance by up
 * to a half so that two that collided do not collide again. `retry` counts from 1, `chance` is in [0, 1).
 */
export function retryDelay(retry: number, chance: number): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** (retry - 1));
  return Math.round(longest * (1 - chance / 2));
}
