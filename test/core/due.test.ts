import { describe, expect, test } from 'vitest';
import { describeReason } from '../../src/core/describe-reason.ts';
import { notDue } from '../../src/core/due.ts';

const HOUR = 3_600_000;
const NOW = 100 * HOUR;

describe('an image with an interval of an hour', () => {
  test.each<[string, number, string, boolean]>([
    ['was looked at just now', 0, 'same', false],
    ['was looked at half an hour ago', HOUR / 2, 'same', false],
    ['was looked at 53 minutes ago', 53 * 60_000, 'same', false],
    ['was looked at 55 minutes ago, since schedules wander', 55 * 60_000, 'same', true],
    ['was looked at an hour ago', HOUR, 'same', true],
    ['was looked at in the future, because the clock was set back', -HOUR, 'same', true],
    ['was looked at just now with another policy', 0, 'another', true],
  ])('that %s', (_, ago, policy, due) => {
    const facts = notDue(HOUR, { last: { at: NOW - ago, policy }, policy: 'same', now: NOW });

    expect(facts === undefined).toBe(due);
  });

  test('that was never looked at is due', () => {
    expect(notDue(HOUR, { last: undefined, policy: 'same', now: NOW })).toBeUndefined();
  });

  test('says how long it has waited, and how long it has to', () => {
    const facts = notDue(HOUR, { last: { at: NOW - 90_300, policy: '' }, policy: '', now: NOW });

    expect(facts && describeReason({ code: 'not-due', facts })).toBe(
      'it was looked at 1m30s ago, and is to be looked at every 1h0m0s',
    );
  });
});

test('an image without an interval is always due', () => {
  expect(notDue(undefined, { last: { at: NOW, policy: '' }, policy: '', now: NOW })).toBeUndefined();
});
