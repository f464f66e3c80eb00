import * as z from 'zod';
import type { WebhookRequest } from '../sender.ts';
import { checkPayload, mediaTypeOf, readJson } from './payload.ts';

/** What is used of a CloudEvent. */
const cloudEvent = z.object({
  specversion: z.string().min(1),
  type: z.string().min(1),
  source: z.string().nullish(),
  subject: z.string().nullish(),
  data: z.unknown().optional(),
  data_base64: z.string().nullish(),
});

export type CloudEvent = z.infer<typeof cloudEvent>;

/**
 * The CloudEvents of a request in the three content modes of the HTTP binding: binary, where `ce-` headers hold the
 * attributes, structured, and batched.
 */
export function readCloudEvents(request: WebhookRequest): readonly CloudEvent[] {
  const { headers } = request;
  if (headers['ce-specversion'] !== undefined) {
    const [specversion, type] = [headers['ce-specversion'], headers['ce-type']];
    const attributes = { specversion, type, source: headers['ce-source'], subject: headers['ce-subject'] };
    const data = request.body.length === 0 ? undefined : readJson(request);
    return [checkCloudEvent({ ...attributes, data })];
  }
  const value = readJson(request);
  const isBatch = mediaTypeOf(request) === 'application/cloudevents-batch+json';
  return isBatch
    ? checkPayload(value, z.array(z.unknown()), 'a batch of CloudEvents').map(checkCloudEvent)
    : [checkCloudEvent(value)];
}

/** The value as a CloudEvent in structured mode; its data may be in Base64. */
export function checkCloudEvent(value: unknown): CloudEvent {
  const event = checkPayload(value, cloudEvent, 'a CloudEvent');
  if (event.data !== undefined || event.data_base64 === null || event.data_base64 === undefined) return event;
  return { ...event, data: readJson({ headers: {}, body: Buffer.from(event.data_base64, 'base64') }) };
}
