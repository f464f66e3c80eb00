import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FairSlotsOptions, Paces } from '../../src/async/fair-queue.ts';
import { createFairSlots } from '../../src/async/fair-slots.ts';

const { signal } = new AbortController();

/** Slots whose work ends when it is told to; `a/x` is the name `x` in the namespace `a`. */
function slotsWith(options: FairSlotsOptions) {
  const slots = createFairSlots(options);
  const begun: string[] = [];
  const endings: (() => void)[] = [];
  return {
    begun,
    ask(who: string, during = signal): Promise<void> {
      const [namespace = '', name = ''] = who.split('/');
      return slots.run({ namespace, name }, during, () => {
        begun.push(who);
        return new Promise<void>((resolve) => endings.push(resolve));
      });
    },
    /** Ends the piece that began at this place, and lets what follows begin. */
    async end(place: number): Promise<void> {
      endings[place]?.();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

/** Lets begin what may. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('slots', () => {
  test('are all for one who asks alone', async () => {
    const { ask, begun } = slotsWith({ concurrency: 4, share: 0.5 });

    for (let count = 0; count < 6; count += 1) void ask('a/x');
    await settle();

    expect(begun).toHaveLength(4);
  });

  test.each([
    ['another namespace', 'b/x'],
    ['another Application of the namespace', 'a/y'],
  ])('go to %s as soon as one is free, however many were there before', async (_who, late) => {
    const { ask, begun, end } = slotsWith({ concurrency: 4, share: 0.5 });
    for (let count = 0; count < 1_000; count += 1) void ask('a/x');
    await settle();

    void ask(late);
    await end(0);

    expect(begun.slice(4)).toEqual([late]);
  });

  test('are shared half and half, and no longer once the other has no work', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 4, share: 0.5 });
    for (let count = 0; count < 20; count += 1) void ask('a/x');
    await settle();
    for (let count = 0; count < 4; count += 1) void ask('b/x');

    for (let place = 0; place < 6; place += 1) await end(place);

    expect(begun.slice(4).toSorted()).toEqual(['a/x', 'a/x', 'b/x', 'b/x', 'b/x', 'b/x']);
    for (let place = 6; place < 10; place += 1) await end(place);
    expect(begun.slice(10)).toEqual(['a/x', 'a/x', 'a/x', 'a/x']);
  });

  test('that one may not have stay free for what the other asks next', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 4, share: 0.5 });
    void ask('b/x');
    for (let count = 0; count < 9; count += 1) void ask('a/x');
    await settle();
    expect(begun).toEqual(['b/x', 'a/x', 'a/x']);

    void ask('b/x');
    await settle();

    expect(begun.at(-1)).toBe('b/x');
    await end(1);
    expect(begun).toEqual(['b/x', 'a/x', 'a/x', 'b/x', 'a/x']);
  });

  test('go round between those who have as much', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 1, share: 0.5 });
    for (const who of ['a/x', 'a/x', 'a/x', 'b/x', 'b/x', 'c/x', 'a/y']) void ask(who);
    await settle();

    for (let place = 0; place < 7; place += 1) await end(place);

    expect(begun).toEqual(['a/x', 'b/x', 'c/x', 'a/y', 'b/x', 'a/x', 'a/x']);
  });

  test('pass over a namespace in which nobody may have more', async () => {
    const { ask, begun } = slotsWith({ concurrency: 6, share: 0.34 });
    for (const who of ['a/x', 'a/x', 'b/x', 'b/y', 'b/x', 'c/z', 'c/z']) void ask(who);
    await settle();

    expect(begun).toEqual(['a/x', 'b/x', 'c/z', 'a/x', 'b/y', 'c/z']);
  });

  test('are lent: who takes long makes room, up to a bound, and counts no longer for others', async () => {
    const { ask, begun } = slotsWith({ concurrency: 2, share: 0.5, lend: 1_000 });
    for (let count = 0; count < 20; count += 1) void ask(`evil/${count}`);
    void ask('good/x');
    await settle();
    expect(begun).toHaveLength(2);

    await vi.advanceTimersByTimeAsync(1_000);

    expect(begun).toContain('good/x');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toHaveLength(4);
  });

  test('go first to those whose work took less time, also when they ask for the first time in a cycle', async () => {
    const paces: Paces = new Map();
    const { ask, end } = slotsWith({ concurrency: 4, share: 1, lend: 1_000, paces });
    for (const who of ['a/slow-1', 'a/slow-2', 'a/slow-3', 'a/quick']) void ask(who);
    await settle();
    await end(3);
    await vi.advanceTimersByTimeAsync(5_000);
    for (const place of [0, 1, 2]) await end(place);

    const next = slotsWith({ concurrency: 4, share: 1, lend: 1_000, paces });
    for (const who of ['a/slow-1', 'a/slow-2', 'a/slow-3', 'a/new', 'a/quick']) void next.ask(who);
    await settle();

    // Those that were slow have half of the slots.
    expect(next.begun).toEqual(['a/quick', 'a/new', 'a/slow-1', 'a/slow-2']);
    await next.end(0);
    expect(next.begun).toHaveLength(4);
  });

  test('go round by time: who is quick does not go first for ever', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 1, share: 1 });
    for (let count = 0; count < 6; count += 1) void ask('a/x');
    await settle();
    void ask('a/y');
    for (let place = 0; place < 4; place += 1) {
      await vi.advanceTimersByTimeAsync(200);
      await end(place);
    }

    expect(begun).toEqual(['a/x', 'a/y', 'a/x', 'a/x', 'a/x']);
  });

  test('are not waited for any longer once the signal is aborted', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 1, share: 0.5 });
    const controller = new AbortController();
    void ask('a/x');
    await settle();
    const leaving = ask('b/x', controller.signal);
    void ask('c/x');

    controller.abort();

    await expect(leaving).rejects.toMatchObject({ code: 'aborted' });
    await end(0);
    expect(begun).toEqual(['a/x', 'c/x']);
  });

  test('are free again after work that throws, and for a signal that was aborted before', async () => {
    const slots = createFairSlots({ concurrency: 1, share: 1 });
    const asker = { namespace: 'a', name: 'x' };

    await expect(slots.run(asker, signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.run(asker, AbortSignal.abort(), () => Promise.resolve(1))).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await slots.run(asker, signal, () => Promise.resolve(2))).toBe(2);
  });
});
