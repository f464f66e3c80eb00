import { describe, expect, test } from 'vitest';
import type { StandingNotice } from '../../src/reporters/event-notices.ts';
import { createStandingNotices } from '../../src/reporters/standing-notices.ts';

function notice(index: number): StandingNotice {
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

describe('the memory of what stands', () => {
  test('is bounded: when it is full, what is known stays and what is new is not told', () => {
    const memory = createStandingNotices();
    const all = Array.from({ length: 6_000 }, (_, index) => notice(index));
    expect(memory.see(all, [], 0)).toHaveLength(5_000);
    expect(memory.see(all.toReversed(), [], 1)).toHaveLength(5_000);
    expect(memory.size).toBe(5_000);
  });

  test('forgets what was not seen for an hour', () => {
    const memory = createStandingNotices();
    memory.see([notice(1), notice(2)], [], 0);
    memory.see([notice(1)], [], 3_600_000);
    expect(memory.size).toBe(2);
    memory.see([notice(1)], [], 3_600_001);
    expect(memory.size).toBe(1);
  });

  test('a wall clock that was set back delays nothing by more than an interval', () => {
    const memory = createStandingNotices();
    const now = 86_400_000;
    for (const one of memory.see([notice(1)], [], now)) one.told('shop.1', now);
    expect(memory.see([notice(1)], [], 0)).toEqual([]);
    expect(memory.see([notice(1)], [], 300_000)).toMatchObject([{ event: 'shop.1', count: 3 }]);
  });

  test('two images that say the same are one', () => {
    const memory = createStandingNotices();
    expect(memory.see([notice(1), notice(1)], [], 0)).toMatchObject([{ count: 2 }]);
  });
});
