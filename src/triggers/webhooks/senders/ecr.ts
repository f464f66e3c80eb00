import * as z from 'zod';
import type { WebhookReading, WebhookRequest } from '../sender.ts';
import type { CloudEvent } from './cloud-event.ts';
import { eventsOf, imageEvent, registryOfQuery } from './image-events.ts';
import { checkPayload, unreadablePayload } from './payload.ts';

/** What is used of an event as EventBridge delivers it (docs.aws.amazon.com, "Amazon ECR events and EventBridge"). */
const bridgeEvent = z.object({
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  region: z.string(),
  detail: z.unknown().optional(),
});

const detail = z.object({
  'repository-name': z.string(),
  'image-tag': z.string().nullish(),
  'action-type': z.string().nullish(),
  result: z.string().nullish(),
  'sync-status': z.string().nullish(),
});

/** What can bring a new image: a push, a replication, a pull through the cache. */
const ACTIONS: ReadonlySet<string> = new Set([
  'ECR Image Action',
  'ECR Replication Action',
  'ECR Pull Through Cache Action',
]);

/** Whether a value is an event of AWS as EventBridge delivers it. */
export function isBridgeEvent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'detail-type');
}

/** The image of an event of ECR that EventBridge delivers. */
export function readBridgeEvent(value: unknown, request: Pick<WebhookRequest, 'query'>): WebhookReading {
  const event = checkPayload(value, bridgeEvent, 'an event of EventBridge');
  if (event.source !== 'aws.ecr' || !ACTIONS.has(event['detail-type']))
    return { kind: 'ignored', why: 'of EventBridge only "ECR Image Action" and its kin count' };
  const named = checkPayload(event.detail, detail, `the detail of "${event['detail-type']}"`);
  const failed = (named.result ?? named['sync-status'] ?? 'SUCCESS') !== 'SUCCESS';
  if (failed || named['action-type'] === 'DELETE')
    return { kind: 'ignored', why: 'nothing was pushed to Amazon ECR' };
  const { account, region } = event;
  const image = { path: named['repository-name'], tag: named['image-tag'] };
  return imagesAt({ account, region }, image, request);
}

const cloudData = z
  .object({
    repositoryName: z.string().nullish(),
    imageTag: z.string().nullish(),
    registryId: z.string().nullish(),
  })
  .nullish();

/** The image of a CloudEvent of ECR: `com.amazon.ecr.image.push`, whose `source` is an ARN or the same as a URN. */
export function readEcrCloudEvent(event: CloudEvent, request: Pick<WebhookRequest, 'query'>): WebhookReading {
  if (/delete/i.test(event.type)) return { kind: 'ignored', why: 'nothing was pushed to Amazon ECR' };
  const data = checkPayload(event.data, cloudData, 'the data of an event of Amazon ECR');
  const [path = '', tag] = (event.subject ?? '').split(':');
  const [, region = '', account = ''] =
    /^(?:urn|arn):aws[a-z-]*:ecr:([^:]*):([^:]*)/.exec(event.source ?? '') ?? [];
  const image = { path: data?.repositoryName ?? path, tag: data?.imageTag ?? tag };
  if (image.path === '')
    throw unreadablePayload('"data.repositoryName" in an event of Amazon ECR', 'neither it nor "subject"');
  return imagesAt({ account: account === '' ? (data?.registryId ?? '') : account, region }, image, request);
}

interface EcrPlace {
  readonly account: string;
  readonly region: string;
}

function imagesAt(
  place: EcrPlace,
  image: { readonly path: string; readonly tag: string | null | undefined },
  request: Pick<WebhookRequest, 'query'>,
): WebhookReading {
  const named = registryOfQuery(request);
  const hosts = named === undefined ? hostsOf(place) : [named];
  return eventsOf(hosts, (host) => [imageEvent({ host, ...image })], '');
}

/** Partitions that have domains of their own, by the start of their regions' names. */
const DOMAINS: readonly (readonly [string, readonly [string, string]])[] = [
  ['cn-', ['amazonaws.com.cn', 'on.amazonwebservices.com.cn']],
  ['eusc-', ['amazonaws.eu', 'on.amazonwebservices.eu']],
  ['us-iso-', ['c2s.ic.gov', 'on.aws.ic.gov']],
  ['us-isob-', ['sc2s.sgov.gov', 'on.aws.scloud']],
];

/** One registry under the names that it is pulled by: with IPv4 alone, with FIPS, and with IPv6. */
function hostsOf({ account, region }: EcrPlace): readonly string[] {
  if (!/^\d{12}$/.test(account) || !/^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(region)) {
    throw unreadablePayload(
      'the account and region of a registry of Amazon ECR',
      'an event without',
      'add &registry_url=HOST to the URL of the webhook',
    );
  }
  const [plain, dual] = DOMAINS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? [
    'amazonaws.com',
    'on.aws',
  ];
  const names = [`dkr.ecr.${region}.${plain}`, `dkr-ecr.${region}.${dual}`];
  const fips = [`dkr.ecr-fips.${region}.${plain}`, `dkr-ecr-fips.${region}.${dual}`];
  return [...names, ...fips].map((name) => `${account}.${name}`);
}
