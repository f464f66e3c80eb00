import { expect, test } from 'vitest';
import { alwaysLeading } from '../../src/leadership/always-leading.ts';

const NEVER = new AbortController().signal;

test('who is alone leads at once, until it gives the lead away, and may lead again', async () => {
  const leadership = alwaysLeading();
  const { lost } = await leadership.acquire(NEVER);
  expect((await leadership.acquire(NEVER)).lost).toBe(lost);
  expect(lost.aborted).toBe(false);

  await leadership.release();

  expect(lost.aborted).toBe(true);
  expect((await leadership.acquire(NEVER)).lost.aborted).toBe(false);
});

test('a process that is asked to stop does not lead', async () => {
  await expect(alwaysLeading().acquire(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
