import { asLynceusError } from '../errors.ts';
import { EVENTS, type KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventNotice } from './event-notices.ts';
import { changingFields, eventName, eventObject, noticeName, type Occurrences } from './event-object.ts';

/** An event to be created or updated. */
export interface EventDelivery extends Occurrences {
  readonly notice: EventNotice;
  /** Name of the event to update; `undefined` for a new one. */
  readonly event: string | undefined;
  /** Called with the name of the event once it is written. */
  readonly onSent: (event: string) => void;
}

export interface DeliveryOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly component: string;
}

/** Returns the name of the event. Throws when the API server refuses it. */
export type Deliver = (delivery: EventDelivery, signal: AbortSignal) => Promise<string>;

export function createDelivery({ kube, clock, component }: DeliveryOptions): Deliver {
  let latest = 0n;

  /** No two events of this process have one name. */
  function newName(object: string): string {
    const now = BigInt(Math.trunc(clock.now())) * 1_000_000n;
    latest = now > latest ? now : latest + 1n;
    return eventName(object, latest);
  }

  async function create({ notice, ...occurrences }: EventDelivery, signal: AbortSignal): Promise<string> {
    const { namespace } = notice.application;
    const name = newName(noticeName(notice));
    const body = eventObject(notice, { ...occurrences, name, component });
    await kube.create(EVENTS, { namespace, body }, signal);
    return name;
  }

  async function update(
    event: string,
    { notice, ...occurrences }: EventDelivery,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace } = notice.application;
    const patch = { kind: 'merge', body: changingFields(notice, occurrences) } as const;
    await kube.patch(EVENTS, { namespace, name: event, patch }, signal);
  }

  return async (delivery, signal) => {
    const { event } = delivery;
    if (event === undefined) return create(delivery, signal);
    try {
      await update(event, delivery, signal);
      return event;
    } catch (thrown) {
      // It has expired, or we may create events but not change them: another one is better than none.
      const { code } = asLynceusError(thrown);
      if (code !== 'kube-not-found' && code !== 'kube-denied') throw thrown;
      return create(delivery, signal);
    }
  };
}
