import { createDeadline } from '../../async/deadline.ts';
import type { Notice } from '../../core/notices/notice.ts';
import { NOTICE_SEVERITIES } from '../../core/notices/notice-kind.ts';
import type { NoticeTexts } from '../../core/notices/notice-route.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import { createPace, type Pace } from './pace.ts';

/** What is to be sent to one service. */
export interface QueuedNotice {
  readonly notice: Notice;
  readonly recipient?: string;
  readonly texts: NoticeTexts;
  /** The conditions that it is of. */
  readonly subjects: readonly string[];
}

/** `failed`: the service does not take it; `given-up`: tried for too long; `dropped`: there was no room for it, or the process ended. */
export type SendResult = 'sent' | 'failed' | 'given-up' | 'dropped';

export interface SendQueueOptions {
  /** The service, opened when there is something to send; what it throws is tried again. */
  readonly open: () => Promise<Notifier>;
  readonly service: string;
  readonly perMinute: number;
  readonly render: (queued: QueuedNotice, notifier: Notifier) => OutgoingNotice;
  readonly onSettled: (queued: QueuedNotice, result: SendResult) => void;
  readonly onSize: (size: number) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly most?: number;
}

/** What one service is sent, in order and at its pace. Nothing here waits for another service, and nobody waits for it. */
export interface SendQueue {
  add(queued: QueuedNotice): void;
  /** Resolves when nothing is left to be sent, or nothing can be before this time in milliseconds since 1970. */
  idle(until: number): Promise<void>;
  /** Sends nothing more; what is left is dropped. */
  stop(): Promise<void>;
}

const MINUTE = 60_000;
const LONGEST_WAIT = 60 * MINUTE;
const MOST_QUEUED = 500;
const MOST_TRIES = 12;
const LONGEST_SEND = 2 * MINUTE;

interface Waiting {
  readonly queued: QueuedNotice;
  readonly addedAt: number;
  /** What was added later has more. */
  readonly order: number;
  tries: number;
}

export function createSendQueue(options: SendQueueOptions): SendQueue {
  return new ServiceQueue(options);
}

class ServiceQueue implements SendQueue {
  readonly #options: SendQueueOptions;
  readonly #ending = new AbortController();
  readonly #pace: Pace;
  #waiting: readonly Waiting[] = [];
  #running: Promise<void> | undefined;
  #watchers: readonly { readonly until: number; readonly resolve: () => void }[] = [];
  #sending: Waiting | undefined;
  #added = 0;
  #isFull = false;

  constructor(options: SendQueueOptions) {
    this.#options = options;
    this.#pace = createPace(options);
  }

  add(queued: QueuedNotice): void {
    const { clock, onSettled, onSize } = this.#options;
    if (this.#ending.signal.aborted) return onSettled(queued, 'dropped');
    this.#added += 1;
    this.#waiting = [...this.#waiting, { queued, addedAt: clock.now(), order: this.#added, tries: 0 }];
    this.#makeRoom();
    onSize(this.#waiting.length);
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  async idle(until: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#watchers = [...this.#watchers, { until, resolve }];
      this.#tellWatchers();
    });
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    for (const one of this.#waiting) this.#remove(one, 'dropped');
  }

  #remove(one: Waiting, result: SendResult): void {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    this.#options.onSize(this.#waiting.length);
    this.#options.onSettled(one.queued, result);
  }

  #makeRoom(): void {
    const { log, service, most = MOST_QUEUED } = this.#options;
    if (this.#waiting.length <= most) return;
    if (!this.#isFull) log.warn('notices are dropped: too many wait for the service', { service, most });
    this.#isFull = true;
    const least = leastWorth(this.#waiting.filter((one) => one !== this.#sending));
    if (least !== undefined) this.#remove(least, 'dropped');
  }

  #tellWatchers(): void {
    const isDone = (until: number): boolean => this.#waiting.length === 0 || this.#pace.pausedUntil() > until;
    const done = this.#watchers.filter(({ until }) => isDone(until));
    this.#watchers = this.#watchers.filter(({ until }) => !isDone(until));
    for (const { resolve } of done) resolve();
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending;
    for (let next = first(this.#waiting); next !== undefined; next = first(this.#waiting)) {
      if (signal.aborted) return;
      const wait = this.#pace.wait();
      if (wait > 0) await this.#options.clock.sleep(wait, signal).catch(() => undefined);
      // Another one may be the first after a wait.
      else await this.#trySending(next);
    }
  }

  async #trySending(one: Waiting): Promise<void> {
    const { log, service, most = MOST_QUEUED } = this.#options;
    one.tries += 1;
    this.#sending = one;
    try {
      await this.#send(one);
      if (this.#pace.succeeded()) log.info('the service takes notices again', { service });
      this.#remove(one, 'sent');
    } catch (thrown) {
      if (!this.#ending.signal.aborted) this.#failed(one, asLynceusError(thrown));
    } finally {
      this.#sending = undefined;
      this.#isFull &&= this.#waiting.length >= most;
      this.#tellWatchers();
    }
  }

  async #send({ queued }: Waiting): Promise<void> {
    const { open, render, service } = this.#options;
    const notifier = await open();
    const late = () => new LynceusError('notifier-unreachable', `${service} took too long`);
    const outgoing = render(queued, notifier);
    this.#pace.sends();
    const { signal } = this.#ending;
    await createDeadline(LONGEST_SEND).run({ signal, late }, (own) => notifier.send(outgoing, own));
  }

  #failed(one: Waiting, error: LynceusError): void {
    const { log, service, clock } = this.#options;
    const fields = { service, kind: one.queued.notice.kind, code: error.code, reason: error.line };
    if (!error.retryable) {
      log.warn('a notice was not sent: the service does not take it', fields);
      return this.#remove(one, 'failed');
    }
    const isFirst = this.#pace.failed(error.retryAfter);
    if (one.tries >= MOST_TRIES || this.#pace.pausedUntil() - one.addedAt > LONGEST_WAIT) {
      log.warn('a notice was not sent: it was tried for too long', { ...fields, tries: one.tries });
      return this.#remove(one, 'given-up');
    }
    if (isFirst)
      log.warn('a service takes no notices; they are sent later', {
        ...fields,
        again: new Date(Math.max(clock.now(), this.#pace.pausedUntil())).toISOString(),
      });
    // Others go first, but for those of the same condition: its end must not come before its beginning.
    this.#waiting = [...this.#waiting.filter((other) => other !== one), one];
  }
}

/** The first one before which no other of its condition was added. */
function first(waiting: readonly Waiting[]): Waiting | undefined {
  return waiting.find(
    (one) =>
      !waiting.some(
        (other) => other !== one && isEarlier(other, one) && sharesSubject(other.queued, one.queued),
      ),
  );
}

function isEarlier(a: Waiting, b: Waiting): boolean {
  return a.order < b.order;
}

function sharesSubject(a: QueuedNotice, b: QueuedNotice): boolean {
  return a.recipient === b.recipient && a.subjects.some((subject) => b.subjects.includes(subject));
}

/** The oldest of the least severe. */
function leastWorth(waiting: readonly Waiting[]): Waiting | undefined {
  return waiting.reduce<Waiting | undefined>(
    (least, one) => (least === undefined || rankOf(one) < rankOf(least) ? one : least),
    undefined,
  );
}

function rankOf({ queued }: Waiting): number {
  return NOTICE_SEVERITIES.indexOf(queued.notice.severity);
}
