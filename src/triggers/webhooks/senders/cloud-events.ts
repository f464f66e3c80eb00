import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { checkCloudEvent, readCloudEvents, type CloudEvent } from './cloud-event.ts';
import { isBridgeEvent, readBridgeEvent, readEcrCloudEvent } from './ecr.ts';
import { readHarborEvent } from './harbor.ts';
import { eventsOf, hostOf, imageEvent, referenceEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, mediaTypeOf, readJson, unreadablePayload, shownText } from './payload.ts';
import { knowsSecret } from './proofs.ts';
import { isFromSns, readSnsMessage } from './sns.ts';
import { readZotEvent } from './zot.ts';

/** CloudEvents of any registry, and the events of ECR in whatever EventBridge and SNS put around them. */
export const CLOUD_EVENTS_SENDER: WebhookSender = {
  type: 'cloudevents',
  verify: knowsSecret,
  parse(request) {
    if (request.headers['ce-specversion'] !== undefined) return readEach(readCloudEvents(request), request);
    const value = readJson(request);
    if (!isFromSns(request, value)) return readDelivered(value, request);
    const message = readSnsMessage(value);
    return message.kind === 'own' ? message.reading : readDelivered(message.value, request);
  },
};

const BATCH = 'application/cloudevents-batch+json';

/** An event of EventBridge, a CloudEvent, or a batch of either. */
function readDelivered(value: unknown, request: WebhookRequest): WebhookReading {
  if (mediaTypeOf(request) !== BATCH || !Array.isArray(value)) return readOne(value, request);
  const readings: WebhookReading[] = [];
  const reading = eventsOf(
    value,
    (one) => {
      const read = readOne(one, request);
      readings.push(read);
      return read.kind === 'events' ? read.events : [];
    },
    'the batch has no event that counts',
  );
  return reading.kind === 'ignored' ? (readings[0] ?? reading) : reading;
}

function readOne(value: unknown, request: WebhookRequest): WebhookReading {
  return isBridgeEvent(value)
    ? readBridgeEvent(value, request)
    : readCloudEvent(checkCloudEvent(value), request);
}

function readEach([event]: readonly CloudEvent[], request: WebhookRequest): WebhookReading {
  return event === undefined ? { kind: 'ignored', why: 'there is no event' } : readCloudEvent(event, request);
}

function readCloudEvent(event: CloudEvent, request: WebhookRequest): WebhookReading {
  const { type } = event;
  // What EventBridge makes of a CloudEvent may have the whole event of AWS as its data.
  if (isBridgeEvent(event.data)) return readBridgeEvent(event.data, request);
  if (type.startsWith('com.amazon.ecr.')) return readEcrCloudEvent(event, request);
  if (type.startsWith('zotregistry.')) return readZotEvent(event, request);
  if (type.startsWith('harbor.')) return readHarborEvent(type, event.data, request);
  if (!/container|image/i.test(type))
    throw unreadablePayload('a CloudEvent whose type names a container or an image', shownText(type));
  if (/delete|pull/i.test(type)) return { kind: 'ignored', why: 'nothing was pushed' };
  return readGeneric(event, request);
}

const generic = z.object({
  repositoryName: z.string().nullish(),
  repository: z.string().nullish(),
  imageTag: z.string().nullish(),
  tag: z.string().nullish(),
  registryUrl: z.string().nullish(),
  registry: z.string().nullish(),
});

function readGeneric({ data, source }: CloudEvent, request: WebhookRequest): WebhookReading {
  const named = checkPayload(data, generic, 'the data of a CloudEvent');
  const path = named.repositoryName ?? named.repository;
  if (path === null || path === undefined)
    throw unreadablePayload('"repositoryName" or "repository" in the data of a CloudEvent', 'neither');
  const tag = named.imageTag ?? named.tag;
  const written = registryOfQuery(request) ?? hostOf(named.registryUrl ?? named.registry ?? '');
  const whole = written === undefined ? referenceEvent(path, tag ?? undefined) : undefined;
  return {
    kind: 'events',
    events: [whole ?? imageEvent({ host: written ?? hostOfSource(source ?? ''), path, tag })],
  };
}

/** `https://host/…` or `host/…`; a word alone is no host. */
function hostOfSource(source: string): string | undefined {
  const host = hostOf(source);
  return host !== undefined && /[.:]/.test(host) ? host : undefined;
}
