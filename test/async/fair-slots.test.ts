import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFairSlots, type FairSlotsOptions } from '../../src/async/fair-slots.ts';

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

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('slots', () => {
  test('are all for one who asks alone', () => {
    const { ask, begun } = slotsWith({ concurrency: 4, share: 0.5 });

    for (let count = 0; count < 6; count += 1) void ask('a/x');

    expect(begun).toHaveLength(4);
  });

  test.each([
    ['another namespace', 'b/x'],
    ['another Application of the namespace', 'a/y'],
  ])('go to %s as soon as one is free, however many were there before', async (_who, late) => {
    const { ask, begun, end } = slotsWith({ concurrency: 4, share: 0.5 });
    for (let count = 0; count < 1_000; count += 1) void ask('a/x');

    void ask(late);
    await end(0);

    expect(begun.slice(4)).toEqual([late]);
  });

  test('are shared half and half, and no longer once the other has no work', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 4, share: 0.5 });
    for (let count = 0; count < 20; count += 1) void ask('a/x');
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
    expect(begun).toEqual(['b/x', 'a/x', 'a/x']);

    void ask('b/x');

    expect(begun.at(-1)).toBe('b/x');
    await end(1);
    expect(begun).toEqual(['b/x', 'a/x', 'a/x', 'b/x', 'a/x']);
  });

  test('go round between those who have as much', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 1, share: 0.5 });
    for (const who of ['a/x', 'a/x', 'a/x', 'b/x', 'b/x', 'c/x', 'a/y']) void ask(who);

    for (let place = 0; place < 7; place += 1) await end(place);

    expect(begun).toEqual(['a/x', 'b/x', 'c/x', 'a/y', 'b/x', 'a/x', 'a/x']);
  });

  test('pass over a namespace in which nobody may have more', () => {
    const { ask, begun } = slotsWith({ concurrency: 6, share: 0.34 });
    for (const who of ['a/x', 'a/x', 'b/x', 'b/y', 'b/x', 'c/z', 'c/z']) void ask(who);

    expect(begun).toEqual(['a/x', 'a/x', 'b/x', 'b/y', 'c/z', 'c/z']);
  });

  test('are lent: who takes long makes room, up to a bound, and counts no longer for others', async () => {
    const { ask, begun } = slotsWith({ concurrency: 2, share: 0.5, lend: 1_000 });
    for (let count = 0; count < 20; count += 1) void ask(`evil/${count}`);
    void ask('good/x');
    expect(begun).toHaveLength(2);

    await vi.advanceTimersByTimeAsync(1_000);

    expect(begun).toContain('good/x');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toHaveLength(8);
  });

  test('are not waited for any longer once the signal is aborted', async () => {
    const { ask, begun, end } = slotsWith({ concurrency: 1, share: 0.5 });
    const controller = new AbortController();
    void ask('a/x');
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
