import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { pathOf } from './docker-hub.ts';
import { eventsOf, imageEvent, referenceEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson, unreadablePayload } from './payload.ts';
import { isSecret, isSignature, knowsByQuery } from './proofs.ts';

const eventData = z.object({
  resources: z
    .array(z.object({ tag: z.string().nullish(), resource_url: z.string().nullish() }))
    .nullish()
    .transform((resources) => resources ?? []),
  repository: z
    .object({
      repo_full_name: z.string().nullish(),
      namespace: z.string().nullish(),
      name: z.string().nullish(),
    })
    .nullish(),
});

/** What is used of an event in Harbor's own format (goharbor.io, "Configure Webhook Notifications"). */
const ownEvent = z.object({ type: z.string(), event_data: z.unknown().optional() });

/** The same in the format CloudEvents, from Harbor 2.8 on. */
const cloudEvent = z.object({ specversion: z.string(), type: z.string(), data: z.unknown().optional() });

/** Harbor sends its "Auth Header" as `Authorization`; something in between may make that the HMAC of the body. */
export const HARBOR_SENDER: WebhookSender = {
  type: 'harbor',
  verify(request, secret) {
    const given = request.headers['authorization'];
    const signed = given?.replace(/^(?:sha256=|bearer +)/i, '');
    const ways = [
      isSecret(given, secret),
      isSignature(signed, request, { secret }),
      knowsByQuery(request, secret),
    ];
    return ways.includes(true);
  },
  parse(request) {
    const value = readJson(request);
    const cloud = cloudEvent.safeParse(value);
    if (cloud.success) return readHarborEvent(cloud.data.type, cloud.data.data, request);
    const { type, event_data } = checkPayload(value, ownEvent, 'an event of Harbor');
    return readHarborEvent(type, event_data, request);
  },
};

const PUSHES: ReadonlySet<string> = new Set(['PUSH_ARTIFACT', 'pushImage', 'harbor.artifact.pushed']);

/** The images of an event; `type` is that of either format. */
export function readHarborEvent(
  type: string,
  data: unknown,
  request: Pick<WebhookRequest, 'query'>,
): WebhookReading {
  if (!PUSHES.has(type)) return { kind: 'ignored', why: 'of Harbor only pushes of artifacts count' };
  const { resources, repository } = checkPayload(data, eventData, 'the data of a push of Harbor');
  const path = repository?.repo_full_name ?? pathOf(repository?.namespace, repository?.name);
  const host = registryOfQuery(request);
  if (resources.length === 0) throw unreadablePayload('"resources" in a push of Harbor', 'none');
  return eventsOf(
    resources,
    ({ tag, resource_url }) => {
      const named = referenceEvent(resource_url ?? '', tag ?? undefined);
      if (named !== undefined && host === undefined) return [named];
      const ownPath = path ?? (named?.kind === 'image' ? named.repository.path : undefined);
      if (ownPath === undefined) throw unreadablePayload('"repository" in a push of Harbor', 'none');
      return [imageEvent({ host, path: ownPath, tag })];
    },
    'no artifact was pushed',
  );
}
