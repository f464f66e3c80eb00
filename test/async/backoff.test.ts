import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoff } from '../../src/async/backoff.ts';

describe('the wait after a failure', () => {
  test('doubles up to the longest', () => {
    const delay = backoff(200, 5_000);

    expect([1, 2, 3, 4, 5, 6, 20, 5_000].map((failures) => delay(failures, 0))).toEqual([
      100, 200, 400, 800, 1600, 2500, 2500, 2500,
    ]);
  });

  test('is between half of that and all of it, by chance', () => {
    const delay = backoff(500, 10_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const full = Math.min(500 * 2 ** (failures - 1), 10_000);
          expect(delay(failures, random)).toBeGreaterThanOrEqual(full / 2);
          expect(delay(failures, random)).toBeLessThanOrEqual(full);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
