import { describe, expect, test } from 'vitest';
import { parseWindows } from '../../../src/core/windows/parse-windows.ts';
import { caught } from '../../helpers/thrown.ts';

const HOUR = 3_600_000;
const WORK = {
  kind: 'allow',
  schedule: '0 9 * * 1-5',
  duration: 8 * HOUR,
  timeZone: 'Europe/Berlin',
} as const;
const CHRISTMAS = { kind: 'deny', schedule: '0 0 24 12 *', duration: 72 * HOUR, timeZone: 'UTC' } as const;

describe('the text of an annotation', () => {
  test.each([
    ['allow 0 9 * * 1-5 8h Europe/Berlin', [WORK]],
    ['allow 0 9 * * 1-5 8h Europe/Berlin; deny 0 0 24 12 * 72h', [WORK, CHRISTMAS]],
    ['\n allow 0 9 * * 1-5 8h Europe/Berlin\n\n deny 0 0 24 12 * 72h;\n', [WORK, CHRISTMAS]],
    ['ALLOW\t0  9 * * 1-5   480m Europe/Berlin', [WORK]],
    ['Deny 0 0 24 12 * 72h0m0s UTC', [CHRISTMAS]],
    [' ; ', []],
    ['allow * * * * * 1m', [{ kind: 'allow', schedule: '* * * * *', duration: 60_000, timeZone: 'UTC' }]],
  ])('%j', (text, expected) => {
    expect(parseWindows(text)).toEqual(expected);
  });

  test.each([
    [
      'alow 0 9 * * 1-5 8h',
      'expected a window such as "allow 0 9 * * 1-5 8h Europe/Berlin" (KIND SCHEDULE DURATION [TIME ZONE]), found "alow 0 9 * * 1-5 8h" (did you mean allow?)',
    ],
    ['0 9 * * 1-5 8h', '(it begins with allow or deny)'],
    ['true', '(it begins with allow or deny)'],
    ['allow', 'expected a window such as'],
    ['allow 0 9 * * 1-5', 'expected a window such as'],
    ['allow 0 9 * * 1-5 8h Europe/Berlin x', 'expected a window such as'],
    ['allow 0 9 * * 8h Europe/Berlin', 'expected a cron expression of 5 fields'],
    ['allow 0 25 * * 1-5 8h', 'found "0 25 * * 1-5" (invalid value for hour: 25)'],
    ['allow 0 0 30 2 * 8h', 'expected a cron expression that comes true some day, found "0 0 30 2 *"'],
    [
      'allow 0 9 * * 1-5 8',
      'expected how long the window is open, from 1m to 8760h0m0s such as 90m or 8h, found "8"',
    ],
    ['allow 0 9 * * 1-5 1d', 'found "1d"'],
    ['allow 0 9 * * 1-5 59s', 'found "59s"'],
    ['allow 0 9 * * 1-5 8761h', 'found "8761h"'],
    ['allow 0 9 * * 1-5 -8h', 'found "-8h"'],
    ['allow 0 9 * * 1-5 8h Berlin', 'expected a time zone such as Europe/Berlin, found "Berlin"'],
    ['allow 0 9 * * 1-5 8h +02:00', 'expected a time zone'],
    ['allow 0 9 * * 1-5 8h, deny 0 0 24 12 * 72h', 'expected a window such as'],
    [
      Array.from({ length: 11 }, () => 'allow 0 9 * * 1-5 8h').join(';'),
      'expected at most 10 windows, found 11',
    ],
    ['allow 0 9 * * 1-5 8h; nonsense', 'found "nonsense"'],
  ])('%j is refused', (text, message) => {
    expect(caught(() => parseWindows(text))).toMatchObject({
      code: 'annotation-invalid',
      line: expect.stringContaining(message) as string,
    });
  });

  test('gives the same windows for the same text, so that what is known of them is shared', () => {
    const text = 'allow 0 7 * * * 1h';
    expect(parseWindows(text)).toBe(parseWindows(text));
  });
});
