import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatRepository } from '../../src/core/image/reference.ts';
import type { WebhookEvent, WebhookReading, WebhookRequest } from '../../src/triggers/webhooks/sender.ts';

/** A payload as its sender sends it, and what it says. */
export interface WebhookSample {
  readonly type: string;
  /** A file of test/fixtures/webhooks, without `.json`. */
  readonly payload: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the secret. */
  readonly query?: string;
  /** Each event as `host/path:tag` or `KEY of the remote@branch`; or why it is ignored. */
  readonly reads: readonly string[] | RegExp;
}

const CLOUD = { 'content-type': 'application/cloudevents+json' };
const SNS = { 'content-type': 'text/plain; charset=UTF-8' };
const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'cdade3d9-a1a7-4b3c-9a3e-5a8b6e8c7f10',
  'ce-source': 'zotregistry.dev',
  'content-type': 'application/json',
};
const REGISTRY_EVENTS = { 'content-type': 'application/vnd.docker.distribution.events.v1+json' };

function ecr(host: string, suffixes: readonly [string, string], image: string): readonly string[] {
  const [plain, dual] = suffixes;
  return [
    `dkr.ecr.${host}.${plain}`,
    `dkr-ecr.${host}.${dual}`,
    `dkr.ecr-fips.${host}.${plain}`,
    `dkr-ecr-fips.${host}.${dual}`,
  ].map((name) => `123456789012.${name}/${image}`);
}

const AWS = ['amazonaws.com', 'on.aws'] as const;
const AWS_CHINA = ['amazonaws.com.cn', 'on.amazonwebservices.com.cn'] as const;
const HELLO = ['ghcr.io/codertocat/hello-world:1.4.2'];
const PACKAGE = { 'x-github-event': 'package' };

