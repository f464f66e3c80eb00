import * as z from 'zod';
import type { WebhookSender } from '../sender.ts';
import { hostOf, imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson } from './payload.ts';
import { knowsSecret } from './proofs.ts';

const action = z.object({ action: z.string() });

/** What is used of a push (learn.microsoft.com, "Azure Container Registry webhook reference"). */
const push = z.object({
  target: z.object({ repository: z.string(), tag: z.string().nullish() }),
  request: z.object({ host: z.string().nullish() }).nullish(),
});

/** Azure Container Registry sends the headers that its webhook was given. */
export const AZURE_REGISTRY_SENDER: WebhookSender = {
  type: 'acr',
  verify: knowsSecret,
  parse(request) {
    const value = readJson(request);
    const kind = checkPayload(value, action, 'an event of Azure Container Registry').action;
    if (kind !== 'push')
      return { kind: 'ignored', why: 'of Azure Container Registry only pushes of images count' };
    const { target, request: pushed } = checkPayload(value, push, 'a push of Azure Container Registry');
    const host = registryOfQuery(request) ?? hostOf(pushed?.host ?? '');
    return { kind: 'events', events: [imageEvent({ host, path: target.repository, tag: target.tag })] };
  },
};
