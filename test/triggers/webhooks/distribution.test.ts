import { EventEmitter, on } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../../src/triggers/webhooks/sender.ts';
import { DISTRIBUTION_SENDER } from '../../../src/triggers/webhooks/senders/distribution.ts';
import { GITLAB_SENDER } from '../../../src/triggers/webhooks/senders/gitlab.ts';
import { readingAsText } from '../../contract/webhook-samples.ts';
import { startDockerRegistry, type DockerRegistry } from '../../helpers/docker-registry.ts';
import { fetchBytes } from '../../helpers/fetch-bytes.ts';
import { pushImage } from '../../helpers/push-image.ts';

const SECRET = 'the secret of the endpoint';

/** What a real registry sends. */
const told = new EventEmitter();
const requests: WebhookRequest[] = [];
const server = createServer((request, response) => {
  void request.toArray().then((chunks) => {
    const query = new URL(request.url ?? '', 'http://sink').searchParams;
    const body = Buffer.concat(chunks as Buffer[]);
    requests.push({ headers: request.headers as Record<string, string>, query, body });
    response.writeHead(200).end();
    told.emit('told');
  });
});
let registry: DockerRegistry;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook?type=distribution`;
  registry = await startDockerRegistry({ notifies: { url, headers: { Authorization: [SECRET] } } });
});

afterAll(async () => {
  await registry.stop();
  server.close();
});

/** The requests until one of them says this. */
async function until(text: string): Promise<readonly WebhookRequest[]> {
  const signal = AbortSignal.timeout(20_000);
  const news = on(told, 'told', { signal });
  while (!requests.some(({ body }) => body.includes(text))) await news.next();
  await news.return?.();
  return requests.splice(0);
}

function readAll(all: readonly WebhookRequest[]): ReadonlySet<string> {
  return new Set(
    all
      .map((request) => DISTRIBUTION_SENDER.parse(request))
      .flatMap((read) => (read.kind === 'events' ? readingAsText(read) : [])),
  );
}

describe('the notifications of a real registry', () => {
  test('name what was pushed under a tag, and prove themselves', async () => {
    await pushImage(registry.url, 'acme/api', '1.4.2');
    await pushImage(registry.url, 'acme/web', '2.0.0', { platforms: ['linux/amd64', 'linux/arm64'] });
    const all = await until('"2.0.0"');
    expect([...readAll(all)].toSorted((a, b) => a.localeCompare(b))).toEqual([
      `${registry.host}/acme/api:1.4.2`,
      `${registry.host}/acme/web:2.0.0`,
    ]);
    for (const request of all) {
      expect(await DISTRIBUTION_SENDER.verify(request, SECRET)).toBe(true);
      expect(await DISTRIBUTION_SENDER.verify(request, `${SECRET}.`)).toBe(false);
      // The registry of GitLab is a child of this one, and sends the same.
      expect(await GITLAB_SENDER.verify(request, SECRET)).toBe(true);
      expect(GITLAB_SENDER.parse(request)).toEqual(DISTRIBUTION_SENDER.parse(request));
    }
  });

  test('of a pull and of a deletion count for nothing', async () => {
    const { digest } = await pushImage(registry.url, 'acme/old', '1.0.0');
    await until('"1.0.0"');
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    await fetchBytes(`${registry.url}/v2/acme/old/manifests/1.0.0`, { headers });
    await fetchBytes(`${registry.url}/v2/acme/old/manifests/${digest}`, { method: 'DELETE' });
    const all = await until('"delete"');
    expect(all.some(({ body }) => body.includes('"pull"'))).toBe(true);
    expect(readAll(all)).toEqual(new Set());
  });
});
