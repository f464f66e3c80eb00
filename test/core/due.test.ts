import { describe, expect, test } from 'vitest';
import { describeReason } from '../../src/core/reasons/describe-reason.ts';
import { notDue } from '../../src/core/due.ts';

const HOUR = 3_600_000;
const NOW = 100 * HOUR;

describe('an image with an interval of an hour', () => {
  test.each<[string, number, boolean]>([
    ['was evaluated just now', 0, false],
    ['was evaluated half an hour ago', HOUR / 2, false],
    ['was evaluated 53 minutes ago', 53 * 60_000, false],
    ['was evaluated 55 minutes ago, since schedules wander', 55 * 60_000, true],
    ['was evaluated an hour ago', HOUR, true],
    ['was evaluated in the future, because the clock was set back', -HOUR, true],
  ])('that %s', (_, ago, due) => {
    const facts = notDue(HOUR, { evaluatedAt: NOW - ago, now: NOW });

    expect(facts === undefined).toBe(due);
  });

  test('that was never evaluated is due', () => {
    expect(notDue(HOUR, { evaluatedAt: undefined, now: NOW })).toBeUndefined();
  });

  test('says how long it has waited, and how long it has to', () => {
    const facts = notDue(HOUR, { evaluatedAt: NOW - 90_300, now: NOW });

    expect(facts && describeReason({ code: 'not-due', facts })).toBe(
      'evaluated 1m30s ago; its interval is 1h0m0s',
    );
  });
});

test('an image without an interval is always due', () => {
  expect(notDue(undefined, { evaluatedAt: NOW, now: NOW })).toBeUndefined();
});
