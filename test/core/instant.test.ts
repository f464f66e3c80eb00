import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatInstant, isInstant } from '../../src/core/instant.ts';

const FIRST = Date.parse('0000-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

test('is written in one form and read again as the same second', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), (time) => {
      const text = formatInstant(time);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(Date.parse(text)).toBe(Math.floor(time / 1_000) * 1_000);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  '0000-01-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1900-02-28T23:59:59Z',
  '2000-02-29T12:00:00Z',
  '2100-03-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
])('%s is written as it is', (text) => {
  expect(formatInstant(Date.parse(text))).toBe(text);
});

test.each([
  [FIRST, true],
  [FIRST - 1, false],
  [LAST, true],
  [LAST + 1, false],
  [Number.NaN, false],
  [Infinity, false],
])('%d is one: %j', (time, expected) => {
  expect(isInstant(time)).toBe(expected);
});
