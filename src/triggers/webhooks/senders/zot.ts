import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { readCloudEvents, type CloudEvent } from './cloud-event.ts';
import { imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload } from './payload.ts';
import { knowsSecret } from './proofs.ts';

/** What is used of `zotregistry.image.updated` (zotregistry.dev, "Event support"). */
const updated = z.object({ name: z.string(), reference: z.string().nullish() });

/** zot logs in with a user and a password. Its events do not say where it is: `?registry_url=`. */
export const ZOT_SENDER: WebhookSender = {
  type: 'zot',
  verify: knowsSecret,
  parse(request) {
    const readings = readCloudEvents(request).map((event) => readZotEvent(event, request));
    const events = readings.flatMap((reading) => (reading.kind === 'events' ? reading.events : []));
    return events.length > 0
      ? { kind: 'events', events }
      : (readings[0] ?? { kind: 'ignored', why: 'the batch is empty' });
  },
};

/** The image of an event of zot. */
export function readZotEvent(
  { type, data }: CloudEvent,
  request: Pick<WebhookRequest, 'query'>,
): WebhookReading {
  if (type !== 'zotregistry.image.updated')
    return { kind: 'ignored', why: 'of zot only "zotregistry.image.updated" counts' };
  const { name, reference } = checkPayload(data, updated, 'the data of "zotregistry.image.updated"');
  return {
    kind: 'events',
    events: [imageEvent({ host: registryOfQuery(request), path: name, tag: reference })],
  };
}
