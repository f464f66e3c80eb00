/**
 * Whole milliseconds to wait after so many failures in a row: doubled each time from `first` up to `longest`, and half of it
 * left to chance, so that two that collided do not collide again. `random` is in [0, 1).
 */
export type Backoff = (failures: number, random: number) => number;

export function backoff(first: number, longest: number): Backoff {
  return (failures, random) => {
    const full = Math.min(first * 2 ** (failures - 1), longest);
    return Math.round(full / 2 + (full / 2) * random);
  };
}