export const SAMPLES: readonly WebhookSample[] = [
  { type: 'docker.io', payload: 'docker.io/push', reads: ['docker.io/acme/api:1.4.2'] },
  { type: 'docker.io', payload: 'docker.io/official', reads: ['docker.io/library/nginx:1.27'] },
  { type: 'ghcr.io', payload: 'ghcr.io/package', headers: PACKAGE, reads: HELLO },
  {
    type: 'ghcr.io',
    payload: 'ghcr.io/registry-package',
    headers: { 'x-github-event': 'registry_package' },
    reads: HELLO,
  },
  {
    type: 'ghcr.io',
    payload: 'ghcr.io/enterprise-server',
    headers: PACKAGE,
    reads: ['containers.github.example/codertocat/hello-world:1.4.2'],
  },
  { type: 'ghcr.io', payload: 'ghcr.io/npm-package', headers: PACKAGE, reads: /no container image/ },
  { type: 'ghcr.io', payload: 'github/ping', headers: { 'x-github-event': 'ping' }, reads: /"ping"/ },
  { type: 'ghcr.io', payload: 'github/push', headers: { 'x-github-event': 'push' }, reads: /"push"/ },
  { type: 'quay.io', payload: 'quay.io/push', reads: ['quay.io/acme/api:latest'] },
  { type: 'quay.io', payload: 'quay.io/own-host', reads: ['quay.example:8443/acme/api:1.4.2'] },
  { type: 'quay.io', payload: 'quay.io/build-success', reads: /no push/ },
  {
    type: 'harbor',
    payload: 'harbor/push',
    reads: ['harbor.example/acme/api:latest', 'harbor.example/acme/api-migrations:1.4.2'],
  },
  { type: 'harbor', payload: 'harbor/push-digest', reads: ['harbor.example/acme/api'] },
  { type: 'harbor', payload: 'harbor/cloudevent', headers: CLOUD, reads: ['harbor.example/acme/api:1.4.2'] },
  {
    type: 'harbor',
    payload: 'harbor/push',
    query: 'registry_url=https://hub.example:8443',
    reads: ['hub.example:8443/acme/api:1.4.2'],
  },
  { type: 'harbor', payload: 'harbor/delete', reads: /only pushes/ },
  {
    type: 'aliyun-acr',
    payload: 'aliyun-acr/push',
    reads: ['registry', 'registry-vpc', 'registry-internal'].map(
      (name) => `${name}.cn-hangzhou.aliyuncs.com/acme/api:1.4.2`,
    ),
  },
  {
    type: 'aliyun-acr',
    payload: 'aliyun-acr/push',
    query: 'registry_url=acme-registry.cn-hangzhou.cr.aliyuncs.com',
    reads: ['acme-registry.cn-hangzhou.cr.aliyuncs.com/acme/api:1.4.2'],
  },
  { type: 'acr', payload: 'acr/push', reads: ['acme.azurecr.io/acme/api:1.4.2'] },
  { type: 'acr', payload: 'acr/delete', reads: /only pushes/ },
  { type: 'acr', payload: 'acr/chart-push', reads: /only pushes/ },
  {
    type: 'cloudevents',
    payload: 'cloudevents/ecr',
    headers: CLOUD,
    reads: ecr('us-east-1', AWS, 'acme/api:1.4.2'),
  },
  {
    type: 'cloudevents',
    payload: 'cloudevents/ecr-subject',
    reads: ecr('cn-north-1', AWS_CHINA, 'acme/api:1.4.2'),
  },
  {
    type: 'cloudevents',
    payload: 'cloudevents/ecr',
    query: 'registry_url=mirror.example',
    reads: ['mirror.example/acme/api:1.4.2'],
  },
  { type: 'cloudevents', payload: 'cloudevents/eventbridge', reads: ecr('us-west-2', AWS, 'acme/api:1.4.2') },
  {
    type: 'cloudevents',
    payload: 'cloudevents/eventbridge-cache',
    reads: ecr('us-west-2', AWS, 'docker-hub/alpine:3.17.2'),
  },
  { type: 'cloudevents', payload: 'cloudevents/eventbridge-delete', reads: /nothing was pushed/ },
  { type: 'cloudevents', payload: 'cloudevents/eventbridge-scan', reads: /ECR Image Action/ },
  {
    type: 'cloudevents',
    payload: 'cloudevents/sns-notification',
    headers: { ...SNS, 'x-amz-sns-message-type': 'Notification' },
    reads: ecr('us-west-2', AWS, 'acme/api:1.4.2'),
  },
  {
    type: 'cloudevents',
    payload: 'cloudevents/eventbridge',
    headers: { ...SNS, 'x-amz-sns-message-type': 'Notification', 'x-amz-sns-rawdelivery': 'true' },
    reads: ecr('us-west-2', AWS, 'acme/api:1.4.2'),
  },
  {
    type: 'cloudevents',
    payload: 'cloudevents/sns-confirmation',
    headers: { ...SNS, 'x-amz-sns-message-type': 'SubscriptionConfirmation' },
    reads:
      /aws sns confirm-subscription --region us-west-2 --topic-arn arn:aws:sns:us-west-2:123456789012:ecr-pushes --token 2336412f37fb687f5d51e6e241d0\w+$/,
  },
  {
    type: 'cloudevents',
    payload: 'cloudevents/generic',
    headers: CLOUD,
    reads: ['registry.example:5000/acme/api:1.4.2'],
  },
  {
    type: 'cloudevents',
    payload: 'cloudevents/generic-data',
    headers: { ...BINARY, 'ce-type': 'org.example.image.published' },
    reads: ['registry.example/acme/api:1.4.2'],
  },
  {
    type: 'cloudevents',
    payload: 'harbor/cloudevent',
    headers: CLOUD,
    reads: ['harbor.example/acme/api:1.4.2'],
  },
  {
    type: 'cloudevents',
    payload: 'zot/image-updated-structured',
    query: 'registry_url=zot.example',
    headers: CLOUD,
    reads: ['zot.example/acme/api:1.4.2'],
  },
  {
    type: 'github',
    payload: 'github/push',
    headers: { 'x-github-event': 'push' },
    reads: ['github.com/acme/deploy@main'],
  },
  { type: 'github', payload: 'github/push-tag', headers: { 'x-github-event': 'push' }, reads: /no branch/ },
  {
    type: 'github',
    payload: 'github/push-deleted',
    headers: { 'x-github-event': 'push' },
    reads: /no branch/,
  },
  { type: 'github', payload: 'github/ping', headers: { 'x-github-event': 'ping' }, reads: /"ping"/ },
  { type: 'github', payload: 'ghcr.io/package', headers: PACKAGE, reads: HELLO },
  {
    type: 'github',
    payload: 'ghcr.io/registry-package',
    headers: { 'x-github-event': 'registry_package' },
    reads: HELLO,
  },
  {
    type: 'gitlab',
    payload: 'gitlab/push',
    headers: { 'x-gitlab-event': 'Push Hook' },
    reads: ['gitlab.example/acme/deploy@main'],
  },
  {
    type: 'gitlab',
    payload: 'gitlab/push-deleted',
    headers: { 'x-gitlab-event': 'Push Hook' },
    reads: /no branch/,
  },
  {
    type: 'gitlab',
    payload: 'gitlab/tag-push',
    headers: { 'x-gitlab-event': 'Tag Push Hook' },
    reads: /only pushes/,
  },
  {
    type: 'gitlab',
    payload: 'gitlab/registry',
    headers: REGISTRY_EVENTS,
    reads: ['registry.gitlab.example/acme/deploy/api:1.4.2'],
  },
  {
    type: 'gitea',
    payload: 'gitea/push',
    headers: { 'x-gitea-event': 'push' },
    reads: ['gitea.example/acme/deploy|gitea.example:2222/acme/deploy@main'],
  },
  {
    type: 'gitea',
    payload: 'gitea/package',
    headers: { 'x-forgejo-event': 'package', 'x-gitea-event': 'package' },
    reads: ['gitea.example/acme/api:1.4.2'],
  },
  {
    type: 'gitea',
    payload: 'gitea/package-deleted',
    headers: { 'x-gitea-event': 'package' },
    reads: /not created/,
  },
  {
    type: 'bitbucket',
    payload: 'bitbucket/cloud-push',
    headers: { 'x-event-key': 'repo:push' },
    reads: ['bitbucket.org/acme/deploy@main'],
  },
  {
    type: 'bitbucket',
    payload: 'bitbucket/data-center-push',
    headers: { 'x-event-key': 'repo:refs_changed' },
    reads: ['bitbucket.example:7999/acme/deploy|bitbucket.example/scm/acme/deploy@main'],
  },
  {
    type: 'bitbucket',
    payload: 'bitbucket/ping',
    headers: { 'x-event-key': 'diagnostics:ping' },
    reads: /"diagnostics:ping"/,
  },
  { type: 'azure-devops', payload: 'azure-devops/push', reads: ['dev.azure.com/acme/platform/deploy@main'] },
  { type: 'azure-devops', payload: 'azure-devops/pull-request', reads: /git\.push/ },
  {
    type: 'distribution',
    payload: 'distribution/several',
    headers: REGISTRY_EVENTS,
    reads: ['registry.example:5000/acme/api:latest', 'registry.example:5000/acme/web:2.0.0'],
  },
  {
    type: 'distribution',
    payload: 'distribution/several',
    headers: REGISTRY_EVENTS,
    query: 'registry_url=registry.example',
    reads: ['registry.example/acme/api:latest', 'registry.example/acme/web:2.0.0'],
  },
  { type: 'distribution', payload: 'distribution/pulls', headers: REGISTRY_EVENTS, reads: /no manifest/ },
  {
    type: 'zot',
    payload: 'zot/image-updated',
    query: 'registry_url=zot.example',
    headers: { ...BINARY, 'ce-type': 'zotregistry.image.updated' },
    reads: ['zot.example/acme/api:1.4.2'],
  },
  {
    type: 'zot',
    payload: 'zot/image-updated-structured',
    query: 'registry_url=zot.example:5000',
    headers: CLOUD,
    reads: ['zot.example:5000/acme/api:1.4.2'],
  },
  {
    type: 'zot',
    payload: 'zot/image-deleted',
    query: 'registry_url=zot.example',
    headers: { ...BINARY, 'ce-type': 'zotregistry.image.deleted' },
    reads: /image\.updated/,
  },
  { type: 'google', payload: 'google/insert', reads: ['us-east1-docker.pkg.dev/acme/apps/api:1.4.2'] },
  {
    type: 'google',
    payload: 'google/insert-unwrapped',
    reads: ['us-east1-docker.pkg.dev/acme/apps/api:1.4.2'],
  },
  { type: 'google', payload: 'google/insert-digest', reads: ['us-east1-docker.pkg.dev/acme/apps/api'] },
  { type: 'google', payload: 'google/delete', reads: /"INSERT"/ },
];

