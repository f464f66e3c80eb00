import type { Routes } from './routes.ts';

/** What is known of the loop of cycles; times are milliseconds since 1970. */
export interface CycleTimes {
  /** When the running cycle began, `undefined` between cycles. */
  readonly runningSince: number | undefined;
  /** When the next cycle is due, `undefined` while one runs and when it is not known. */
  readonly dueAt: number | undefined;
  /** Cycles that have ended, those that ended early not included. */
  readonly ended: number;
  /** How many of the last cycles in a row ended early. */
  readonly early: number;
}

export interface HealthRules {
  /** How long a cycle may run, or be overdue, before the process counts as stuck; in milliseconds. */
  readonly staleAfter: number;
  /** Whether it is ready only after the first cycle. By a cron expression that might be tomorrow. */
  readonly readyAfterFirstCycle: boolean;
}

export interface HealthStatus {
  readonly ok: boolean;
  readonly reason: string;
}

/** So many cycles in a row that end early will not end well without a new process. */
const MOST_EARLY = 3;

/** Alive unless a cycle runs, or is overdue, for longer than `staleAfter`, or each of the last ones ended early. */
export function checkLiveness(times: CycleTimes, { staleAfter }: HealthRules, now: number): HealthStatus {
  const { runningSince, dueAt, early } = times;
  if (early >= MOST_EARLY) return { ok: false, reason: `the last ${early} cycles ended early` };
  if (runningSince !== undefined && now - runningSince > staleAfter) {
    return { ok: false, reason: `the cycle has been running for ${seconds(now - runningSince)}` };
  }
  if (dueAt !== undefined && now - dueAt > staleAfter) {
    return { ok: false, reason: `the next cycle has been due for ${seconds(now - dueAt)}` };
  }
  return { ok: true, reason: early > 0 ? 'OK, but the last cycle ended early' : 'OK' };
}

/** Ready once it does its work; being stuck is not ready either. */
export function checkReadiness(times: CycleTimes, rules: HealthRules, now: number): HealthStatus {
  if (rules.readyAfterFirstCycle && times.ended === 0)
    return { ok: false, reason: 'the first cycle has not ended yet' };
  return checkLiveness(times, rules, now);
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1_000)} s`;
}

/** Keeps the times of one process's cycles. */
export interface Health {
  cycleBegins(): void;
  /** With the time when the next one is due, if it is known, and whether it came to its end. */
  cycleEnded(dueAt: number | undefined, isWhole: boolean): void;
  live(): HealthStatus;
  ready(): HealthStatus;
}

export function createHealth(clock: { now(): number }, rules: HealthRules): Health {
  const dueAt = rules.readyAfterFirstCycle ? clock.now() : undefined;
  let times: CycleTimes = { runningSince: undefined, dueAt, ended: 0, early: 0 };
  return {
    cycleBegins() {
      times = { ...times, runningSince: clock.now(), dueAt: undefined };
    },
    cycleEnded(next, isWhole) {
      const { ended, early } = times;
      const counts = isWhole ? { ended: ended + 1, early: 0 } : { ended, early: early + 1 };
      times = { runningSince: undefined, dueAt: next, ...counts };
    },
    live: () => checkLiveness(times, rules, clock.now()),
    ready: () => checkReadiness(times, rules, clock.now()),
  };
}

/** `/healthz` and `/readyz`: 200 `OK`, or 503 with the reason. */
export function healthRoutes(health: Health): Routes {
  const reply = ({ ok, reason }: HealthStatus) => ({ status: ok ? 200 : 503, body: `${reason}\n` });
  return { '/healthz': () => reply(health.live()), '/readyz': () => reply(health.ready()) };
}

const HALF_AN_HOUR = 1_800_000;

/** What a cycle may need beyond its time until everything has ended. */
const TO_END = 600_000;

/**
 * Rules for a schedule: three intervals, and never less than half an hour, because a restart in the middle of a long
 * first cycle helps nobody; nor less than a cycle may take, `cycleTime` in milliseconds.
 */
export function healthRulesFor(
  schedule:
    | { readonly kind: 'interval'; readonly every: number }
    | { readonly kind: 'cron' }
    | { readonly kind: 'changes' },
  cycleTime: number,
): HealthRules {
  const least = Math.max(HALF_AN_HOUR, cycleTime + TO_END);
  switch (schedule.kind) {
    case 'interval':
      return { staleAfter: Math.max(least, 3 * schedule.every), readyAfterFirstCycle: true };
    case 'cron':
      return { staleAfter: least, readyAfterFirstCycle: false };
    case 'changes':
      return { staleAfter: least, readyAfterFirstCycle: true };
  }
}
