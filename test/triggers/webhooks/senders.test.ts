import { describe, expect, test } from 'vitest';
import type { WebhookSender } from '../../../src/triggers/webhooks/sender.ts';
import { SENDERS } from '../../../src/triggers/webhooks/senders/index.ts';
import { readingAsText, webhookRequest } from '../../contract/webhook-samples.ts';
import { caught } from '../../helpers/thrown.ts';

function senderOf(type: string): WebhookSender {
  return SENDERS.find((row) => row.type === type) ?? expect.unreachable(`there is no sender ${type}`);
}

const PACKAGE = { 'x-github-event': 'package' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

interface Row {
  readonly type: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

function pushOf(repository: string, more: object = {}): object {
  return { action: 'push', target: { repository, tag: '1.0' }, request: { host: 'r.example' }, ...more };
}

function generic(data: object, source = 'https://r.example/x'): object {
  return { specversion: '1.0', type: 'x.image.pushed', source, data };
}

function gitPush(...urls: readonly string[]): object {
  const [clone_url, ssh_url, html_url] = urls;
  return { ref: 'refs/heads/main', after: 'a1', repository: { clone_url, ssh_url, html_url } };
}

function read({ type, body, headers = {}, query = '' }: Row): readonly string[] | string {
  return readingAsText(senderOf(type).parse(webhookRequest(JSON.stringify(body), { headers, query })));
}

describe('what is made of payloads', () => {
  const ROWS: readonly (Row & { readonly reads: readonly string[] | string })[] = [
    { type: 'docker.io', body: { repository: { repo_name: 'nginx' } }, reads: ['docker.io/library/nginx'] },
    {
      type: 'docker.io',
      body: { repository: { namespace: 'acme', name: 'api' } },
      reads: ['docker.io/acme/api'],
    },
    {
      type: 'docker.io',
      body: { repository: { repo_name: 'acme/api' }, push_data: { tag: 'no tag' } },
      reads: ['docker.io/acme/api'],
    },
    { type: 'quay.io', body: { repository: 'acme/api', updated_tags: ['1'] }, reads: ['quay.io/acme/api:1'] },
    {
      type: 'quay.io',
      body: { repository: 'acme/api', updated_tags: ['1'] },
      query: 'registry_url=Q.example:443',
      reads: ['q.example/acme/api:1'],
    },
    {
      type: 'acr',
      body: pushOf('acme/api', { target: { repository: 'acme/api', tag: '' } }),
      reads: ['r.example/acme/api'],
    },
    // One that cannot be read does not hold up the others, and each repository comes once.
    {
      type: 'distribution',
      body: { events: [pushOf('a/../b'), pushOf('acme/api'), 17, pushOf('acme/api'), pushOf('acme/web')] },
      reads: ['r.example/acme/api:1.0', 'r.example/acme/web:1.0'],
    },
    { type: 'distribution', body: { events: [] }, reads: 'no manifest was pushed under a tag' },
    {
      type: 'distribution',
      body: { events: [pushOf('nginx', { request: { host: 'docker.io' } })] },
      reads: ['docker.io/library/nginx:1.0'],
    },
    {
      type: 'harbor',
      body: {
        type: 'PUSH_ARTIFACT',
        event_data: {
          resources: [{ resource_url: 'h.example/a b' }, { resource_url: 'h.example/acme/api:1' }],
        },
      },
      reads: ['h.example/acme/api:1'],
    },
    {
      type: 'cloudevents',
      body: [
        generic({ repository: 'acme/api' }),
        { specversion: '1.0' },
        generic({ repository: 'acme/web' }),
      ],
      headers: BATCH,
      reads: ['r.example/acme/api', 'r.example/acme/web'],
    },
    { type: 'cloudevents', body: [], headers: BATCH, reads: 'the batch has no event that counts' },
    {
      type: 'cloudevents',
      body: generic({ repository: 'ghcr.io/acme/api' }, 'a-word'),
      reads: ['ghcr.io/acme/api'],
    },
    {
      type: 'cloudevents',
      body: generic({ repository: 'acme/api', registryUrl: 'https://q.example:5000/v2' }),
      reads: ['q.example:5000/acme/api'],
    },
    {
      type: 'cloudevents',
      body: { ...generic({ repository: 'acme/api' }), type: 'x.image.deleted' },
      reads: 'nothing was pushed',
    },
    {
      type: 'cloudevents',
      body: {
        specversion: '1.0',
        type: 'x.image.pushed',
        source: 'r.example/x',
        data_base64: Buffer.from('{"repository":"acme/api"}').toString('base64'),
      },
      reads: ['r.example/acme/api'],
    },
    {
      type: 'ghcr.io',
      headers: PACKAGE,
      body: {
        action: 'updated',
        package: { name: 'web/api', package_type: 'container', owner: { login: 'Acme' } },
      },
      reads: ['ghcr.io/acme/web/api'],
    },
    {
      type: 'ghcr.io',
      headers: PACKAGE,
      body: { action: 'deleted', package: { name: 'api' } },
      reads: 'the package was not published',
    },
    {
      type: 'gitea',
      headers: { 'x-gitea-event': 'package' },
      query: 'registry_url=images.example',
      body: { action: 'created', package: { type: 'container', name: 'API', owner: { username: 'Acme' } } },
      reads: ['images.example/acme/api'],
    },
    // A login in a URL is dropped, and forms that git does not have over the network are left out.
    {
      type: 'github',
      headers: { 'x-github-event': 'push' },
      body: gitPush(
        'https://u:hunter2@git.example/acme/deploy.git',
        'git://git.example/acme/deploy.git',
        '/srv/git/deploy',
      ),
      reads: ['git.example/acme/deploy@main'],
    },
    {
      type: 'github',
      headers: { 'x-github-event': 'push' },
      body: { ...gitPush('https://git.example/acme/deploy'), ref: 'refs/heads/feature/a' },
      reads: ['git.example/acme/deploy@feature/a'],
    },
    {
      type: 'github',
      headers: { 'x-github-event': 'push' },
      body: { ...gitPush('https://git.example/acme/deploy'), ref: 'refs/heads/a..b' },
      reads: 'no branch has a new commit',
    },
    {
      type: 'azure-devops',
      body: {
        eventType: 'git.push',
        resource: {
          refUpdates: [
            { name: 'refs/heads/a', newObjectId: '1' },
            { name: 'refs/heads/b', newObjectId: '2' },
            { name: 'refs/heads/a', newObjectId: '3' },
          ],
          repository: { remoteUrl: 'http://tfs.example:8080/tfs/C/P/_git/deploy' },
        },
      },
      reads: ['tfs.example:8080/tfs/c/p/_git/deploy@a', 'tfs.example:8080/tfs/c/p/_git/deploy@b'],
    },
  ];

  test.each([
    ['gcr.io/acme/api:1', ['gcr.io/acme/api:1', 'us-docker.pkg.dev/acme/gcr.io/api:1']],
    [
      'eu.gcr.io/acme/web/api:1',
      ['eu.gcr.io/acme/web/api:1', 'europe-docker.pkg.dev/acme/eu.gcr.io/web/api:1'],
    ],
    [
      'europe-docker.pkg.dev/acme/eu.gcr.io/api:1',
      ['europe-docker.pkg.dev/acme/eu.gcr.io/api:1', 'eu.gcr.io/acme/api:1'],
    ],
    ['europe-docker.pkg.dev/acme/gcr.io/api:1', ['europe-docker.pkg.dev/acme/gcr.io/api:1']],
    ['europe-docker.pkg.dev/acme/apps/api:1', ['europe-docker.pkg.dev/acme/apps/api:1']],
    ['gcr.io/acme', ['gcr.io/acme']],
  ])('google: %s', (tag, reads) => {
    expect(read({ type: 'google', body: { action: 'INSERT', tag } })).toEqual(reads);
  });

  test('distribution: some that cannot be read hold up nobody, a hundred are no payload of a registry', () => {
    const bad = Array.from({ length: 100 }, () => pushOf('a/../b'));
    const read99 = read({ type: 'distribution', body: { events: [...bad.slice(1), pushOf('acme/api')] } });
    expect(read99).toEqual(['r.example/acme/api:1.0']);
    const error = caught(() =>
      read({ type: 'distribution', body: { events: [...bad, pushOf('acme/api')] } }),
    );
    expect(error.line).toBe('expected the name of an image, found "a/../b"');
  });

  test.each(ROWS)('$type: $reads', ({ reads, ...row }) => {
    expect(read(row)).toEqual(reads);
  });
});

describe('what is said of payloads that cannot be read', () => {
  const HOST = ' (add &registry_url=HOST to the URL of the webhook)';
  const ROWS: readonly (Row & { readonly says: string })[] = [
    {
      type: 'docker.io',
      body: {},
      says: 'expected an object at "repository" of a push of Docker Hub, found nothing',
    },
    {
      type: 'docker.io',
      body: { repository: {} },
      says: 'expected "repository.repo_name" in a push of Docker Hub, found neither it nor "namespace" and "name"',
    },
    {
      type: 'docker.io',
      body: { repository: { repo_name: 17 } },
      says: 'expected a text at "repository.repo_name" of a push of Docker Hub, found the number 17',
    },
    {
      type: 'docker.io',
      body: { repository: { repo_name: 'acme/api:1' } },
      says: 'expected the name of an image, found "acme/api:1"',
    },
    {
      type: 'docker.io',
      body: { repository: { repo_name: 'user:hunter2@acme/api' } },
      says: 'expected the name of an image, found a text with "@" or "://"',
    },
    { type: 'ghcr.io', body: {}, says: 'expected the header X-GitHub-Event, found none' },
    {
      type: 'ghcr.io',
      headers: PACKAGE,
      body: { action: 'published', package: { name: 'api' } },
      says: 'expected a text at "package_type" of a package of GitHub, found nothing',
    },
    {
      type: 'distribution',
      body: { events: [pushOf('acme/api', { request: { host: 'registry' } })] },
      says: `expected the host of a registry as names of images have it, found "registry"${HOST}`,
    },
    {
      type: 'distribution',
      body: { events: [pushOf('acme/api', { request: undefined })] },
      says: `expected a payload that names its registry, found none${HOST}`,
    },
    {
      type: 'distribution',
      body: { events: [pushOf('acme/api')] },
      query: 'registry_url=a/b c',
      says: `expected the host of a registry as names of images have it, found "a"${HOST}`,
    },
    {
      type: 'zot',
      body: { specversion: '1.0', type: 'zotregistry.image.updated', data: { name: 'api' } },
      says: `expected a payload that names its registry, found none${HOST}`,
    },
    {
      type: 'aliyun-acr',
      body: { repository: { repo_full_name: 'acme/api', region: 'evil.example/' } },
      says: `expected a region such as "cn-hangzhou" at "repository.region", found "evil.example/"${HOST}`,
    },
    {
      type: 'cloudevents',
      body: { specversion: '1.0', type: 'x.database.updated' },
      says: 'expected a CloudEvent whose type names a container or an image, found "x.database.updated"',
    },
    {
      type: 'cloudevents',
      body: {
        'detail-type': 'ECR Image Action',
        source: 'aws.ecr',
        account: '1',
        region: 'evil.example',
        detail: { 'repository-name': 'api' },
      },
      says: `expected the account and region of a registry of Amazon ECR, found an event without${HOST}`,
    },
    {
      type: 'cloudevents',
      body: {
        Type: 'SubscriptionConfirmation',
        MessageId: '1',
        TopicArn: 'arn:aws:sns:eu-west-1:123456789012:x; rm -rf /',
        Token: 'a',
      },
      says: 'expected "TopicArn" and "Token" of Amazon SNS, found something else',
    },
    {
      type: 'cloudevents',
      body: {
        Type: 'Notification',
        MessageId: '1',
        TopicArn: 'arn:aws:sns:eu-west-1:123456789012:x',
        Message: 'hello',
      },
      says: 'expected JSON as "Message" of Amazon SNS, found what cannot be parsed',
    },
    {
      type: 'gitlab',
      body: { object_kind: 'push', ref: 'refs/heads/main', after: 'a', project: {} },
      says: 'expected a push that names the URL of its Git remote, found none that can be read',
    },
    {
      type: 'google',
      body: { message: { data: '!!!' } },
      says: 'expected JSON in Base64 as "message.data" of Pub/Sub, found what cannot be parsed',
    },
    { type: 'bitbucket', body: {}, says: 'expected the header X-Event-Key, found none' },
  ];

  test.each(ROWS)('$type: $says', ({ says, ...row }) => {
    expect(caught(() => read(row)).line).toBe(says);
  });
});
