import { describe, expect, test } from 'vitest';
import {
  createExpiringCache,
  renewedEarly,
  type ExpiringCacheOptions,
} from '../../src/async/expiring-cache.ts';
import { LynceusError } from '../../src/errors.ts';

const { signal } = new AbortController();

function setUp(options: Omit<ExpiringCacheOptions, 'clock'> = {}) {
  let now = 0;
  let reads = 0;
  const state = { life: undefined as number | undefined, error: undefined as Error | undefined };
  const cache = createExpiringCache<string>({ clock: { now: () => now }, ...options });
  const read = async () => {
    reads += 1;
    if (state.error !== undefined) throw state.error;
    return { value: `v${reads}`, expiresAt: state.life === undefined ? undefined : now + state.life };
  };
  const refuse = (refused: string) => ({ read, isRefused: (value: string) => value === refused });
  return {
    cache,
    state,
    read,
    refuse,
    get: (key = 'key') => cache.get(key, { read }, signal),
    renew: (refused: string) => cache.renew('key', refuse(refused), signal),
    reads: () => reads,
    pass: (milliseconds: number) => (now += milliseconds),
  };
}

describe('what is kept', () => {
  test('is read once for everybody, and for each key', async () => {
    const { get, reads } = setUp();

    expect(await Promise.all([get(), get(), get('other')])).toEqual(['v1', 'v1', 'v2']);
    expect(await get()).toBe('v1');
    expect(reads()).toBe(2);
  });

  test('is read again when it ends', async () => {
    const { get, state, pass } = setUp();
    state.life = 100;

    expect(await get()).toBe('v1');
    pass(99);
    expect(await get()).toBe('v1');
    pass(1);
    expect(await get()).toBe('v2');
  });

  test('is read again after as long as the caller allows', async () => {
    const { cache, read, pass } = setUp();
    const get = () => cache.get('key', { read, longest: 50 }, signal);

    expect(await get()).toBe('v1');
    pass(49);
    expect(await get()).toBe('v1');
    pass(1);
    expect(await get()).toBe('v2');
  });

  test('is not given to whom it was refused', async () => {
    const { cache, get, refuse } = setUp();
    await get();

    expect([cache.misses('key', {}), cache.misses('key', refuse('v1'))]).toEqual([false, true]);
    expect(await cache.get('key', refuse('v1'), signal)).toBe('v2');
    expect(await cache.get('key', refuse('v1'), signal)).toBe('v2');
  });

  test('goes when there is more than the most, what was used longest ago first', async () => {
    const { get, reads } = setUp({ most: 2 });
    await get('a');
    await get('b');
    await get('a');
    await get('c');

    expect(await get('a')).toBe('v1');
    expect(reads()).toBe(3);
    expect(await get('b')).toBe('v4');
  });
});

describe('a failure', () => {
  test('is kept for a moment', async () => {
    const { get, state, reads, pass } = setUp();
    state.error = new LynceusError('credentials-failed', 'no');

    await expect(get()).rejects.toThrow('no');
    await expect(get()).rejects.toThrow('no');
    expect(reads()).toBe(1);
    state.error = undefined;
    pass(30_000);
    expect(await get()).toBe('v2');
  });

  test('is not kept when the caller was stopped, or when none is to be kept', async () => {
    const stopped = setUp();
    stopped.state.error = new LynceusError('aborted', 'stopped');
    await expect(stopped.get()).rejects.toThrow('stopped');
    stopped.state.error = undefined;
    expect(await stopped.get()).toBe('v2');

    const none = setUp({ failuresLast: 0 });
    none.state.error = new Error('no');
    await expect(none.get()).rejects.toThrow('no');
    none.state.error = undefined;
    expect(await none.get()).toBe('v2');
  });
});

describe('renewing', () => {
  test('does not replace what was read a moment ago', async () => {
    const { get, renew, pass } = setUp();
    await get();

    expect(await renew('v1')).toBeUndefined();
    pass(30_000);
    expect(await renew('v1')).toBe('v2');
    expect(await renew('v1')).toBe('v2');
    expect(await renew('v2')).toBeUndefined();
  });

  test('may have another moment for what it read itself', async () => {
    const { get, renew, pass } = setUp({ moment: { read: 0, renewed: 60_000 } });
    await get();

    expect(await renew('v1')).toBe('v2');
    pass(59_999);
    expect(await renew('v2')).toBeUndefined();
    pass(1);
    expect(await renew('v2')).toBe('v3');
  });
});

describe('the useful life', () => {
  test.each([
    [{}, 1000, 800],
    [{}, undefined, 240_000],
    [{}, -5, 0],
    [{ reserve: 300 }, 1000, 700],
    [{ reserve: 100 }, 1000, 800],
    [{ reserve: 300 }, 200, 100],
    [{ shortest: 500 }, 100, 400],
    [{ shortest: 500 }, -100, 400],
  ])('with %j of %j milliseconds is %j', (options, life, expected) => {
    expect(renewedEarly(options)(life)).toBe(expected);
  });
});
