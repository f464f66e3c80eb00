import { Cron, CronPattern } from 'croner';
import { quoted } from '../quoted.ts';
import type { UpdateWindow } from './update-window.ts';

const FIELDS = 5;
const LONGEST_EXPRESSION = 200;
/** Without `@daily`, dates and the `+` that croner knows: what other programs take, too. */
const FIELD = /^[0-9A-Za-z*?,/#-]+$/;
const SECOND = 1_000;

/** Days of each month, in a leap year. */
const MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Vixie cron's rule across a change of the clocks, also for lists of hours. */
const READING = { mode: '5-part', fixedTimeRule: 'no-wildcard' } as const;

/** A cron expression with one space between its fields. */
export function withPlainSpaces(expression: string): string {
  return expression.trim().split(/\s+/).join(' ');
}

/**
 * What is wrong with a cron expression of five fields, as a sentence that begins with "expected"; `undefined` when it can be
 * used. One that never comes true (`0 0 30 2 *`) is wrong. Takes no longer for one than for the other.
 */
export function scheduleFault(expression: string): string | undefined {
  const form = 'expected a cron expression of 5 fields such as "0 9 * * 1-5"';
  const found = `found ${quoted(expression)}`;
  const fields = expression.split(' ');
  const isCron = fields.length === FIELDS && fields.every((field) => FIELD.test(field));
  if (!isCron || expression.length > LONGEST_EXPRESSION) return `${form}, ${found}`;
  try {
    const pattern = new CronPattern(expression, undefined, READING);
    return hasDays(pattern) ? undefined : `expected a cron expression that comes true some day, ${found}`;
  } catch (thrown) {
    return `${form}, ${found}${whyOf(thrown)}`;
  }
}

/** croner's own words, without its name. */
function whyOf(thrown: unknown): string {
  const [, why] = /^CronPattern: (.+?)\.?$/.exec(thrown instanceof Error ? thrown.message : '') ?? [];
  return why === undefined ? '' : ` (${why.charAt(0).toLowerCase()}${why.slice(1)})`;
}

/** Whether one of its days is in one of its months. A day of the week is in each. */
function hasDays(pattern: CronPattern): boolean {
  if (!pattern.starDOW || pattern.lastDayOfMonth || pattern.lastWeekday) return true;
  return MONTHS.some(
    (days, month) =>
      pattern.month[month] === 1 &&
      Array.from({ length: days }).some(
        (_, day) => Boolean(pattern.day[day]) || Boolean(pattern.nearestWeekdays[day]),
      ),
  );
}

/** Whether it is the name of a time zone that is known here. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

type Clocked = Pick<UpdateWindow, 'schedule' | 'timeZone'>;

/** The last time at or before `now` at which a window opened; `undefined` for none. Both in milliseconds since 1970. */
export function lastOpening(window: Clocked, now: number): number | undefined {
  // What croner looks for is before the time that it is given.
  const [last] = cronOf(window).previousRuns(1, new Date(wholeSecond(now) + SECOND));
  return last?.getTime();
}

/** The first time after `now` at which a window opens; `undefined` for none. */
export function nextOpening(window: Clocked, now: number): number | undefined {
  return cronOf(window)
    .nextRun(new Date(wholeSecond(now)))
    ?.getTime();
}

function wholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / SECOND) * SECOND;
}

/** Each holds a list with an element for each year until 10000. */
const MOST_KEPT = 100;
const kept = new Map<string, Cron>();

function cronOf({ schedule, timeZone }: Clocked): Cron {
  const key = `${schedule} ${timeZone}`;
  // Without a function to call it has no timer.
  const cron = kept.get(key) ?? new Cron(schedule, { ...READING, timezone: timeZone, paused: true });
  kept.delete(key);
  kept.set(key, cron);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return cron;
}