/** What a sender adds to a request so that it counts. */
export interface WebhookProof {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/** One way of a sender to prove that it knows the secret; `signs` where the proof is for one body alone. */
export interface ProofRow {
  readonly type: string;
  readonly way: string;
  readonly signs?: true;
  prove(body: Buffer, secret: string): WebhookProof;
}

export function hmac(body: Buffer | string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

function inQuery(_: Buffer, secret: string): WebhookProof {
  return { query: `secret=${encodeURIComponent(secret)}` };
}

function inHeader(name: string, write: (secret: string) => string = (secret) => secret): ProofRow['prove'] {
  return (_, secret) => ({ headers: { [name]: write(secret) } });
}

function signed(name: string, prefix = ''): Pick<ProofRow, 'prove' | 'signs'> {
  return {
    signs: true,
    prove: (body, secret) => ({ headers: { [name]: `${prefix}${hmac(body, secret)}` } }),
  };
}

function standard(body: Buffer, secret: string): WebhookProof {
  const [id, time] = ['f5e5f430-f57b-4e6e-9fac-d9128cd7232f', '1714000000'];
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const signature = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64');
  return {
    headers: { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,b2xk v1,${signature}` },
  };
}

const basic = (secret: string): string => `Basic ${Buffer.from(`lynceus:${secret}`).toString('base64')}`;

export const PROOFS: readonly ProofRow[] = [
  { type: 'docker.io', way: '?secret=', prove: inQuery },
  { type: 'ghcr.io', way: 'X-Hub-Signature-256', ...signed('x-hub-signature-256', 'sha256=') },
  { type: 'quay.io', way: '?secret=', prove: inQuery },
  { type: 'harbor', way: 'Authorization', prove: inHeader('authorization') },
  { type: 'harbor', way: 'Authorization, signed', ...signed('authorization') },
  { type: 'harbor', way: 'Authorization, signed after sha256=', ...signed('authorization', 'sha256=') },
  { type: 'harbor', way: 'Authorization, signed after Bearer', ...signed('authorization', 'Bearer ') },
  { type: 'aliyun-acr', way: '?secret=', prove: inQuery },
  { type: 'acr', way: 'Authorization', prove: inHeader('authorization') },
  { type: 'cloudevents', way: '?secret=', prove: inQuery },
  { type: 'cloudevents', way: 'X-Webhook-Secret', prove: inHeader('x-webhook-secret') },
  { type: 'cloudevents', way: 'Basic', prove: inHeader('authorization', basic) },
  { type: 'github', way: 'X-Hub-Signature-256', ...signed('x-hub-signature-256', 'sha256=') },
  { type: 'gitlab', way: 'X-Gitlab-Token', prove: inHeader('x-gitlab-token') },
  { type: 'gitlab', way: 'webhook-signature', signs: true, prove: standard },
  { type: 'gitlab', way: 'Authorization, of its registry', prove: inHeader('authorization') },
  { type: 'gitea', way: 'X-Gitea-Signature', ...signed('x-gitea-signature') },
  { type: 'gitea', way: 'X-Forgejo-Signature', ...signed('x-forgejo-signature') },
  { type: 'gitea', way: 'X-Hub-Signature-256', ...signed('x-hub-signature-256', 'sha256=') },
  { type: 'bitbucket', way: 'X-Hub-Signature', ...signed('x-hub-signature', 'sha256=') },
  { type: 'azure-devops', way: 'Basic', prove: inHeader('authorization', basic) },
  { type: 'distribution', way: 'Authorization', prove: inHeader('authorization') },
  { type: 'distribution', way: 'Bearer', prove: inHeader('authorization', (secret) => `Bearer ${secret}`) },
  { type: 'zot', way: 'Basic', prove: inHeader('authorization', basic) },
];

/** A request of a body with these headers and this query. */
export function webhookRequest(body: Buffer | string, ...parts: readonly WebhookProof[]): WebhookRequest {
  return {
    headers: Object.assign({}, ...parts.map(({ headers }) => headers)) as Record<string, string>,
    query: new URLSearchParams(parts.map(({ query }) => query ?? '').join('&')),
    body: Buffer.from(body),
  };
}

export function payloadOf(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/webhooks/${name}.json`, import.meta.url));
}

/** A reading as the table of samples has it. */
export function readingAsText(reading: WebhookReading): readonly string[] | string {
  return reading.kind === 'ignored' ? reading.why : reading.events.map(eventAsText);
}

function eventAsText(event: WebhookEvent): string {
  if (event.kind === 'git') return `${event.remotes.map(({ key }) => key).join('|')}@${event.branch ?? ''}`;
  return `${formatRepository(event.repository)}${event.tag === undefined ? '' : `:${event.tag}`}`;
}

/** The headers that samples of a sender have: those that say which event it is, of each kind once. */
export function eventHeaders(type: string): readonly Readonly<Record<string, string>>[] {
  const rows = SAMPLES.filter((row) => row.type === type && Array.isArray(row.reads));
  return rows.map(({ headers }) => headers ?? {});
}
