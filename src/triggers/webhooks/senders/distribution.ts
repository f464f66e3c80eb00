import * as z from 'zod';
import type { WebhookReading, WebhookRequest, WebhookSender } from '../sender.ts';
import { eventsOf, hostOf, imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson } from './payload.ts';
import { knowsSecret } from './proofs.ts';

/** The media type that registries send their notifications with. */
export const DISTRIBUTION_EVENTS = 'application/vnd.docker.distribution.events.v1+json';

const envelope = z.object({ events: z.array(z.unknown()) });

/** What is used of an event (distribution.github.io, "Work with notifications"). */
const event = z.object({
  action: z.string(),
  target: z
    .object({
      mediaType: z.string().nullish(),
      repository: z.string().nullish(),
      tag: z.string().nullish(),
      url: z.string().nullish(),
    })
    .nullish(),
  request: z.object({ host: z.string().nullish() }).nullish(),
});

/** Manifests and indexes, not layers: `application/vnd.oci.image.manifest.v1+json` and its kin. */
const MANIFEST = /\.(?:image\.index|manifest)\b/;

/** The registry "distribution" itself; an endpoint of its configuration can have headers. */
export const DISTRIBUTION_SENDER: WebhookSender = {
  type: 'distribution',
  verify: knowsSecret,
  parse: readNotifications,
};

/** The pushes of an envelope that gave a manifest a tag. */
export function readNotifications(request: WebhookRequest): WebhookReading {
  const { events } = checkPayload(readJson(request), envelope, 'an envelope of a registry');
  const host = registryOfQuery(request);
  return eventsOf(
    events,
    (value) => {
      const { action, target, request: pushed } = checkPayload(value, event, 'an event of a registry');
      if (action !== 'push' || !isTagged(target)) return [];
      const own = host ?? hostOf(pushed?.host ?? '') ?? hostOf(target?.url ?? '');
      return [imageEvent({ host: own, path: target?.repository ?? '', tag: target?.tag })];
    },
    'no manifest was pushed under a tag',
  );
}

function isTagged(target: z.infer<typeof event>['target']): boolean {
  const tag = target?.tag ?? '';
  return tag !== '' && MANIFEST.test(target?.mediaType ?? '.manifest');
}
