import { describe, expect, it, vi } from 'vitest';
import { createSendQueue, type QueuedNotice, type SendResult } from '../../../src/app/notices/send-queue.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { Log } from '../../../src/ports/log.ts';
import { createVirtualClock, type VirtualClock } from '../../helpers/virtual-clock.ts';
import { aNotice } from '../../notifiers/a-notice.ts';

const HOUR = 3_600_000;

function queued(name: string, parts: Partial<QueuedNotice['notice']> = {}): QueuedNotice {
  const notice = aNotice({ key: name, subject: name, ...parts });
  return { notice, texts: {}, subjects: [notice.subject] };
}

const unreachable = () => new LynceusError('notifier-unreachable', 'nobody answers');

/** A queue to a service that takes or refuses what `answer` says. */
function aQueue(
  answer: (name: string, tries: number) => LynceusError | undefined,
  {
    perMinute = 1_000,
    most,
    clock = createVirtualClock(),
  }: { perMinute?: number; most?: number; clock?: VirtualClock } = {},
) {
  const tries = new Map<string, number>();
  const attempts: { readonly name: string; readonly at: number }[] = [];
  const settled: [string, SendResult][] = [];
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log = { info: note, warn: note } as unknown as Log;
  const start = clock.now();
  const queue = createSendQueue({
    service: 'chat',
    perMinute,
    clock,
    log,
    ...(most === undefined ? {} : { most }),
    render: ({ notice }) => ({ notice, title: '', text: '' }),
    onSettled: ({ notice }, result) => void settled.push([notice.key, result]),
    onSize: () => undefined,
    open: async () =>
      await Promise.resolve({
        name: 'chat',
        markup: { escape: (text: string) => text, link: (text: string) => text, most: 1_000 },
        async send({ notice: { key } }) {
          const count = (tries.get(key) ?? 0) + 1;
          tries.set(key, count);
          attempts.push({ name: key, at: clock.now() - start });
          await Promise.resolve();
          const error = answer(key, count);
          if (error !== undefined) throw error;
        },
        close: () => undefined,
      }),
  });
  return { queue, settled, attempts, logged, clock };
}

describe('the queue of a service', () => {
  it('sends in order', async () => {
    const { queue, settled } = aQueue(() => undefined);
    for (const name of ['a', 'b', 'c']) queue.add(queued(name));
    await queue.idle(Infinity);
    expect(settled).toEqual(['a', 'b', 'c'].map((name) => [name, 'sent']));
  });

  it('sends no more in a minute than it may', async () => {
    const { queue, attempts } = aQueue(() => undefined, { perMinute: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(queued(name));
    await queue.idle(Infinity);
    expect(attempts.map(({ at }) => at)).toEqual([0, 0, 60_000, 60_000, 120_000]);
  });

  it('tries again later and later, and logs once that it does and once that it works again', async () => {
    const { queue, settled, attempts, logged } = aQueue((_name, tries) =>
      tries < 4 ? unreachable() : undefined,
    );
    queue.add(queued('a'));
    await queue.idle(Infinity);
    expect(settled).toEqual([['a', 'sent']]);
    expect(attempts.map(({ at }) => at)).toEqual([0, 3_750, 11_250, 26_250]);
    expect(logged).toEqual([
      'a service takes no notices; they are sent later',
      'the service takes notices again',
    ]);
  });

  it('waits for as long as the service says', async () => {
    const busy = () => new LynceusError('notifier-rate-limited', 'busy', { retryAfter: 90_000 });
    const { queue, attempts } = aQueue((_name, tries) => (tries === 1 ? busy() : undefined));
    queue.add(queued('a'));
    await queue.idle(Infinity);
    expect(attempts.map(({ at }) => at)).toEqual([0, 90_000]);
  });

  it('gives up after a while, and what came later has its turn', async () => {
    const { queue, settled, clock } = aQueue(unreachable);
    const start = clock.now();
    queue.add(queued('a'));
    queue.add(queued('b'));
    await queue.idle(Infinity);
    expect(settled).toEqual([
      ['a', 'given-up'],
      ['b', 'given-up'],
    ]);
    expect(clock.now() - start).toBeLessThanOrEqual(HOUR + 300_000);
  });

  it('does not try again what the service does not take, and sends the rest', async () => {
    const denied = new LynceusError('notifier-failed', 'too long', { retryable: false });
    const { queue, settled, attempts } = aQueue((name) => (name === 'bad' ? denied : undefined));
    for (const name of ['bad', 'good']) queue.add(queued(name));
    await queue.idle(Infinity);
    expect(settled).toEqual([
      ['bad', 'failed'],
      ['good', 'sent'],
    ]);
    expect(attempts).toHaveLength(2);
  });

  it('sends others while one fails, but never the end of a condition before its beginning', async () => {
    const { queue, settled } = aQueue((name, tries) =>
      name === 'began' && tries < 3 ? unreachable() : undefined,
    );
    queue.add(queued('began', { subject: 'x' }));
    queue.add(queued('ended', { subject: 'x' }));
    queue.add(queued('other'));
    await queue.idle(Infinity);
    expect(settled.map(([name]) => name)).toEqual(['other', 'began', 'ended']);
  });

  it('drops the oldest of the least severe when it is full', async () => {
    const { queue, settled, logged } = aQueue(() => undefined, { most: 2 });
    // The first is being sent already, and stays.
    queue.add(queued('sending'));
    await vi.waitFor(() => expect(settled).toHaveLength(0));
    queue.add(queued('error', { severity: 'error' }));
    queue.add(queued('info'));
    queue.add(queued('warning', { severity: 'warning' }));
    await queue.idle(Infinity);
    expect(settled.filter(([, result]) => result === 'dropped').map(([name]) => name)).toEqual([
      'info',
      'warning',
    ]);
    expect(settled).toContainEqual(['error', 'sent']);
    expect(logged.filter((line) => line.startsWith('notices are dropped'))).toHaveLength(1);
  });

  it('is not waited for where the service takes nothing before that', async () => {
    const clock = { ...createVirtualClock(), sleep: async () => await new Promise<never>(() => undefined) };
    const { queue, settled } = aQueue(unreachable, { clock });
    queue.add(queued('a'));
    await queue.idle(clock.now() + 1_000);
    expect(settled).toEqual([]);
  });

  it('drops what is left when it is stopped', async () => {
    const { queue, settled } = aQueue(unreachable);
    queue.add(queued('a'));
    await queue.stop();
    queue.add(queued('b'));
    expect(settled).toEqual([
      ['a', 'dropped'],
      ['b', 'dropped'],
    ]);
  });
});
