import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDeadline } from '../../src/async/deadline.ts';
import { LynceusError } from '../../src/errors.ts';

const late = () => new LynceusError('deadline', 'too late');

/** Ends by its signal alone. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error('ended'))),
  );
}

/** Takes so long, and heeds no signal. */
async function taking(milliseconds: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return 'done';
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a deadline', () => {
  const options = { signal: new AbortController().signal, late };

  async function codeAfter(milliseconds: number, work: Promise<unknown>): Promise<string> {
    const code = work.then(
      () => 'done',
      (thrown: unknown) => (thrown instanceof LynceusError ? thrown.code : String(thrown)),
    );
    await vi.advanceTimersByTimeAsync(milliseconds);
    return await Promise.race([code, Promise.resolve('waits')]);
  }

  test('ends work by its signal', async () => {
    const work = createDeadline(100).run(options, endless);

    expect(await codeAfter(100, work)).toBe('deadline');
  });

  test('leaves work alone that is done in time, and does not mask its error', async () => {
    expect(
      await codeAfter(
        90,
        createDeadline(100).run(options, () => taking(90)),
      ),
    ).toBe('done');
    const failing = createDeadline(100).run(options, () =>
      Promise.reject(new LynceusError('git-failed', '')),
    );
    expect(await codeAfter(0, failing)).toBe('git-failed');
  });

  test('does not wait long for work that heeds no signal', async () => {
    const work = createDeadline(100).run(options, () => taking(1e9));

    expect(await codeAfter(5_100, work)).toBe('deadline');
  });

  test('is for everything together, but not for the time in between', async () => {
    const deadline = createDeadline(100);
    expect(
      await codeAfter(
        60,
        deadline.run(options, () => taking(60)),
      ),
    ).toBe('done');
    await vi.advanceTimersByTimeAsync(10_000);

    expect(await codeAfter(40, deadline.run(options, endless))).toBe('deadline');
    expect(
      await codeAfter(
        0,
        deadline.run(options, () => taking(1)),
      ),
    ).toBe('deadline');
  });

  test('counts what happens side by side once', async () => {
    const deadline = createDeadline(100);
    const both = Promise.all([
      deadline.run(options, () => taking(60)),
      deadline.run(options, () => taking(60)),
    ]);
    expect(await codeAfter(60, both)).toBe('done');

    expect(
      await codeAfter(
        30,
        deadline.run(options, () => taking(30)),
      ),
    ).toBe('done');
  });

  test('begins anew, once something went well', async () => {
    const deadline = createDeadline(100);
    const work = deadline.run(options, () => taking(150));
    await vi.advanceTimersByTimeAsync(90);
    deadline.renew();

    expect(await codeAfter(60, work)).toBe('done');
    expect(deadline.signal.aborted).toBe(false);
  });

  test('is not the reason when somebody else ends the work', async () => {
    const controller = new AbortController();
    const work = createDeadline(100).run({ signal: controller.signal, late }, endless);
    controller.abort();

    expect(await codeAfter(0, work)).toBe('Error: ended');
  });

  test('of no length never is', async () => {
    const work = createDeadline(Infinity).run(options, endless);

    expect(await codeAfter(1e9, work)).toBe('waits');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no timer behind', async () => {
    const deadline = createDeadline(100);
    await codeAfter(
      10,
      deadline.run(options, () => taking(10)),
    );

    expect(vi.getTimerCount()).toBe(0);
  });
});
