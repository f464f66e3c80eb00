import { LynceusError } from '../../errors.ts';
import { didYouMean } from '../did-you-mean.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { quoted } from '../quoted.ts';
import { isTimeZone, scheduleFault, withPlainSpaces } from './cron-schedule.ts';
import {
  DEFAULT_TIME_ZONE,
  LONGEST_WINDOW,
  SHORTEST_WINDOW,
  WINDOW_KINDS,
  type UpdateWindow,
} from './update-window.ts';

/** Of one annotation. */
const MOST_WINDOWS = 10;

const FORM = 'KIND SCHEDULE DURATION [TIME ZONE]';
const EXAMPLE = 'allow 0 9 * * 1-5 8h Europe/Berlin';

const MOST_KEPT = 1_000;
const kept = new Map<string, readonly UpdateWindow[]>();

/**
 * Reads windows as annotations have them: `allow 0 9 * * 1-5 8h Europe/Berlin; deny 0 0 24 12 * 72h`, with `;` or line breaks
 * between. Equal texts give the same windows, so that what is known of a window is shared. Throws `annotation-invalid`.
 */
export function parseWindows(text: string): readonly UpdateWindow[] {
  const found = kept.get(text);
  if (found !== undefined) return found;
  const items = text
    .split(/[;\n]/)
    .map(withPlainSpaces)
    .filter((item) => item !== '');
  if (items.length > MOST_WINDOWS)
    throw invalid(`expected at most ${MOST_WINDOWS} windows, found ${items.length}`);
  const windows = items.map(parseWindow);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(text, windows);
  return windows;
}

function parseWindow(item: string): UpdateWindow {
  const [kindText = '', ...rest] = item.split(' ');
  const kind = WINDOW_KINDS.find((one) => one === kindText.toLowerCase());
  if (kind === undefined) {
    const near = didYouMean(kindText.toLowerCase(), WINDOW_KINDS);
    throw invalid(
      `expected a window such as ${quoted(EXAMPLE)} (${FORM}), found ${quoted(item)}`,
      near === undefined ? 'it begins with allow or deny' : `did you mean ${near}?`,
    );
  }
  const [schedule, durationText, timeZone = DEFAULT_TIME_ZONE, ...more] = [
    rest.slice(0, 5).join(' '),
    ...rest.slice(5),
  ];
  if (durationText === undefined || more.length > 0)
    throw invalid(`expected a window such as ${quoted(EXAMPLE)} (${FORM}), found ${quoted(item)}`);
  const wrong = scheduleFault(schedule);
  if (wrong !== undefined) throw invalid(wrong);
  const duration = parseDuration(durationText);
  if (duration === undefined || duration < SHORTEST_WINDOW || duration > LONGEST_WINDOW)
    throw invalid(
      `expected how long the window is open, from 1m to ${formatDuration(LONGEST_WINDOW)} such as 90m or 8h, found ${quoted(durationText)}`,
    );
  if (!isTimeZone(timeZone)) throw invalid(timeZoneFault(timeZone));
  return { kind, schedule, duration: Math.round(duration), timeZone };
}

/** What is wrong with the name of a time zone that is not known. */
export function timeZoneFault(name: string): string {
  return `expected a time zone such as Europe/Berlin, found ${quoted(name)}`;
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('annotation-invalid', message, hint === undefined ? {} : { hint });
}
