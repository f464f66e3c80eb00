import { createTask, type Logger, validateDetailed } from 'node-cron';

/** node-cron writes coloured text to the console unless every task has a logger. */
const SILENT: Logger = { info() {}, warn() {}, error() {}, debug() {} };

/**
 * What is wrong with a cron expression of 5 or 6 fields (seconds first) and a time zone, or `undefined`. An
 * expression without any date (`0 0 30 2 *`) is wrong, too.
 */
export function validateCron(expression: string, timezone: string | undefined): string | undefined {
  const { valid, errors } = validateDetailed(expression);
  if (!valid) {
    const [first] = errors;
    if (first === undefined || first.field === 'expression') {
      return 'expected a cron expression of 5 or 6 fields such as "*/10 * * * *"';
    }
    return `expected a cron expression; its ${FIELDS[first.field] ?? first.field} ${JSON.stringify(first.value)} cannot be used`;
  }
  if (timezone !== undefined && !isTimezone(timezone)) {
    return `expected a time zone such as Europe/Berlin, found ${JSON.stringify(timezone)}`;
  }
  return happens(expression, timezone) ? undefined : 'expected a cron expression that comes true some day';
}

const FIELDS: Readonly<Record<string, string>> = {
  dayOfMonth: 'day of the month',
  dayOfWeek: 'day of the week',
};

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function happens(expression: string, timezone: string | undefined): boolean {
  const task = createTask(expression, () => {}, {
    logger: SILENT,
    ...(timezone === undefined ? {} : { timezone }),
  });
  try {
    return task.getNextRuns(1).length > 0;
  } catch {
    return false;
  } finally {
    void task.destroy();
  }
}
