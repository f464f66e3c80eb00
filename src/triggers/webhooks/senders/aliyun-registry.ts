import * as z from 'zod';
import type { WebhookSender } from '../sender.ts';
import { pathOf } from './docker-hub.ts';
import { imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, readJson, unreadablePayload, shownText } from './payload.ts';
import { knowsByQuery } from './proofs.ts';

/** What is used of a push (aliyun.com, "Container Registry", "Manage webhooks"). */
const push = z.object({
  push_data: z.object({ tag: z.string().nullish() }).nullish(),
  repository: z.object({
    repo_full_name: z.string().nullish(),
    namespace: z.string().nullish(),
    name: z.string().nullish(),
    region: z.string().nullish(),
  }),
});

/** Alibaba Cloud Container Registry can be told nothing but a URL. An Enterprise instance has a host of its own: `?registry_url=`. */
export const ALIYUN_REGISTRY_SENDER: WebhookSender = {
  type: 'aliyun-acr',
  verify: knowsByQuery,
  parse(request) {
    const what = 'a push of Alibaba Cloud Container Registry';
    const { push_data, repository } = checkPayload(readJson(request), push, what);
    const path = repository.repo_full_name ?? pathOf(repository.namespace, repository.name);
    if (path === undefined)
      throw unreadablePayload(`"repository.repo_full_name" in ${what}`, 'neither it nor "name"');
    const named = registryOfQuery(request);
    const hosts = named === undefined ? hostsOf(repository.region ?? '') : [named];
    return { kind: 'events', events: hosts.map((host) => imageEvent({ host, path, tag: push_data?.tag })) };
  },
};

/** One registry: its public name, and its names in a VPC and in Alibaba's own network. */
function hostsOf(region: string): readonly string[] {
  if (!/^[a-z]{2}(?:-[a-z0-9]+)+$/.test(region))
    throw unreadablePayload(
      'a region such as "cn-hangzhou" at "repository.region"',
      region === '' ? 'none' : shownText(region),
      'add &registry_url=HOST to the URL of the webhook',
    );
  return ['registry', 'registry-vpc', 'registry-internal'].map((name) => `${name}.${region}.aliyuncs.com`);
}
