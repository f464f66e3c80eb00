import { describe, expect, test } from 'vitest';
import { within } from '../../src/kube/within.ts';
import { createTimeline } from '../helpers/timeline.ts';

function never(): Promise<never> {
  return new Promise(() => undefined);
}

describe('a time limit', () => {
  test('lets answers and errors through, and leaves nothing behind', async () => {
    const clock = createTimeline();
    const limit = { clock, milliseconds: 1_000, signal: new AbortController().signal };
    expect(await within(limit, () => Promise.resolve(7))).toBe(7);
    await expect(within(limit, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(clock.sleepers).toBe(0);
  });

  test('ends what takes too long, also when it does not listen', async () => {
    const clock = createTimeline();
    const limit = { clock, milliseconds: 1_500, signal: new AbortController().signal };
    let asked: AbortSignal | undefined;
    const answer = within(limit, (signal) => {
      asked = signal;
      return never();
    }).catch((thrown: unknown) => thrown);
    await clock.pass(1_500);
    expect(await answer).toMatchObject({
      code: 'kube-unreachable',
      message: 'the API server did not answer within 1.5 s',
    });
    expect(asked?.aborted).toBe(true);
  });

  test('ends with the reason of the signal, and asks nothing once that is aborted', async () => {
    const clock = createTimeline();
    const stop = new AbortController();
    const limit = { clock, milliseconds: 1_000, signal: stop.signal };
    const answer = within(limit, never).catch((thrown: unknown) => thrown);
    stop.abort();
    expect(await answer).toMatchObject({ name: 'AbortError' });
    let asked = false;
    const after = within(limit, async () => {
      asked = true;
    });
    await expect(after).rejects.toMatchObject({ name: 'AbortError' });
    expect([asked, clock.sleepers]).toEqual([false, 0]);
  });
});
