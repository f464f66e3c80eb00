import { createTask, type Logger, type ScheduledTask } from 'node-cron';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { throwIfAborted, waitForWake } from './waiting.ts';

/** When cycles begin; `Config['schedule']` has this shape. */
export type ScheduleConfig =
  | { readonly kind: 'interval'; readonly every: number; readonly jitter?: number }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string | undefined }
  | { readonly kind: 'changes' };

/** When the next cycle begins. The caller runs one cycle after the other, so two never overlap. */
export interface Schedule {
  /**
   * Resolves when the next cycle is due; at once when it has been due for a while, and once however many times it was. Rejects with an `AbortError` when the signal is aborted.
   */
  next(signal: AbortSignal): Promise<void>;
  /** When that will be, in milliseconds since 1970; `undefined` when that is unknown. */
  dueAt(): number | undefined;
  /** Stops all timers. */
  stop(): void;
}

/** Never due. */
export function unscheduled(): Schedule {
  return {
    next: (signal) => waitForWake(signal, () => undefined),
    dueAt: () => undefined,
    stop: () => undefined,
  };
}

export function createSchedule(config: ScheduleConfig, clock: Clock, log: Log): Schedule {
  switch (config.kind) {
    case 'interval':
      return createIntervalSchedule(config, clock);
    case 'cron':
      return createCronSchedule(config, log);
    case 'changes':
      return onceAndNoMore();
  }
}

/** Due at once, and then never again. */
function onceAndNoMore(): Schedule {
  const never = unscheduled();
  let begun = false;
  return {
    ...never,
    async next(signal) {
      throwIfAborted(signal);
      if (begun) await never.next(signal);
      begun = true;
    },
  };
}

/** First at once, then `every` after the start of the cycle before. */
function createIntervalSchedule(
  { every, jitter = 0 }: Extract<ScheduleConfig, { kind: 'interval' }>,
  clock: Clock,
): Schedule {
  let due: number | undefined;
  let longest = 0;
  return {
    async next(signal) {
      throwIfAborted(signal);
      if (due !== undefined) {
        // A wall clock that was set back must not make the wait longer than one interval, however often it is begun.
        due = Math.min(due, clock.now() + longest);
        if (due > clock.now()) await clock.sleep(due - clock.now(), signal);
      }
      longest = every * (1 + jitter * (2 * clock.random() - 1));
      due = clock.now() + longest;
    },
    dueAt: () => due,
    stop() {},
  };
}

/** At the times of the expression. A time that passes while a cycle runs is made up for once, right after it. */
function createCronSchedule(
  { expression, timezone }: Extract<ScheduleConfig, { kind: 'cron' }>,
  log: Log,
): Schedule {
  let pending = false;
  let wake: (() => void) | undefined;
  const tick = (): void => {
    pending = true;
    wake?.();
  };
  const task = createTask(expression, tick, {
    logger: loggerOver(log),
    suppressMissedWarning: true,
    ...(timezone === undefined ? {} : { timezone }),
  });
  // Times that were missed while the process was suspended or busy count too.
  task.on('execution:missed', tick);
  void task.start();
  return {
    async next(signal) {
      throwIfAborted(signal);
      if (!pending) await waitForWake(signal, (resolve) => (wake = resolve));
      wake = undefined;
      pending = false;
    },
    dueAt: () => nextRunOf(task),
    stop() {
      void task.destroy();
    },
  };
}

function nextRunOf(task: ScheduledTask): number | undefined {
  try {
    return task.getNextRun()?.getTime();
  } catch {
    return undefined;
  }
}

/** node-cron writes coloured text to the console unless it is given somewhere else to write. */
function loggerOver(log: Log): Logger {
  const text = (message: string | Error): string => (message instanceof Error ? message.message : message);
  return {
    info: (message) => log.debug('cron schedule', { detail: message }),
    warn: (message) => log.warn('cron schedule', { detail: message }),
    error: (message) => log.error('cron schedule', { detail: text(message) }),
    debug: (message) => log.trace('cron schedule', { detail: text(message) }),
  };
}
