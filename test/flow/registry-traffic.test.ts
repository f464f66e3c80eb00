import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CycleRequest } from '../../src/app/compose-cycles.ts';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Config } from '../../src/config/config.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RegistryEndpoint as RegistryConfig } from '../../src/settings/registry.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { fetchBytes } from '../helpers/fetch-bytes.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { forward, json, startStandIn } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const GIT_LOGIN = { username: 'bot', password: 'a-Secret+of/git=1' };
const REGISTRY_LOGIN = { username: 'puller', password: 'a-Secret+of/registry=2' };
const ENV = {
  GIT_USERNAME: GIT_LOGIN.username,
  GIT_PASSWORD: GIT_LOGIN.password,
  LOGIN: `${REGISTRY_LOGIN.username}:${REGISTRY_LOGIN.password}`,
};
/** Enough to tell a request a tag from a request an image. */
const COUNT = 150;

const DAY = '2026-01-01T00:00:00Z';
const BASIC = Buffer.from(ENV.LOGIN).toString('base64');

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

describe('registry traffic', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  /** Wants a login, and takes its time to check it. */
  let guarded: DockerRegistry;
  let http: GitHttpServer;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    guarded = await startDockerRegistry({ htpasswd: REGISTRY_LOGIN });
    http = await startGitHttpServer({ root, login: GIT_LOGIN });
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), guarded.stop(), http.stop()]);
    remove();
  });

  /** Gives tags to what another tag has, as `docker tag` and `docker push` do. */
  async function addTags(path: string, from: string, tags: readonly string[]): Promise<void> {
    const headers = { accept: MANIFEST, 'content-type': MANIFEST };
    const at = (tag: string): string => `${registry.url}/v2/${path}/manifests/${tag}`;
    const { body } = await fetchBytes(at(from), { headers });
    const waiting = [...tags];
    const worker = async (): Promise<void> => {
      for (let tag = waiting.pop(); tag !== undefined; tag = waiting.pop())
        expect((await fetchBytes(at(tag), { method: 'PUT', headers, body })).status).toBe(201);
    };
    await Promise.all(Array.from({ length: 10 }, worker));
  }

  async function push(path: string, tag: string, day: number): Promise<void> {
    const created = new Date(Date.UTC(2026, 0, day));
    await pushImage(registry.url, path, tag, { created });
  }

  interface Scene {
    readonly world: FlowWorld;
    readonly remote: string;
    /** A process that remembers in the file of this scene, and asks this registry. */
    start(changes?: Partial<Config['cache']>, entry?: Partial<RegistryConfig>): Lynceus;
  }

  function createScene(
    name: string,
    path: string,
    { strategy = 'newest-build', clock }: { readonly strategy?: string; readonly clock?: Clock } = {},
  ): Scene {
    const remote = createRemote(root, `${name}.git`, {
      'app/kustomization.yaml': `images:\n- name: registry.test/${path}\n  newTag: none\n`,
    });
    const world = createFlowWorld(clock);
    world.addApplication({
      name,
      repoURL: `${http.url}/${name}.git`,
      path: 'app',
      annotations: {
        'image-list': `a=registry.test/${path}`,
        'a.update-strategy': strategy,
        'a.platforms': 'linux/amd64',
        'write-back-method': 'git',
        'write-back-target': 'kustomization',
      },
    });
    const start: Scene['start'] = (changes = {}, entry = {}) =>
      world.compose(
        {
          cache: {
            file: join(world.folder, 'registries.cache'),
            bytes: 32 * 1024 * 1024,
            revalidate: 0,
            ...changes,
          },
          registries: [aRegistryConfig(registry.url, 'registry.test', entry)],
        },
        ENV,
      );
    return { world, remote, start };
  }

  async function cycle(
    lynceus: Lynceus,
    request: Partial<CycleRequest> = {},
  ): Promise<{ readonly requests: number; readonly tag: string }> {
    const { images, costs } = await lynceus.runCycle(
      { dryRun: false, ...request },
      AbortSignal.timeout(60_000),
    );
    expect(images.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    return { requests: costs.registryRequests, tag: images[0]?.candidate?.tag ?? '' };
  }

  test('newest-build reads each image once, and after a restart only what is new', async () => {
    const path = 'acme/nightly';
    const numbers = Array.from({ length: COUNT }, (_, index) => index);
    for (const day of [1, 2, 3, 4]) await push(path, `day-${day}`, day);
    await addTags(
      path,
      'day-1',
      numbers.slice(4).map((number) => `old-${number}`),
    );
    const { world, remote, start } = createScene('newest', path);
    const first = start();

    const cold = await cycle(first);
    // The listing, a manifest for each tag, a configuration for each image.
    expect(cold).toEqual({ tag: 'day-4', requests: 1 + COUNT + 4 });

    // Nothing new: the listing, a HEAD for each tag.
    expect(await cycle(first)).toEqual({ tag: 'day-4', requests: 1 + COUNT });
    await first.close();

    await push(path, 'day-5', 5);
    await push(path, 'old-99', 6);
    const second = start();
    // One tag is new, one has moved: their manifests and configurations, the moved one after its HEAD.
    expect(await cycle(second)).toEqual({ tag: 'old-99', requests: 1 + COUNT + 1 + 1 + 2 });
    await second.close();

    expect(readAt(remote, 'main', 'app/kustomization.yaml')).toContain('newTag: old-99');
    expect(world.logged.filter((line) => line.includes('cache file'))).toEqual([]);
    world.remove();
  });

  test.each(['newest-build', 'newest-pushed'])(
    '%s looks at the newest and the one in force in every cycle, and at the others in turn',
    async (strategy) => {
      const path = `acme/turns-${strategy}`;
      for (const day of [1, 2, 3]) await push(path, `day-${day}`, day);
      const old = Array.from({ length: COUNT - 3 }, (_, number) => `old-${number}`);
      await addTags(path, 'day-1', old);
      const clock = createVirtualClock(Date.parse('2026-06-01T00:00:00Z'));
      const { world, remote, start } = createScene(`turns-${strategy}`, path, { strategy, clock });
      const front = await startStandIn((seen) => forward(seen, registry.url));
      const begin = (): Lynceus => start({ revalidate: 3_600_000 }, { apiUrl: front.url });
      const first = begin();
      await cycle(first);

      // A listing, ten that are in front, and a part of the others: 20 of the 54 minutes of a round.
      const most = 1 + 10 + Math.ceil((COUNT * 20) / 54) + 1;
      const before = front.seen.length;
      const asked = new Set<string>();
      for (let cycles = 0; cycles < 3; cycles += 1) {
        clock.advance(1_200_000);
        expect((await cycle(first)).requests).toBeLessThanOrEqual(most);
      }
      for (const { method, url } of front.seen.slice(before))
        if (method === 'HEAD') asked.add(url.pathname.split('/').at(-1) ?? '');
      expect(asked.size).toBe(COUNT);
      await first.close();

      // A process that takes over goes on where the last one ended.
      clock.advance(600_000);
      const second = begin();
      const { requests, tag } = await cycle(second);
      expect(tag).toBe('day-3');
      expect(requests).toBeLessThanOrEqual(most);
      expect(requests).toBeGreaterThan(10);

      // What is in front is seen at once when it is moved.
      await push(path, 'day-3', 4);
      await push(path, 'day-2', 5);
      clock.advance(1_000);
      expect((await cycle(second)).tag).toBe('day-2');

      // Any other is seen within the hour.
      const moved = clock.now();
      await push(path, 'old-77', 9);
      let seen = '';
      while (seen !== 'old-77' && clock.now() <= moved + 3_600_000) {
        clock.advance(1_200_000);
        ({ tag: seen } = await cycle(second));
      }
      expect(seen).toBe('old-77');
      expect(clock.now() - moved).toBeLessThanOrEqual(3_600_000);

      // And at once by whoever asks for every tag.
      await push(path, 'old-55', 10);
      clock.advance(1_000);
      const fresh = await cycle(second, { fresh: true });
      expect(fresh.tag).toBe('old-55');
      expect(fresh.requests).toBeGreaterThanOrEqual(COUNT);
      await second.close();
      await front.stop();
      expect(readAt(remote, 'main', 'app/kustomization.yaml')).toContain('newTag: old-55');
      world.remove();
    },
  );

  test('a registry whose tags never move is asked for its listing and what is new', async () => {
    const path = 'acme/immutable';
    for (const day of [1, 2, 3]) await push(path, `day-${day}`, day);
    const { world, start } = createScene('immutable', path);
    const first = start({}, { immutableTags: true });
    await cycle(first);
    expect(await cycle(first)).toEqual({ tag: 'day-3', requests: 1 });
    await first.close();

    await push(path, 'day-4', 4);
    const second = start({}, { immutableTags: true });
    expect(await cycle(second)).toEqual({ tag: 'day-4', requests: 1 + 2 });
    await second.close();
    world.remove();
  });

  test('without a file a restart forgets everything, and nothing is written', async () => {
    const path = 'acme/forgotten';
    for (const day of [1, 2, 3]) await push(path, `day-${day}`, day);
    const { world, start } = createScene('forgotten', path);
    for (const _ of [1, 2]) {
      const lynceus = start({ file: undefined });
      expect(await cycle(lynceus)).toEqual({ tag: 'day-3', requests: 1 + 3 + 3 });
      expect(await cycle(lynceus)).toEqual({ tag: 'day-3', requests: 1 + 3 });
      await lynceus.close();
    }
    world.remove();
  });

  test('newest-pushed goes by the first sight of a tag, also over a restart', async () => {
    const path = 'acme/hotfix';
    for (const day of [1, 2, 3]) await push(path, `day-${day}`, day);
    const { world, remote, start } = createScene('pushed', path, { strategy: 'newest-pushed' });
    const first = start();
    // All is seen at once: the last build.
    expect(await cycle(first)).toEqual({ tag: 'day-3', requests: 1 + 3 + 3 * 2 });
    expect(await cycle(first)).toEqual({ tag: 'day-3', requests: 1 + 3 });
    await first.close();

    await pushImage(registry.url, path, 'hotfix', { created: '2020-01-01T00:00:00Z' });
    const second = start();
    // A HEAD for each tag, and the image of the one that came.
    expect(await cycle(second)).toEqual({ tag: 'hotfix', requests: 1 + 4 + 2 });
    const { images } = await second.runCycle({ dryRun: true }, AbortSignal.timeout(60_000));
    expect(images[0]?.reason).toMatch(
      /^hotfix is the newest push of the 4 tags considered \(first seen 20[-0-9T:.]+Z; the registry gives no push times\), and the target has it$/,
    );
    await push(path, 'day-1', 4);
    expect(await cycle(second)).toMatchObject({ tag: 'day-1' });
    await second.close();

    const third = start();
    expect(await cycle(third)).toEqual({ tag: 'day-1', requests: 1 + 4 });
    await third.close();
    expect(readAt(remote, 'main', 'app/kustomization.yaml')).toContain('newTag: day-1');
    world.remove();
  });

  test('an image is asked for once, however many Applications spell it in their own way', async () => {
    const path = 'acme/spelled';
    for (const day of [1, 2]) await push(path, `1.${day}.0`, day);
    const hosts = ['registry.test', 'Registry.TEST', 'registry.test:443', 'REGISTRY.test:0443'];
    const files = hosts.map(
      (host, index) =>
        [`app-${index}/kustomization.yaml`, `images:\n- name: ${host}/${path}\n  newTag: 1.1.0\n`] as const,
    );
    const remote = createRemote(root, 'spelled.git', Object.fromEntries(files));
    const world = createFlowWorld();
    for (const [index, host] of hosts.entries())
      world.addApplication({
        name: `app-${index}`,
        repoURL: `${http.url}/spelled.git`,
        path: `app-${index}`,
        annotations: {
          'image-list': `a=${host}/${path}`,
          'a.update-strategy': 'semver',
          'write-back-method': 'git',
          'write-back-target': 'kustomization',
        },
      });
    const registries = [aRegistryConfig(registry.url, 'REGISTRY.test')];
    const lynceus = world.compose({ registries }, ENV);

    // The listing, the manifest of the newest tag and its configuration.
    expect(await cycle(lynceus)).toEqual({ tag: '1.2.0', requests: 3 });

    await lynceus.close();
    for (const index of hosts.keys())
      expect(readAt(remote, 'main', `app-${index}/kustomization.yaml`)).toContain('newTag: 1.2.0');
    world.remove();
  });

  test('a listing that breaks off half-way changes nothing, and makes nothing look new afterwards', async () => {
    const path = 'acme/cut';
    for (const day of [1, 2]) await push(path, `day-${day}`, day);
    const { world, start } = createScene('cut', path, { strategy: 'newest-pushed' });
    let cut = false;
    const front = await startStandIn((seen) => {
      if (!cut || !seen.url.pathname.endsWith('/tags/list')) return forward(seen, registry.url);
      if (seen.url.searchParams.has('last')) return { reset: 'half-way' };
      return json({ tags: ['day-2'] }, { link: `<${seen.url.pathname}?n=1&last=day-2>; rel="next"` });
    });
    const lynceus = start({}, { apiUrl: front.url });
    await cycle(lynceus);
    await push(path, 'hotfix', 1);
    expect(await cycle(lynceus)).toMatchObject({ tag: 'hotfix' });

    cut = true;
    const { images } = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
    expect(images).toMatchObject([{ outcome: 'failed', code: 'registry-unreachable' }]);
    cut = false;
    // Were day-1 forgotten, it would be the newest.
    expect(await cycle(lynceus)).toMatchObject({ tag: 'hotfix' });
    await lynceus.close();
    await front.stop();
    world.remove();
  });

  test('a try of one image leaves what it learned to the next process', async () => {
    const path = 'acme/tried';
    for (const tag of ['1.0', '1.1', '1.2'])
      await pushImage(guarded.url, path, tag, { auth: REGISTRY_LOGIN, created: DAY });
    const { world, start } = createScene('tried', path);
    const requests: number[] = [];
    for (const _ of [1, 2]) {
      const lynceus = start({}, { apiUrl: guarded.url, credentials: { kind: 'env', variable: 'LOGIN' } });
      const wish = {
        allowTags: undefined,
        ignoreTags: [],
        platforms: ['linux/amd64'],
        credentials: undefined,
      };
      const image = { image: `registry.test/${path}`, strategy: 'newest-build', ...wish };
      const result = await lynceus.testImage(image, AbortSignal.timeout(10_000));
      requests.push(result.requests);
      // There is no target to say anything of.
      expect(result.reason).toMatch(/ tags considered$/);
      await lynceus.close();
    }
    const file = readFileSync(join(world.folder, 'registries.cache'), 'utf8');
    world.remove();

    // The listing is asked for twice: at first it is refused.
    expect(requests).toEqual([2 + 3 + 1, 2 + 3]);
    expect(file).toContain(path);
    for (const secret of [ENV.LOGIN, REGISTRY_LOGIN.username, REGISTRY_LOGIN.password, BASIC])
      expect(file).not.toContain(secret);
  });
});
