import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aConfig, aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, logOf, readAt } from '../helpers/git-world.ts';
import { startGithubCommits, type GithubCommitsStandIn } from '../helpers/github-commits-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'x-access-token', password: 'ghp_s3cretT0ken' };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };
const VALUES = 'image:\n  tag: 1.0.0\n';

let world: FlowWorld;
let root: ReturnType<typeof createGitRoot>;
let http: GitHttpServer;
let github: GithubCommitsStandIn;
let registry: DockerRegistry;
let remote: string;
let proposed: string;

beforeAll(async () => {
  root = createGitRoot();
  world = createFlowWorld();
  registry = await startDockerRegistry();
  http = await startGitHttpServer({ root: root.root, login: LOGIN });
  github = await startGithubCommits(root.root, LOGIN.password);
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  remote = createRemote(root.root, 'acme/deploy.git', {
    'shop/values.yaml': VALUES,
    'cart/values.yaml': VALUES,
  });
  // The branch of one that shares the base would follow it when the others move it.
  proposed = createRemote(root.root, 'acme/bill.git', { 'bill/values.yaml': VALUES });
  for (const name of ['shop', 'cart']) addApplication(name, 'deploy', 'main');
  addApplication('bill', 'bill', 'main:lynceus/bill');
});

afterAll(async () => {
  await Promise.all([github.stop(), http.stop(), registry.stop()]);
  world.remove();
  root.remove();
});

function addApplication(name: string, repository: string, branch: string): void {
  world.addApplication({
    name,
    repoURL: `${http.url}/acme/${repository}.git`,
    path: name,
    annotations: {
      'image-list': 'api=registry.test/acme/api',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues:values.yaml',
      'git-branch': branch,
      'api.helm.image-tag': 'image.tag',
    },
  });
}

async function cycle(): Promise<readonly string[]> {
  const { git } = aConfig(world.folder);
  const entry = { url: `${http.url}/acme`, apiUrl: github.apiUrl };
  const config: Partial<Config> = {
    registries: [aRegistryConfig(registry.url, 'registry.test')],
    git: {
      ...git,
      commitMethod: 'api',
      remotes: [
        {
          ...entry,
          usernameFrom: undefined,
          passwordFrom: undefined,
          githubApp: undefined,
          sshPrivateKeyFile: undefined,
          sshKnownHostsFile: undefined,
          caFile: undefined,
          proxy: undefined,
          clientCertFile: undefined,
          clientKeyFile: undefined,
        },
      ],
    },
  };
  const { images } = await world.run(config, { env: ENV });
  return images.map(({ outcome, reason }) => (outcome === 'failed' ? reason : outcome));
}

describe('commits through the API of GitHub', () => {
  test('are one for each Application, on the base and on a branch to push', async () => {
    expect(await cycle()).toEqual(['updated', 'updated', 'updated']);
    for (const name of ['shop', 'cart'])
      expect(readAt(remote, 'main', `${name}/values.yaml`)).toContain('1.1.0');
    expect(readAt(proposed, 'lynceus/bill', 'bill/values.yaml')).toContain('1.1.0');
    expect(readAt(proposed, 'main', 'bill/values.yaml')).toBe(VALUES);
    const made = logOf(remote, 'main').filter(({ committer }) => committer === 'GitHub <noreply@github.com>');
    expect(made).toHaveLength(2);
    for (const { message } of made) expect(message).toMatch(/\n\nLynceus-Update: app=\S+ .* to=1\.1\.0$/);
    expect(http.counts['receive-pack']).toBe(0);
  });

  test('are known again in the next cycle, which makes nothing', async () => {
    const changes = () => github.asked.filter((word) => word !== 'viewer');
    const before = changes().length;
    expect(await cycle()).toEqual(['current', 'current', 'current']);
    expect(changes()).toHaveLength(before);
    expect(world.logged.join('\n')).not.toContain('is left alone');
  });

  test('leave no token in the log', () => {
    expect(world.logged.join('\n')).not.toContain(LOGIN.password);
    expect(world.logged.join('\n')).not.toContain('pushed to with git');
  });
});
