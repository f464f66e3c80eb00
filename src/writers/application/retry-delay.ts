const FIRST = 50;
const LONGEST = 2_000;

/**
 * Milliseconds to wait before a refused patch is made anew: doubling, up to 2 s, and shortened by chance by up to a
 * half so that two that collided do not collide again. `retry` counts from 1, `chance` is in [0, 1).
 */
export function retryDelay(retry: number, chance: number): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** (retry - 1));
  return Math.round(longest * (1 - chance / 2));
}
