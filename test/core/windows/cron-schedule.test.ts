import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isTimeZone,
  lastOpening,
  nextOpening,
  scheduleFault,
  withPlainSpaces,
} from '../../../src/core/windows/cron-schedule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Changes of the clocks by an hour and by half an hour, at midnight, in both halves of the year, and none. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Havana',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Chatham',
];

const FROM = Date.parse('2024-01-01T00:00:00Z');
const UNTIL = Date.parse('2030-01-01T00:00:00Z');

const time = fc.integer({ min: FROM, max: UNTIL });
const zone = fc.constantFrom(...ZONES);

function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant('*') },
    { weight: 4, arbitrary: value.map(String) },
    fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((list) => list.join(',')),
    fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${Math.min(step, max)}`),
  );
}

/** Without days that are not in every month, so that none is refused. */
const schedule = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));

const OFFSETS = new Map<string, Intl.DateTimeFormat>();

/** Minutes from UTC to the wall clock. */
function offsetAt(timeZone: string, at: number): number {
  const format =
    OFFSETS.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  OFFSETS.set(timeZone, format);
  const text = format.format(at);
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function clocksChangeNear(timeZone: string, at: number): boolean {
  return offsetAt(timeZone, at - DAY) !== offsetAt(timeZone, at + DAY);
}

/** By the other implementation; `undefined` where it gives up: it steps through a bounded number of times. */
function nextOf({ text, timeZone }: { readonly text: string; readonly timeZone: string }, now: number) {
  const expression = CronExpressionParser.parse(text, { currentDate: new Date(now), tz: timeZone });
  try {
    return expression.next().getTime();
  } catch {
    return undefined;
  }
}

describe('the next opening', () => {
  test('is that of another implementation, away from changes of the clocks', () => {
    let compared = 0;
    fc.assert(
      fc.property(schedule, zone, time, (text, timeZone, now) => {
        const next = nextOpening({ schedule: text, timeZone }, now);
        const other = nextOf({ text, timeZone }, now);
        if (other === undefined) return;
        if ([now, other, next ?? now].some((at) => clocksChangeNear(timeZone, at))) return;
        compared += 1;
        expect(next).toBe(other);
      }),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  test('is after now, and none is left out before it', () => {
    fc.assert(
      fc.property(schedule, zone, time, (text, timeZone, now) => {
        const window = { schedule: text, timeZone };
        const next = nextOpening(window, now) ?? 0;
        expect(next).toBeGreaterThan(now - 1_000);
        expect(lastOpening(window, next)).toBe(next);
        expect(lastOpening(window, next - 1) ?? 0).toBeLessThanOrEqual(now);
      }),
      { numRuns: 150 },
    );
  });
});

describe('when the clocks change', () => {
  /** Days on which they do, in the local calendar. */
  const CHANGES = ZONES.flatMap((timeZone) =>
    Array.from({ length: 731 }, (_, day) => FROM + day * DAY)
      .filter((at) => offsetAt(timeZone, at) !== offsetAt(timeZone, at + DAY))
      .map((at) => [timeZone, at] as const),
  );

  test('there are such days in the zones of this test', () => {
    expect(CHANGES.length).toBeGreaterThan(30);
  });

  test('a window at one time of the day opens once a day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANGES),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 23 }),
        ([timeZone, at], minute, hour) => {
          const window = { schedule: `${minute} ${hour} * * *`, timeZone };
          const dateOf = new Intl.DateTimeFormat('en-CA', { timeZone });
          const dates: string[] = [];
          for (let now = at - 2 * DAY; dates.length < 5;) {
            now = nextOpening(window, now) ?? Infinity;
            dates.push(dateOf.format(now));
          }
          expect(new Set(dates).size).toBe(5);
          const [first = '', last = ''] = [dates[0], dates[4]];
          expect(Date.parse(last) - Date.parse(first)).toBe(4 * DAY);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z', 'a time that is skipped'],
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T12:00:00Z',
      '2026-10-25T00:30:00Z',
      'a time that comes twice',
    ],
    [
      'Europe/Berlin',
      '30 2,3 * * *',
      '2026-10-25T00:30:00Z',
      '2026-10-25T02:30:00Z',
      'a list, after its first time',
    ],
    ['America/New_York', '30 1 * * *', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z', 'not again'],
    [
      'America/Havana',
      '0 0 * * *',
      '2026-03-07T12:00:00Z',
      '2026-03-08T05:00:00Z',
      'a midnight that is skipped',
    ],
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03T12:00:00Z', '2026-10-03T15:30:00Z', 'half an hour'],
  ])('%s, %s: %s is followed by %s (%s)', (timeZone, text, now, next) => {
    expect(new Date(nextOpening({ schedule: text, timeZone }, Date.parse(now)) ?? 0).toISOString()).toBe(
      next.replace('Z', '.000Z'),
    );
  });
});

describe('a schedule', () => {
  test.each([
    '0 9 * * 1-5',
    '*/15 0-6,22,23 * * *',
    '0 9 * * MON-FRI',
    '0 0 1 jan *',
    '0 0 29 2 *',
    '0 0 L * *',
    '0 0 * * 5L',
    '0 3 * * 1#2',
    '0 0 1W * *',
    '0 0 * * 7',
    '? 9 * * ?',
    '0 0 30 2 1',
    '0 0 30 2,3 *',
  ])('%s is taken', (text) => {
    expect(scheduleFault(text)).toBeUndefined();
    expect(
      nextOpening({ schedule: text, timeZone: 'UTC' }, Date.parse('2026-01-01T00:00:00Z')),
    ).toBeDefined();
  });

  test.each([
    ['', 'expected a cron expression of 5 fields such as "0 9 * * 1-5", found ""'],
    ['9', 'expected a cron expression of 5 fields'],
    ['@daily', 'expected a cron expression of 5 fields'],
    ['0 0 9 * * 1-5', 'expected a cron expression of 5 fields'],
    ['2026-01-01T00:00:00', 'expected a cron expression of 5 fields'],
    ['0 24 * * *', 'found "0 24 * * *" (invalid value for hour: 24)'],
    ['60 9 * * *', '(invalid value for minute: 60)'],
    ['0 9 0 * *', '(invalid value for day: '],
    ['0 9 * 13 *', '(invalid value for month: '],
    ['0 9 * * 8', '(invalid value for dayOfWeek: 8)'],
    ['0 17-9 * * *', '(from value is larger than to value: '],
    ['0 9 * * mon-foo', 'expected a cron expression of 5 fields'],
    ['*/0 9 * * *', '(syntax error, illegal stepping: 0)'],
    ['0 9 * * +1', 'expected a cron expression of 5 fields'],
    ['0 0 30 2 *', 'expected a cron expression that comes true some day, found "0 0 30 2 *"'],
    ['0 0 31 4,6,9,11 *', 'expected a cron expression that comes true some day'],
    ['0 0 30W 2 *', 'expected a cron expression that comes true some day'],
    [`${'0,'.repeat(200)}0 9 * * *`, 'expected a cron expression of 5 fields'],
  ])('%s is refused', (text, message) => {
    expect(scheduleFault(text)).toContain(message);
  });

  test('that is not refused opens some day, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(field(0, 99), { minLength: 4, maxLength: 6 }).map((fields) => fields.join(' ')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const plain = withPlainSpaces(any);
        const fault = scheduleFault(plain);
        if (fault !== undefined) expect(fault).toMatch(/^expected /);
        else expect(nextOpening({ schedule: plain, timeZone: 'UTC' }, FROM)).toBeGreaterThan(FROM);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['Europe/Berlin', true],
  ['europe/berlin', true],
  ['UTC', true],
  ['Etc/GMT+5', true],
  ['CET', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Mars/Olympus', false],
  ['', false],
  ['+02:00', false],
  [' UTC', false],
  ['Europe/Berlin ', false],
])('%j is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});
