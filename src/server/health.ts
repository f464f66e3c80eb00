import type { Routes } from './server.ts';

/** What is known of the loop of cycles; times are milliseconds since 1970. */
export interface CycleTimes {
  /** When the running cycle began, `undefined` between cycles. */
  readonly runningSince: number | undefined;
  /** When the next cycle is due, `undefined` while one runs and when it is not known. */
  readonly dueAt: number | undefined;
  /** Cycles that have ended. */
  readonly ended: number;
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

/** Alive unless a cycle runs, or is overdue, for longer than `staleAfter`. */
export function checkLiveness(times: CycleTimes, { staleAfter }: HealthRules, now: number): HealthStatus {
  const { runningSince, dueAt } = times;
  if (runningSince !== undefined && now - runningSince > staleAfter) {
    return { ok: false, reason: `the cycle has been running for ${seconds(now - runningSince)}` };
  }
  if (dueAt !== undefined && now - dueAt > staleAfter) {
    return { ok: false, reason: `the next cycle has been due for ${seconds(now - dueAt)}` };
  }
  return { ok: true, reason: 'OK' };
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
  /** With the time when the next one is due, if it is known. */
  cycleEnded(dueAt: number | undefined): void;
  live(): HealthStatus;
  ready(): HealthStatus;
}

export function createHealth(clock: { now(): number }, rules: HealthRules): Health {
  const dueAt = rules.readyAfterFirstCycle ? clock.now() : undefined;
  let times: CycleTimes = { runningSince: undefined, dueAt, ended: 0 };
  return {
    cycleBegins() {
      times = { ...times, runningSince: clock.now(), dueAt: undefined };
    },
    cycleEnded(next) {
      times = { runningSince: undefined, dueAt: next, ended: times.ended + 1 };
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

/**
 * Rules for a schedule: three intervals, and never less than half an hour, because a restart in the middle of a long
 * first cycle helps nobody.
 */
export function healthRulesFor(
  schedule: { readonly kind: 'interval'; readonly every: number } | { readonly kind: 'cron' },
): HealthRules {
  switch (schedule.kind) {
    case 'interval':
      return { staleAfter: Math.max(HALF_AN_HOUR, 3 * schedule.every), readyAfterFirstCycle: true };
    case 'cron':
      return { staleAfter: HALF_AN_HOUR, readyAfterFirstCycle: false };
  }
}
