import { isTimeZone, scheduleFault, withPlainSpaces } from '../core/windows/cron-schedule.ts';
import { timeZoneFault } from '../core/windows/parse-windows.ts';
import {
  DEFAULT_TIME_ZONE,
  LONGEST_WINDOW,
  SHORTEST_WINDOW,
  WINDOW_KINDS,
} from '../core/windows/update-window.ts';
import { IMAGE_SELECTOR } from './image-selector.ts';
import { key } from './keys.ts';
import { choiceOf, duration, parsed, RefusedValue, textLine } from './value-type.ts';

const SCHEDULE = parsed(textLine('a cron expression of 5 fields such as "0 9 * * 1-5"'), (text) => {
  const schedule = withPlainSpaces(text);
  const wrong = scheduleFault(schedule);
  return wrong === undefined ? schedule : new RefusedValue(wrong);
});

const TIME_ZONE = parsed(textLine('a time zone such as Europe/Berlin'), (name) =>
  isTimeZone(name) ? name : new RefusedValue(timeZoneFault(name)),
);

/** An entry of `gates.windows`. */
// prettier-ignore
export const UPDATE_WINDOW = {
  kind: key('`allow`: written only while it is open; `deny`: not written while it is open, whatever allows it', choiceOf(WINDOW_KINDS), { required: true }),
  schedule: key('When it opens: a cron expression of 5 fields', SCHEDULE, { required: true }),
  duration: key('How long it stays open', duration(SHORTEST_WINDOW, LONGEST_WINDOW), { required: true }),
  timeZone: key('Time zone of the schedule, for example Europe/Berlin', TIME_ZONE, { default: DEFAULT_TIME_ZONE }),
  ...IMAGE_SELECTOR,
};
