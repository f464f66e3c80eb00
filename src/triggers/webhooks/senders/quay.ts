import * as z from 'zod';
import type { WebhookSender } from '../sender.ts';
import { imageEvent, referenceEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson } from './payload.ts';
import { knowsByQuery } from './proofs.ts';

/** What is used of "Push to Repository" (docs.quay.io, "Repository notifications"). Other notifications have no `updated_tags`. */
const notification = z.object({
  repository: z.string(),
  docker_url: z.string().nullish(),
  updated_tags: z.array(z.unknown()).nullish(),
});

/** Quay, of quay.io or of one's own, signs nothing, and can be told nothing but a URL. */
export const QUAY_SENDER: WebhookSender = {
  type: 'quay.io',
  verify: knowsByQuery,
  parse(request) {
    const what = 'a notification of Quay';
    const { repository, docker_url, updated_tags } = checkPayload(readJson(request), notification, what);
    const [tag] = updated_tags ?? [];
    if (tag === undefined)
      return { kind: 'ignored', why: 'a notification of Quay without "updated_tags" is no push' };
    const host = registryOfQuery(request);
    const name = typeof tag === 'string' ? tag : undefined;
    const named = host === undefined ? referenceEvent(docker_url ?? '', name) : undefined;
    return {
      kind: 'events',
      events: [named ?? imageEvent({ host: host ?? 'quay.io', path: repository, tag: name })],
    };
  },
};
