import { describe, expect, test } from 'vitest';
import type { RecurringNotice } from '../../src/reporters/event-notices.ts';
import { createRecurringNotices } from '../../src/reporters/recurring-notices.ts';

function notice(index: number): RecurringNotice {
  return {
    application: { namespace: 'argocd', name: `a${index}` },
    uid: undefined,
    type: 'Warning',
    reason: 'ImageUpdateFailed',
    message: 'it failed',
    annotations: {},
    subject: `a${index}`,
    code: 'git-failed',
  };
}

describe('the memory of recurring notices', () => {
  test('is bounded: when it is full, known ones stay and new ones are not sent', () => {
    const memory = createRecurringNotices();
    const all = Array.from({ length: 6_000 }, (_, index) => notice(index));
    expect(memory.observe(all, [], 0)).toHaveLength(5_000);
    expect(memory.observe(all.toReversed(), [], 1)).toHaveLength(5_000);
    expect(memory.size).toBe(5_000);
  });

  test('forgets a notice that was not seen for an hour', () => {
    const memory = createRecurringNotices();
    memory.observe([notice(1), notice(2)], [], 0);
    memory.observe([notice(1)], [], 3_600_000);
    expect(memory.size).toBe(2);
    memory.observe([notice(1)], [], 3_600_001);
    expect(memory.size).toBe(1);
  });

  test('a wall clock that was set back delays nothing by more than an interval', () => {
    const memory = createRecurringNotices();
    const now = 86_400_000;
    for (const one of memory.observe([notice(1)], [], now)) one.sent('shop.1', now);
    expect(memory.observe([notice(1)], [], 0)).toEqual([]);
    expect(memory.observe([notice(1)], [], 300_000)).toMatchObject([{ event: 'shop.1', count: 3 }]);
  });

  test('two equal notices are one', () => {
    const memory = createRecurringNotices();
    expect(memory.observe([notice(1), notice(1)], [], 0)).toMatchObject([{ count: 2 }]);
  });
});
