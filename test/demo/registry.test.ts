import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { startDemoRegistry, type DemoRegistry } from '../../src/demo/registry.ts';

let registry: DemoRegistry;

beforeEach(async () => {
  registry = await startDemoRegistry();
});

afterEach(async () => {
  await registry.close();
});

async function get(path: string, method = 'GET'): Promise<Response> {
  return await fetch(`${registry.url}${path}`, { method });
}

describe('the registry of the demo', () => {
  it('lists tags in pages that are linked to each other', async () => {
    for (let index = 0; index < 120; index += 1)
      registry.push('shop/api', `1.0.${index}`, { created: '2026-01-01T00:00:00Z' });
    const tags: string[] = [];
    let path: string | undefined = '/v2/shop/api/tags/list';
    let pages = 0;
    while (path !== undefined) {
      const page: Response = await get(path);
      tags.push(...((await page.json()) as { tags: string[] }).tags);
      path = /<([^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(new Set(tags).size).toBe(120);
  });

  it('serves an index, its manifests and their configurations under their true digests', async () => {
    const digest = registry.push('api', '1.0.0', { created: '2026-03-01T00:00:00Z', labels: { a: 'b' } });
    const answer = await get('/v2/api/manifests/1.0.0');
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
    const index = JSON.parse(bytes.toString()) as {
      manifests: { digest: string; platform: { architecture: string } }[];
    };
    expect(index.manifests.map((entry) => entry.platform.architecture)).toEqual(['amd64', 'arm64']);
    const manifest = (await (await get(`/v2/api/manifests/${index.manifests[1]?.digest}`)).json()) as {
      config: { digest: string };
    };
    const config = (await (await get(`/v2/api/blobs/${manifest.config.digest}`)).json()) as unknown;
    expect(config).toMatchObject({
      architecture: 'arm64',
      created: '2026-03-01T00:00:00Z',
      config: { Labels: { a: 'b' } },
    });
  });

  it('moves a tag that is pushed again', async () => {
    const before = registry.push('api', 'stable', { created: '2026-01-01T00:00:00Z' });
    const after = registry.push('api', 'stable', { created: '2026-01-02T00:00:00Z' });
    expect(after).not.toBe(before);
    expect((await get('/v2/api/manifests/stable', 'HEAD')).headers.get('docker-content-digest')).toBe(after);
    expect((await get(`/v2/api/manifests/${before}`)).status).toBe(200);
  });

  const refusals: readonly [string, string, number][] = [
    ['/v2/none/tags/list', 'GET', 404],
    ['/v2/api/manifests/none', 'GET', 404],
    ['/v2/api/blobs/sha256:00', 'GET', 404],
    ['/elsewhere', 'GET', 404],
    ['//', 'GET', 404],
    ['/v2/api/manifests/1.0.0', 'PUT', 405],
  ];
  it.each(refusals)('answers %s %s with %i and counts it', async (path, method, status) => {
    registry.push('api', '1.0.0', { created: '2026-01-01T00:00:00Z' });
    expect((await get(path, method)).status).toBe(status);
    expect(registry.requests()).toBe(1);
  });
});
