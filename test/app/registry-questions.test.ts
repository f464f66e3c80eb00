import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NO_LIMITS } from '../../src/app/cycle-limits.ts';
import { createQuestions, type Question } from '../../src/app/registry-questions.ts';
import { createRegistryTurns } from '../../src/app/registry-turns.ts';
import { LynceusError } from '../../src/errors.ts';

const LIMITS = { ...NO_LIMITS, hostTime: 10_000, namespaceShare: 0.5 };
const { signal } = new AbortController();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(concurrency = 10) {
  const ask = createQuestions<string>(createRegistryTurns({ concurrency, limits: LIMITS }));
  const asked: string[] = [];
  const aborted: string[] = [];
  const question = (path: string, milliseconds: number): Question<string> => ({
    key: path,
    repository: { registry: 'reg.test', path },
    what: `the tags of ${path}`,
    isAnswer: () => true,
    work: (during) => {
      asked.push(path);
      return new Promise((resolve, reject) => {
        setTimeout(() => resolve(path), milliseconds);
        during.addEventListener('abort', () => {
          aborted.push(path);
          reject(new LynceusError('aborted', 'stopped'));
        });
      });
    },
  });
  return {
    asked,
    aborted,
    /** How it ended so far: the answer, a code, or `waits`. */
    want(name: string, path: string, milliseconds: number, during = signal) {
      let ending = 'waits';
      ask(question(path, milliseconds), { application: { namespace: 'argocd', name }, signal: during }).then(
        (answer) => (ending = answer),
        (thrown: unknown) => (ending = thrown instanceof LynceusError ? thrown.code : String(thrown)),
      );
      return () => ending;
    },
  };
}

describe('a question to a registry', () => {
  test('is asked once, for all who wait and all who come later', async () => {
    const { want, asked } = setUp();
    const first = want('a', 'acme/web', 100);
    const second = want('b', 'acme/web', 100);
    await vi.advanceTimersByTimeAsync(100);
    const third = want('c', 'acme/web', 100);
    await vi.advanceTimersByTimeAsync(0);

    expect([first(), second(), third()]).toEqual(['acme/web', 'acme/web', 'acme/web']);
    expect(asked).toEqual(['acme/web']);
  });

  test('costs an Application no more time than it has, while others wait on for the same answer', async () => {
    const { want, aborted } = setUp();
    // It has waited for something else before.
    want('hostile', 'evil/slow', 9_000);
    await vi.advanceTimersByTimeAsync(9_000);
    const hostile = want('hostile', 'acme/web', 5_000);
    const good = want('good', 'acme/web', 5_000);

    await vi.advanceTimersByTimeAsync(1_500);
    expect([hostile(), good()]).toEqual(['deadline', 'waits']);
    await vi.advanceTimersByTimeAsync(4_000);
    expect([good(), aborted]).toEqual(['acme/web', []]);
  });

  test('is ended when nobody has time for it any more', async () => {
    const { want, aborted } = setUp();
    const ending = want('hostile', 'evil/slow', 60_000);

    await vi.advanceTimersByTimeAsync(10_000);

    expect([ending(), aborted]).toEqual(['deadline', ['evil/slow']]);
  });

  test('is not asked for an Application that has no time left', async () => {
    const { want, asked } = setUp();
    want('hostile', 'evil/slow', 9_000);
    await vi.advanceTimersByTimeAsync(9_000);
    want('hostile', 'evil/slower', 60_000);
    await vi.advanceTimersByTimeAsync(1_000);
    const again = want('hostile', 'acme/other', 1);
    const good = want('good', 'acme/web', 1);
    await vi.advanceTimersByTimeAsync(1);

    expect([again(), good(), asked]).toEqual([
      'deadline',
      'acme/web',
      ['evil/slow', 'evil/slower', 'acme/web'],
    ]);
  });

  test('costs nothing while it waits for its turn', async () => {
    const { want } = setUp(1);
    // Each of them makes room after two seconds, as long as there are not too many.
    for (let count = 0; count < 8; count += 1) want(`other-${count}`, `evil-${count}/web`, 9_000);
    await vi.advanceTimersByTimeAsync(0);
    const good = want('good', 'acme/web', 5_000);
    await vi.advanceTimersByTimeAsync(30_000);

    expect(good()).toBe('acme/web');
  });

  test('of a thousand does not keep another Application waiting', async () => {
    const { want, asked } = setUp(2);
    for (let count = 0; count < 1_000; count += 1) want('many', `acme/build-${count}`, 50);
    await vi.advanceTimersByTimeAsync(200);

    const good = want('good', 'acme/web', 50);
    await vi.advanceTimersByTimeAsync(100);

    expect(good()).toBe('acme/web');
    expect(asked.length).toBeLessThan(20);
  });

  test.each([
    ['answers nothing to one owner, is asked by another', 'acme/web', 'acme/web'],
    ['answers nothing to one owner, is not asked for more of it', 'evil/more', 'deadline'],
  ])('to a host that %s', async (_what, path, expected) => {
    const { want } = setUp();
    for (let count = 0; count < 3; count += 1) want(`hostile-${count}`, `evil/${count}`, 60_000);
    await vi.advanceTimersByTimeAsync(10_000);
    const ending = want('somebody', path, 1);
    await vi.advanceTimersByTimeAsync(1);

    expect(ending()).toBe(expected);
  });
});
