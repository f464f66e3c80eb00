import { describe, expect, it } from 'vitest';
import { createKeyedLock } from '../../src/async/keyed-lock.ts';

describe('the lock', () => {
  it('lets one in at a time for one key, in order, and lets others pass', async () => {
    const lock = createKeyedLock();
    const seen: string[] = [];
    const door = gate();
    const first = lock.run('a', async () => {
      seen.push('first in');
      await door.opened;
      seen.push('first out');
    });
    const second = lock.run('a', () => Promise.resolve(seen.push('second')));
    await lock.run('b', () => Promise.resolve(seen.push('other')));
    door.open();
    await Promise.all([first, second]);
    expect(seen).toEqual(['first in', 'other', 'first out', 'second']);
  });

  it('goes on after work that failed', async () => {
    const lock = createKeyedLock();
    await expect(lock.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await lock.run('a', () => Promise.resolve('yes'))).toBe('yes');
  });
});

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
