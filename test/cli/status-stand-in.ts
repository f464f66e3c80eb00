import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import type { ImageStory, StatusOverview } from '../../src/core/status/status-pages.ts';

/** What a running Lynceus would answer with: pages of two images, and the story of each. */
export interface StatusWorld {
  revision: string;
  images: readonly ImageStatus[];
  readonly overview?: Partial<StatusOverview>;
  readonly stories?: Readonly<Record<string, Partial<ImageStory>>>;
  readonly token?: string;
  /** Answers instead of the API, with this status and body. */
  answer?: { readonly status: number; readonly body: string } | undefined;
}

const PART = 2;

export async function startStatusStandIn(
  world: StatusWorld,
): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://stand-in');
    asked.push(url.pathname + url.search);
    const reply = (status: number, body: unknown): void => {
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (world.answer !== undefined) return reply(world.answer.status, world.answer.body);
    if (world.token !== undefined && request.headers.authorization !== `Bearer ${world.token}`)
      return reply(401, { status: 401, detail: 'expected a bearer token' });
    const path = url.pathname.replace('/api/v1', '');
    if (path === '/status') return reply(200, { ...anOverview(world), ...world.overview });
    if (path === '/images') return reply(200, page(world.images, url.searchParams));
    const image = world.images.find(({ id }) => path === `/images/${id}`);
    if (image === undefined) return reply(404, { status: 404, detail: 'there is no such image' });
    return reply(200, { image, changes: [], promotedTo: [], ...world.stories?.[image.id] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked };
}

function page(images: readonly ImageStatus[], query: URLSearchParams) {
  const application = query.get('application');
  const outcomes = query.get('outcome')?.split(',');
  const found = images.filter(
    (image) =>
      (application === null || image.application === application) &&
      (outcomes?.includes(image.outcome) ?? true),
  );
  const start = Number(query.get('after') ?? 0);
  const next = start + PART < found.length ? { next: String(start + PART) } : {};
  return { items: found.slice(start, start + PART), total: found.length, ...next };
}

function anOverview({ revision, images }: StatusWorld): StatusOverview {
  const counts = { update: 0, updated: 0, current: 0, held: 0, skipped: 0, failed: 0 };
  for (const { outcome } of images) counts[outcome] += 1;
  return {
    version: '9.9.9',
    revision,
    leader: { leads: true },
    cycle: {
      id: 'c1',
      startedAt: Date.now() - 90_000,
      seconds: 1.25,
      failures: [],
      costs: { registryRequests: 1, gitFetches: 0, gitPushes: 0 },
    },
    applications: new Set(images.map(({ application }) => application)).size,
    images: counts,
    held: {},
    problems: 0,
    verificationsRunning: 0,
  };
}

export function anImageStatus(parts: Partial<ImageStatus> = {}): ImageStatus {
  const { application = 'shop', alias = 'api' } = parts;
  return {
    id: `argocd/${application}/${alias}`,
    namespace: 'argocd',
    application,
    alias,
    image: 'ghcr.io/acme/api',
    outcome: 'current',
    code: 'up-to-date',
    reason: '1.2.3 is the highest version, and the target has it',
    facts: {},
    since: Date.now() - 3 * 3_600_000,
    checkedAt: Date.now(),
    current: { tag: '1.2.3' },
    warnings: [],
    problems: [],
    ...parts,
  };
}
