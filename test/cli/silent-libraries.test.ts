import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { ECR_HOST, startEcrStandIn, type EcrStandIn } from '../helpers/ecr-stand-in.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { builtProgram, start } from './built-program.ts';

/** The registry takes what GetAuthorizationToken gives. */
const LOGIN = { username: 'AWS', password: 'token-of-ecr' };
const IMAGE = `${ECR_HOST}/acme/api`;

let program: string;
let folder: string;
let ecr: EcrStandIn;
let docker: DockerRegistry;
let config: string;
const { root, remove } = createGitRoot();

beforeAll(async () => {
  program = await builtProgram();
  docker = await startDockerRegistry({ htpasswd: LOGIN });
  const old = await pushImage(docker.url, 'acme/api', '1.0.0', { auth: LOGIN });
  const newer = await pushImage(docker.url, 'acme/api', '1.1.0', { auth: LOGIN });
  ecr = await startEcrStandIn({
    password: LOGIN.password,
    repositories: {
      'acme/api': [
        { digest: old.digest, tags: ['1.0.0'], pushedAt: 1_700_000_000 },
        { digest: newer.digest, tags: ['1.1.0'], pushedAt: 1_700_000_001 },
      ],
    },
  });
  folder = mkdtempSync(join(tmpdir(), 'lynceus-silent-'));
  mkdirSync(join(folder, 'apps'));
  const remote = createRemote(root, 'deploy.git', {
    'shop/kustomization.yaml': `images:\n- name: ${IMAGE}\n  newTag: 1.0.0\n`,
  });
  writeFileSync(
    join(folder, 'apps', 'shop.yaml'),
    `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
  annotations:
    argocd-image-updater.argoproj.io/image-list: ${IMAGE}:^1
    argocd-image-updater.argoproj.io/write-back-method: git
    argocd-image-updater.argoproj.io/write-back-target: kustomization
spec:
  source: { repoURL: ${JSON.stringify(remote)}, path: shop, targetRevision: main }
`,
  );
  config = join(folder, 'lynceus.yaml');
  writeFileSync(
    config,
    `applications: { paths: [${JSON.stringify(join(folder, 'apps'))}] }
git: { cacheDirectory: ${JSON.stringify(join(folder, 'cache'))} }
registriesFile: ''
cache: { file: ${JSON.stringify(join(folder, 'facts'))} }
server: { healthPort: 0, metricsPort: 0 }
registries: [{ name: ECR, prefix: ${ECR_HOST}, apiUrl: ${docker.url} }]
`,
  );
});

afterAll(async () => {
  await ecr.stop();
  await docker.stop();
  rmSync(folder, { recursive: true, force: true });
  remove();
});

/** What would let a library speak, in the environment of a user. */
const LOUD = { DEBUG: '*', NODE_NO_WARNINGS: '0' };

describe('the built program, asking Amazon ECR', () => {
  it('prints its own words alone, whatever makes libraries speak', async () => {
    const env = { ...ecr.env, ...LOUD };
    const run = ['run', '--once', '--dry-run', '--logformat', 'json', '--loglevel', 'debug'];
    const [tested, planned, ran] = await Promise.all(
      [['test', `${IMAGE}:^1`, '--output', 'json'], ['plan', '--output', 'json'], run].map(
        (argv) => start(program, [...argv, '--config', config], env).ended,
      ),
    );

    expect([tested, planned, ran].map((ended) => [ended?.code, ended?.stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(JSON.parse(tested?.stdout ?? '')).toMatchObject({
      candidate: expect.stringContaining('1.1.0') as string,
    });
    expect(JSON.parse(planned?.stdout ?? '')).toMatchObject({ changes: [expect.anything()] });
    const lines = (ran?.stdout ?? '').split('\n').filter((line) => line !== '');
    expect(lines.filter((line) => !/^\{"level":".*\}$/.test(line))).toEqual([]);
    expect(lines.join('\n')).toContain('image would be updated');
    const said = lines.filter((line) => line.includes('a library says'));
    // The SDK of AWS speaks on versions of Node.js that it is about to leave.
    if (process.version.startsWith('v20.')) expect(said.join('\n')).toContain('AWS SDK');
    expect(said.filter((line) => !line.startsWith('{"level":"debug"'))).toEqual([]);
  });
});
