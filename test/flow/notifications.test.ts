import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { serve, type HttpServer } from '../checks/http-server.ts';
import { load } from '../config/given.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, REAL_CLOCK } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, headOf } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

let registry: DockerRegistry;
beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
});
afterAll(() => registry.stop());

const NEVER = new AbortController().signal;
const PATIENCE = { timeout: 60_000, interval: 50 };

function notifications(written: object): Pick<Config, 'notifications'> {
  return { notifications: load({ fileText: JSON.stringify({ notifications: written }) }).notifications };
}

interface Event {
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly title: string; readonly text: string; readonly code: string };
}

const eventsOf = ({ received }: HttpServer): readonly Event[] =>
  received.map(({ body }) => JSON.parse(body) as Event);

const titlesOf = (server: HttpServer): readonly string[] => eventsOf(server).map(({ data }) => data.title);

test('people are notified once of what was written, what fails and what works again; dead and slow services delay nobody', async () => {
  const world = createFlowWorld(REAL_CLOCK);
  const { root, remove } = createGitRoot();
  const good = await serve((_request, response) => void response.writeHead(202).end());
  let endSlow: () => void = () => undefined;
  const slow = await serve((_request, response) => void (endSlow = () => response.writeHead(202).end()));
  const kustomization = (name: string) => `images:\n- name: r.test/acme/${name}\n  newTag: 1.0.0\n`;
  const remote = createRemote(root, 'deploy.git', {
    'shop/kustomization.yaml': kustomization('api'),
    'cart/kustomization.yaml': kustomization('cart'),
  });
  for (const [name, image] of [
    ['shop', 'api'],
    ['cart', 'cart'],
  ] as const)
    world.addApplication({
      name,
      repoURL: remote,
      path: name,
      annotations: {
        'write-back-method': 'git',
        'write-back-target': 'kustomization',
        'image-list': `app=r.test/acme/${image}:1.x`,
      },
    });
  const lynceus = world.compose({
    registries: [aRegistryConfig(registry.url, 'r.test')],
    ...notifications({
      services: [
        { name: 'dead', webhook: { url: 'http://127.0.0.1:9/' } },
        { name: 'slow', webhook: { url: slow.url } },
        { name: 'good', webhook: { url: good.url } },
      ],
      routes: [{ to: ['dead', 'slow', 'good'] }],
    }),
  });
  try {
    // An increase is seen only after a scrape without it.
    expect(await lynceus.metrics.text()).toMatch(
      /lynceus_notices_total{service="dead",kind="failing",result="given-up"} 0/,
    );
    const cycle = async () => await lynceus.runCycle({ dryRun: false }, NEVER);
    await cycle();
    await vi.waitFor(() => expect(titlesOf(good)).toHaveLength(2), PATIENCE);
    expect(eventsOf(good)).toMatchObject([
      { type: 'lynceus.notice.updated', subject: 'argocd/shop', data: { title: 'argocd/shop was updated' } },
      { type: 'lynceus.notice.failing', subject: 'argocd/cart', data: { code: 'registry-not-found' } },
    ]);
    expect(eventsOf(good)[0]?.data.text).toContain(headOf(remote, 'main')?.slice(0, 7));
    expect(eventsOf(good)[0]?.data.text).toContain('app (r.test/acme/api) 1.0.0 to 1.1.0');
    await cycle();
    for (const tag of ['1.0.0', '1.2.0']) await pushImage(registry.url, 'acme/cart', tag);
    await cycle();
    await vi.waitFor(() => expect(titlesOf(good)).toHaveLength(4), PATIENCE);
    expect(titlesOf(good).slice(2)).toEqual(['argocd/cart was updated', 'argocd/cart works again']);
    expect(slow.received).toHaveLength(1);
    expect(world.logged.filter((line) => line.includes('a service takes no notices'))).toHaveLength(1);
    expect(await lynceus.metrics.text()).toMatch(
      /lynceus_notices_total{service="good",kind="updated",result="sent"} 2/,
    );
  } finally {
    endSlow();
    await lynceus.close();
    world.remove();
    remove();
  }
});
