import { formatDuration } from '../duration.ts';
import { formatInstant } from '../instant.ts';
import { versionText } from '../presence.ts';
import { quoted } from '../quoted.ts';
import type { UpdateWindow, WindowOrigin } from '../windows/update-window.ts';
import type { ReasonOf } from './reason.ts';

/** Which window a version waits for, and until when: in UTC, and by the clock of the window. */
export function describeWindow({
  candidate,
  from,
  window,
  opensAt,
}: ReasonOf<'outside-window'>['facts']): string {
  const version = versionText(candidate) ?? candidate.tag;
  const which = `${describeUpdateWindow(window)}, ${originText(from)}`;
  const where = window.kind === 'deny' ? `the window ${which}, denies it now` : `it is outside of ${which}`;
  return `${version} waits for an update window: ${where}; ${openingText(opensAt, window.timeZone)}`;
}

/** A window in the words of the annotation: `allow 0 9 * * 1-5 8h0m0s Europe/Berlin`. */
export function describeUpdateWindow({ kind, schedule, duration, timeZone }: UpdateWindow): string {
  return `${kind} ${schedule} ${formatDuration(duration)} ${timeZone}`;
}

function originText(from: WindowOrigin): string {
  switch (from.kind) {
    case 'configuration':
      return 'a window of the configuration';
    case 'annotation':
      return 'a window of the annotation update-windows';
    case 'project':
      return `a sync window of the AppProject ${quoted(from.name)}`;
  }
}

function openingText(opensAt: number | undefined, timeZone: string): string {
  if (opensAt === undefined) return 'no time is found at which it may be written';
  const local = localTime(opensAt, timeZone);
  return `it may be written from ${formatInstant(opensAt)}${local === undefined ? '' : ` (${local})`}`;
}

/** `Mon 09:00 in Europe/Berlin`; `undefined` in UTC, which is told already. */
function localTime(milliseconds: number, timeZone: string): string | undefined {
  if (/^(?:UTC|Etc\/UTC|GMT)$/i.test(timeZone)) return undefined;
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(milliseconds);
  return `${parts.replace(',', '')} in ${timeZone}`;
}
