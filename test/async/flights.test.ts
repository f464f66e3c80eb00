import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createFlights } from '../../src/async/flights.ts';
import { LynceusError } from '../../src/errors.ts';
import { errorOf } from '../helpers/thrown.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly finish: (value: string) => void;
  readonly fail: (error: Error) => void;
}

function setUp() {
  const flights = createFlights<string>();
  const begun: Work[] = [];
  function join(signal: AbortSignal, key = 'key'): Promise<string> {
    return flights.join(
      key,
      signal,
      (own) => new Promise((finish, fail) => begun.push({ signal: own, finish, fail })),
    );
  }
  return { begun, join };
}

describe('work that several wait for', () => {
  test('is done once for one key, and again when it is over', async () => {
    const { begun, join } = setUp();
    const { signal } = new AbortController();
    const both = Promise.all([join(signal), join(signal)]);
    begun[0]?.finish('a');

    expect(await both).toEqual(['a', 'a']);
    const later = join(signal);
    begun[1]?.finish('b');
    expect(await later).toBe('b');
    expect(begun.length).toBe(2);
  });

  test('is done separately for separate keys', () => {
    const { begun, join } = setUp();
    const { signal } = new AbortController();
    void join(signal, 'a');
    void join(signal, 'b');

    expect(begun.length).toBe(2);
  });

  test('fails for all, and is begun anew by the next', async () => {
    const { begun, join } = setUp();
    const { signal } = new AbortController();
    const both = Promise.allSettled([join(signal), join(signal)]);
    begun[0]?.fail(new LynceusError('registry-failed', 'no'));

    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void join(signal);
    expect(begun.length).toBe(2);
  });

  test('goes on when one of them leaves', async () => {
    const { begun, join } = setUp();
    const leaving = new AbortController();
    const left = errorOf(join(leaving.signal));
    const stayed = join(new AbortController().signal);
    leaving.abort();

    expect((await left).code).toBe('aborted');
    expect(begun[0]?.signal.aborted).toBe(false);
    begun[0]?.finish('a');
    expect(await stayed).toBe('a');
  });

  test('is stopped when all of them have left, and is not joined any more', async () => {
    const { begun, join } = setUp();
    const controller = new AbortController();
    const left = Promise.allSettled([join(controller.signal), join(controller.signal)]);
    controller.abort();
    await left;

    expect(begun[0]?.signal.aborted).toBe(true);
    void join(new AbortController().signal);
    expect(begun.length).toBe(2);
  });

  test('is not begun for somebody who has left already', async () => {
    const { begun, join } = setUp();

    expect((await errorOf(join(AbortSignal.abort()))).code).toBe('aborted');
    expect(begun).toEqual([]);
  });

  test('leaves no listeners behind', async () => {
    const { begun, join } = setUp();
    const { signal } = new AbortController();
    const all = Promise.all(Array.from({ length: 30 }, () => join(signal)));
    begun[0]?.finish('a');
    await all;

    await expect.poll(() => getEventListeners(signal, 'abort').length).toBe(0);
  });
});
