import type { CheckQuestion, CheckSpec } from '../core/verification/check-spec.ts';
import type { CheckRow } from '../settings/check.ts';
import type { Config } from './config.ts';

/** When a single measurement is tried again that could not be asked. */
const UNLESS_SET = 60_000;
const MOST_VALUES = 60;
const SHORTEST_STEP = 1_000;

/** The checks of the configuration. */
export function specsOf({ verification }: Pick<Config, 'verification'>): readonly CheckSpec[] {
  return verification.checks.flatMap((row) => {
    const ask = questionOf(row);
    if (ask === undefined) return [];
    const { name, delay, interval = UNLESS_SET, count } = row;
    const { failureLimit, inconclusiveLimit, consecutiveErrorLimit } = row;
    const timing = { delay, interval, count, failureLimit, inconclusiveLimit, consecutiveErrorLimit };
    return [{ name, timing, ask }];
  });
}

function questionOf({ prometheus, http, analysis }: CheckRow): CheckQuestion | undefined {
  if (prometheus !== undefined) {
    const { range, step, ...rest } = prometheus;
    return {
      kind: 'prometheus',
      ...rest,
      ...(range === undefined ? {} : { range: { over: range, step: step ?? stepOf(range) } }),
    };
  }
  if (http !== undefined) {
    const { jsonPath, successWhen, statuses, ...rest } = http;
    return {
      kind: 'http',
      ...rest,
      statuses: [...new Set(statuses.flat())],
      ...(jsonPath === undefined || successWhen === undefined
        ? {}
        : { json: { path: jsonPath, successWhen } }),
    };
  }
  return analysis && { kind: 'analysis', ...analysis };
}

function stepOf(range: number): number {
  return Math.max(SHORTEST_STEP, Math.round(range / MOST_VALUES / SHORTEST_STEP) * SHORTEST_STEP);
}
