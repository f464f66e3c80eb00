import * as z from 'zod';
import type { WebhookSender } from '../sender.ts';
import { imageEvent } from './image-events.ts';
import { checkPayload, readJson, unreadablePayload } from './payload.ts';
import { knowsByQuery } from './proofs.ts';
import { DOCKER_HUB } from '../../../core/image/registry-host.ts';

/** What is used of a push (docs.docker.com, "Webhooks" of Docker Hub). */
const push = z.object({
  push_data: z.object({ tag: z.string().nullish() }).nullish(),
  repository: z.object({
    repo_name: z.string().nullish(),
    namespace: z.string().nullish(),
    name: z.string().nullish(),
  }),
});

/** Docker Hub signs nothing, and can be told nothing but a URL. */
export const DOCKER_HUB_SENDER: WebhookSender = {
  type: DOCKER_HUB,
  verify: knowsByQuery,
  parse(request) {
    const { push_data, repository } = checkPayload(readJson(request), push, 'a push of Docker Hub');
    const path = repository.repo_name ?? pathOf(repository.namespace, repository.name);
    if (path === undefined)
      throw unreadablePayload(
        '"repository.repo_name" in a push of Docker Hub',
        'neither it nor "namespace" and "name"',
      );
    return { kind: 'events', events: [imageEvent({ host: DOCKER_HUB, path, tag: push_data?.tag })] };
  },
};

/** `namespace/name`; `undefined` where there is no name. */
export function pathOf(
  namespace: string | null | undefined,
  name: string | null | undefined,
): string | undefined {
  if (name === null || name === undefined || name === '') return undefined;
  return namespace === null || namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
