import { parseReplicaPlace } from '../../core/replica-place.ts';
import { asLynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Leadership } from '../../ports/leadership.ts';
import type { Log } from '../../ports/log.ts';
import type { PushQueue } from '../pushes.ts';
import { retryAfter, type ReceivedWebhook, type WebhookReply } from './answer-webhook.ts';
import { passWebhookOn, wasPassedOn } from './pass-on.ts';
import type { WebhookEvent } from './sender.ts';

export interface TakeOptions {
  readonly pushes: PushQueue;
  /** Whether this process leads now. */
  readonly leads: () => boolean;
  readonly leadership: Pick<Leadership, 'leaderPlace'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
}

/** In milliseconds. */
const TIMEOUT = 5_000;
const PAUSE = 2_000;
/** Longer than it takes until another process leads. */
const TRIES = 30;
/** Webhooks that wait at the same time until there is a leader. */
const MOST_WAITING = 100;

/**
 * Who leads looks at what was pushed. Any other process passes the webhook on to it, as it came. While nobody leads it is kept:
 * passed on as soon as somebody does, and looked at when that is this process.
 */
export function createTakeEvents({
  pushes,
  leads,
  leadership,
  clock,
  log,
  signal,
}: TakeOptions): (
  events: readonly WebhookEvent[],
  received: ReceivedWebhook,
) => Promise<WebhookReply | undefined> {
  let waiting = 0;

  /** `undefined` when nobody has answered for the leader. */
  async function passOn(received: ReceivedWebhook): Promise<WebhookReply | undefined> {
    try {
      const place = parseReplicaPlace((await leadership.leaderPlace('webhooks', signal)) ?? '');
      if (place === undefined) return undefined;
      const reply = await passWebhookOn(place, received, { timeout: TIMEOUT });
      return reply.status === 503 ? undefined : reply;
    } catch (thrown) {
      log.debug('a webhook could not be passed on', { err: asLynceusError(thrown) });
      return undefined;
    }
  }

  async function passOnLater(events: readonly WebhookEvent[], received: ReceivedWebhook): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      await clock.sleep(PAUSE, signal);
      if (leads()) return pushes.add(events);
      if ((await passOn(received)) !== undefined) return;
    }
    log.error('a webhook is lost: nobody has led since it came', { events: events.length });
  }

  return async (events, received) => {
    if (leads()) {
      pushes.add(events);
      return undefined;
    }
    if (wasPassedOn(received))
      return { status: 503, headers: retryAfter(PAUSE), body: 'this process does not lead' };
    const reply = await passOn(received);
    if (reply !== undefined) return reply;
    if (waiting >= MOST_WAITING)
      return { status: 503, headers: retryAfter(10_000), body: 'nobody leads right now' };
    waiting += 1;
    passOnLater(events, received)
      .catch(() => undefined)
      .finally(() => (waiting -= 1));
    return undefined;
  };
}
