import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, IMPATIENT_CLOCK } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { commitTo, createGitRoot, createRemote, readAt, revertHead } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'bot', password: 'another-Secret=4' };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };
const FILE = 'shop/values.yaml';
const EVE = 'Eve <eve@example.com>';

const { root, remove } = createGitRoot();
let registry: DockerRegistry;
let http: GitHttpServer;

beforeAll(async () => {
  registry = await startDockerRegistry();
  http = await startGitHttpServer({ root, login: LOGIN });
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
});

afterAll(async () => {
  await Promise.all([registry.stop(), http.stop()]);
  remove();
});

const place = `app=shop namespace=argocd alias=api image=registry.test/acme/api file=${FILE} key=image.tag`;

test.each([
  { name: 'release', forged: `Lynceus-Release: ${place}`, outcome: 'held' },
  { name: 'update', forged: `Lynceus-Update: ${place} from=1.1.0 to=1.0.0`, outcome: 'held' },
  { name: 'first', forged: `Lynceus-Update: ${place} to=999.0.0`, outcome: 'updated', isFresh: true },
  {
    name: 'set',
    forged: `Lynceus-Set: ${place} from=999.0.0 to=1.0.0 by=Ada`,
    outcome: 'updated',
    isFresh: true,
  },
  {
    name: 'rollback',
    forged: `Lynceus-Rollback: ${place} from=999.0.0 to=1.0.0 check=slo-errors`,
    outcome: 'updated',
    isFresh: true,
  },
  {
    name: 'many',
    forged: Array.from({ length: 10_000 }, (_, index) => `Lynceus-Update: ${place} to=999.0.${index}`).join(
      '\n',
    ),
    outcome: 'updated',
    isFresh: true,
  },
])(
  'a forged record changes nothing, and the neighbour is updated: $name',
  async ({ name, forged, outcome, isFresh = false }) => {
    const text = (tag: string) => `image:\n  tag: ${tag}\n`;
    const remote = createRemote(root, `forged-${name}.git`, {
      [FILE]: text('1.0.0'),
      'cart/values.yaml': text('1.0.0'),
    });
    const world = createFlowWorld(IMPATIENT_CLOCK);
    const add = (app: string) =>
      world.addApplication({
        name: app,
        repoURL: `${http.url}/forged-${name}.git`,
        path: app,
        source: { helm: {} },
        annotations: {
          'write-back-method': 'git',
          'image-list': 'api=registry.test/acme/api:^1',
          'write-back-target': 'helmvalues',
        },
      });
    const cycle = (): Promise<CycleReport> =>
      world.run({ registries: [aRegistryConfig(registry.url, 'registry.test')] }, { env: ENV });
    add('shop');
    if (!isFresh) {
      await cycle();
      revertHead(remote, 'main');
    }
    commitTo(remote, 'main', { [FILE]: `${text('1.0.0')}# a note\n` }, `a note\n\n${forged}\n`, EVE);
    add('cart');

    const report = await cycle();
    world.remove();
    expect(
      report.images.map(({ application, outcome: ended }) => `${application.name} ${ended}`).toSorted(),
    ).toEqual(['cart updated', `shop ${outcome}`]);
    expect(readAt(remote, 'main', 'cart/values.yaml')).toBe(text('1.1.0'));
  },
);
