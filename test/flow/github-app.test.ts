import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { pushImage } from '../helpers/push-image.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  IMPATIENT_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { createAppKey, startGithub, type GithubStandIn } from '../helpers/github-stand-in.ts';
import { forward, startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';

let passed = 0;
const CLOCK = { ...IMPATIENT_CLOCK, now: () => Date.now() + passed };
const KEY = createAppKey();
const KUSTOMIZATION = 'images:\n- name: registry.test/acme/api\n  newTag: 1.0.0\n';

let world: FlowWorld;
let root: ReturnType<typeof createGitRoot>;
let github: GithubStandIn;
let git: GitHttpServer;
let images: DockerRegistry;
let registry: StandIn;
let remote: string;
let lynceus: Lynceus;

beforeAll(async () => {
  github = await startGithub({
    appId: '123',
    publicKey: KEY.publicKey,
    installations: [
      {
        id: 7,
        owner: 'acme',
        kind: 'org',
        repositories: ['deploy'],
        permissions: { contents: 'write', packages: 'read' },
      },
    ],
    now: CLOCK.now,
  });
  world = createFlowWorld(CLOCK);
  root = createGitRoot();
  remote = createRemote(root.root, 'acme/deploy.git', { 'app/kustomization.yaml': KUSTOMIZATION });
  git = await startGitHttpServer({
    root: root.root,
    accepts: ({ username, password }) => username === 'x-access-token' && github.isGood(password),
  });
  images = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.0.1']) await pushImage(images.url, 'acme/api', tag);
  // A container registry that takes what GitHub gave out.
  registry = await startStandIn(async (seen) => {
    const [user, token = ''] = Buffer.from((seen.headers.authorization ?? '').slice(6), 'base64')
      .toString()
      .split(':');
    if (user !== 'x-access-token' || !github.isGood(token))
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="registry"' } };
    const { authorization: _, ...headers } = seen.headers;
    return await forward({ ...seen, headers }, images.url);
  });
  world.addApplication({
    name: 'app',
    repoURL: `${git.url}/acme/deploy.git`,
    path: 'app',
    annotations: {
      'image-list': 'api=registry.test/acme/api:~1',
      'write-back-method': 'git',
      'write-back-target': 'kustomization',
    },
  });
  const keyFile = join(world.folder, 'app.pem');
  writeFileSync(keyFile, KEY.pkcs1);
  const credentials = { kind: 'github-app', at: { kind: 'env' } } as const;
  lynceus = world.compose(
    {
      registries: [aRegistryConfig(registry.url, 'registry.test', { credentials })],
      git: {
        ...aConfig(world.folder).git,
        remotes: [
          {
            url: git.url,
            usernameFrom: undefined,
            passwordFrom: undefined,
            githubApp: {
              appId: '123',
              installationId: undefined,
              privateKeyFrom: { kind: 'file', path: keyFile },
              baseUrl: github.apiUrl,
            },
            apiUrl: undefined,
            sshPrivateKeyFile: undefined,
            sshKnownHostsFile: undefined,
            caFile: undefined,
            proxy: undefined,
            clientCertFile: undefined,
            clientKeyFile: undefined,
          },
        ],
      },
    },
    { GITHUB_APP_ID: '123', GITHUB_APP_PRIVATE_KEY_FILE: keyFile, GITHUB_APP_BASE_URL: github.apiUrl },
  );
});

afterAll(async () => {
  await lynceus.close();
  await Promise.all([github.stop(), git.stop(), registry.stop(), images.stop()]);
  world.remove();
  root.remove();
});

async function cycle(): Promise<readonly (readonly [string, string])[]> {
  const { images } = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
  return images.map(({ outcome, reason }) => [outcome, outcome === 'failed' ? reason : ''] as const);
}

describe('a GitHub App as the login of Git and of a registry', () => {
  test('reads tags and pushes, each with a token that may do no more than that needs', async () => {
    expect(await cycle()).toEqual([['updated', '']]);

    expect(readAt(remote, 'main', 'app/kustomization.yaml')).toContain('newTag: 1.0.1');
    expect(github.lines()).toEqual(
      expect.arrayContaining([
        'GET /api/v3/repos/acme/deploy/installation',
        'GET /api/v3/orgs/acme/installation',
      ]),
    );
    const wishes = github.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
    expect(wishes.toSorted()).toEqual(['{"permissions":{"packages":"read"}}', '{}']);
  });

  test('asks for nothing in the next cycle', async () => {
    const before = github.seen.length;

    expect(await cycle()).toEqual([['current', '']]);
    expect(github.seen).toHaveLength(before);
  });

  test('gets other tokens when those it has are refused before their time', async () => {
    await pushImage(images.url, 'acme/api', '1.0.2');
    for (const token of github.given) github.revoke(token);
    passed += 60_000;

    expect(await cycle()).toEqual([['updated', '']]);
    expect(readAt(remote, 'main', 'app/kustomization.yaml')).toContain('newTag: 1.0.2');
    expect(github.given).toHaveLength(4);
  });

  test('does not ask on and on when new tokens are refused too', async () => {
    for (const token of github.given) github.revoke(token);

    const [[outcome, reason] = ['', '']] = await cycle();

    expect(outcome).toBe('failed');
    expect(reason).toMatch(/127\.0\.0\.1.*(?:refuse|login)/);
    for (const secret of github.given) expect(reason).not.toContain(secret);
    expect(github.given).toHaveLength(4);
  });

  test('leaves no token and no key in the log', () => {
    const log = world.logged.join('\n');

    expect(log).toContain('1.0.1');
    for (const secret of [...github.given, 'PRIVATE KEY', 'eyJ']) expect(log).not.toContain(secret);
  });
});
