import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/duration.ts';

describe('parseDuration', () => {
  test.each([
    ['2m0s', 120_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['90s', 90_000],
    ['0', 0],
    ['0s', 0],
    ['1h0m0.5s', 3_600_500],
    ['.5s', 500],
    ['1.s', 1_000],
    ['1.1s', 1_100],
    ['100ms', 100],
    ['1500us', 1.5],
    ['1500µs', 1.5],
    ['1500μs', 1.5],
    ['1000000ns', 1],
    ['1s1s', 2_000],
    ['30m1h', 5_400_000],
    ['2562047h', 9_223_369_200_000],
  ])('%s is %d ms, as in Go', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(
    [
      '',
      ' ',
      '1',
      '120',
      '1d',
      '2w',
      '1h 30m',
      '1m30',
      '-1m',
      '+1m',
      '.s',
      's',
      '1.2.3s',
      '1e3s',
      '٣s',
      '1S',
      '2m\n',
      ' 2m',
    ].concat(`${'9'.repeat(70)}s`, '2562048h'),
  )('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('reads back what formatDuration writes, for any number of whole milliseconds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(10_000_000),
          fc.maxSafeInteger().map((n) => Math.abs(n) % 9_223_372_036_854),
        ),
        (milliseconds) => {
          expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('adds up its parts', () => {
    const part = fc.tuple(
      fc.nat(9_999),
      fc.constantFrom(['h', 3_600_000], ['m', 60_000], ['s', 1_000], ['ms', 1]) as fc.Arbitrary<
        [string, number]
      >,
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([count, [unit]]) => `${count}${unit}`).join('');
        expect(parseDuration(text)).toBe(parts.reduce((sum, [count, [, size]]) => sum + count * size, 0));
      }),
      { numRuns: 1000 },
    );
  });

  test('takes any text without throwing, and never gives a negative or endless time', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.hmsnuµ-') })),
        (text) => {
          const milliseconds = parseDuration(text);
          expect(milliseconds === undefined || (milliseconds >= 0 && Number.isFinite(milliseconds))).toBe(
            true,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1_500, '1.5s'],
    [60_000, '1m0s'],
    [120_000, '2m0s'],
    [3_600_000, '1h0m0s'],
    [5_400_500, '1h30m0.5s'],
  ])('%d ms is %s, as Go prints it', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
