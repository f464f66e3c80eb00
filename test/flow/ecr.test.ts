import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Lynceus } from '../../src/app/compose.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  ecrError,
  ECR_HOST,
  startEcrStandIn,
  type EcrStandIn,
  type EcrStandInOptions,
  type StandInImage,
} from '../helpers/ecr-stand-in.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { pushArtifact, pushImage } from '../helpers/push-image.ts';

/** The registry takes what GetAuthorizationToken gives, and nothing else. */
const ECR_LOGIN = { username: 'AWS', password: 'token-of-ecr' };
const ROLE = 'arn:aws:iam::123456789012:role/pull';
const IMAGE = `${ECR_HOST}/acme/api`;
const OPTIONS = { auth: ECR_LOGIN };

const FILES: Readonly<Record<string, string>> = {
  'digest/values.yaml': `image:\n  repository: ${IMAGE}\n  tag: stable\n`,
  'semver/kustomization.yaml': `images:\n- name: ${IMAGE}\n  newTag: 1.0.0\n`,
};

const { root, remove } = createGitRoot();
let docker: DockerRegistry;
let images: StandInImage[] = [];
let stable = '';

/** Loaded in this process by `import` or by `require`. */
function sdkIsLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('@aws-sdk'));
}

beforeAll(async () => {
  docker = await startDockerRegistry({ htpasswd: ECR_LOGIN });
  const [first, second] = [
    await pushImage(docker.url, 'acme/api', '1.0.0', OPTIONS),
    await pushImage(docker.url, 'acme/api', '1.1.0', OPTIONS),
  ];
  await pushImage(docker.url, 'acme/api', 'stable', OPTIONS);
  const chart = await pushArtifact(docker.url, 'acme/api', '1.2.0', 'helm-chart', OPTIONS);
  ({ digest: stable } = await pushImage(docker.url, 'acme/api', 'stable', OPTIONS));
  images = [
    { digest: first.digest, tags: ['1.0.0'], pushedAt: 1_700_000_000 },
    { digest: second.digest, tags: ['1.1.0'], pushedAt: 1_700_000_001 },
    {
      digest: chart.digest,
      tags: ['1.2.0'],
      pushedAt: 1_700_000_002,
      artifactMediaType: 'application/vnd.cncf.helm.config.v1+json',
    },
    { digest: stable, tags: ['stable', 'newest'], pushedAt: 1_700_000_003 },
  ];
});

afterAll(async () => {
  await docker.stop();
  remove();
});

let world: FlowWorld;
let ecr: EcrStandIn;
let lynceus: Lynceus | undefined;
let remote = '';
let remotes = 0;

beforeEach(() => {
  world = createFlowWorld();
  remote = createRemote(root, `deploy-${(remotes += 1)}.git`, FILES);
});

afterEach(async () => {
  await lynceus?.close();
  lynceus = undefined;
  world.remove();
  vi.unstubAllEnvs();
});

async function startEcr(options: EcrStandInOptions = {}): Promise<void> {
  ecr = await startEcrStandIn({
    repositories: { 'acme/api': images },
    password: ECR_LOGIN.password,
    ...options,
  });
  for (const [name, value] of Object.entries(ecr.env)) vi.stubEnv(name, value);
}

function addDigestApplication(image = `${IMAGE}:stable`): void {
  world.addApplication({
    name: 'digest',
    repoURL: remote,
    path: 'digest',
    annotations: {
      'write-back-method': 'git',
      'image-list': `a=${image}`,
      'a.update-strategy': 'digest',
      'a.platforms': 'linux/amd64',
      'a.helm.image-name': 'image.repository',
      'write-back-target': 'helmvalues',
    },
  });
}

function addSemverApplication(): void {
  world.addApplication({
    name: 'semver',
    repoURL: remote,
    path: 'semver',
    annotations: {
      'write-back-method': 'git',
      'image-list': `a=${IMAGE}:^1`,
      'write-back-target': 'kustomization',
    },
  });
}

async function cycle(awsRoleArn?: string): Promise<CycleReport> {
  lynceus ??= world.compose({ registries: [aRegistryConfig(docker.url, ECR_HOST, { awsRoleArn })] });
  return await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
}

function outcomes({ images: results }: CycleReport): readonly string[] {
  return results.map(({ outcome, code }) => `${outcome} ${code}`);
}

test('an image of another registry does not load the SDK', async () => {
  addDigestApplication(`registry.test/acme/api:stable`);

  expect(sdkIsLoaded()).toBe(false);
  lynceus = world.compose({ registries: [aRegistryConfig(docker.url, 'registry.test')] });
  await lynceus.runCycle({ dryRun: true }, AbortSignal.timeout(60_000));

  expect(sdkIsLoaded()).toBe(false);
});

describe('a cycle with images of Amazon ECR', () => {
  afterEach(() => ecr.stop());

  test('asks once for a digest that has not moved: no manifest, no login, no page of the distribution API', async () => {
    await startEcr();
    addDigestApplication();

    expect(outcomes(await cycle())).toEqual(['updated digest-moved']);
    expect(readAt(remote, 'main', 'digest/values.yaml')).toContain(`tag: stable@${stable}\n`);
    const second = await cycle();

    expect(outcomes(second)).toEqual(['current up-to-date']);
    expect(second.costs.registryRequests).toBe(1);
    expect(ecr.calls).toEqual([
      'GetAuthorizationToken eu-central-1 by AKIDEXAMPLE',
      'DescribeImages eu-central-1 by AKIDEXAMPLE',
      'DescribeImages eu-central-1 by AKIDEXAMPLE',
    ]);
    expect(sdkIsLoaded()).toBe(true);
  });

  test('asks once for two Applications, and takes no chart for a version', async () => {
    await startEcr();
    addDigestApplication();
    addSemverApplication();

    expect(outcomes(await cycle())).toEqual(['updated digest-moved', 'updated newer-version']);
    expect(readAt(remote, 'main', 'semver/kustomization.yaml')).toContain('newTag: 1.1.0\n');

    expect(ecr.calls.filter((call) => call.startsWith('DescribeImages'))).toHaveLength(1);
  });

  test('goes the way of any registry when images may not be described, and says so once', async () => {
    await startEcr();
    ecr.failNext('DescribeImages', ecrError('AccessDeniedException'), ecrError('AccessDeniedException'));
    addSemverApplication();

    expect(outcomes(await cycle())).toEqual(['updated newer-version']);
    expect(outcomes(await cycle())).toEqual(['current up-to-date']);

    expect(ecr.calls.filter((call) => call.startsWith('DescribeImages'))).toHaveLength(1);
    expect(world.logged.filter((line) => line.includes('ecr:DescribeImages'))).toHaveLength(1);
  });

  test('asks as the role that the entry names', async () => {
    await startEcr({ roles: { [ROLE]: undefined } });
    addDigestApplication();

    expect(outcomes(await cycle(ROLE))).toEqual(['updated digest-moved']);
    const second = await cycle(ROLE);

    expect(second.costs.registryRequests).toBe(1);
    expect(ecr.calls).toEqual([
      'AssumeRole eu-central-1 by AKIDEXAMPLE',
      'GetAuthorizationToken eu-central-1 by ASIAPULL',
      'DescribeImages eu-central-1 by ASIAPULL',
      'DescribeImages eu-central-1 by ASIAPULL',
    ]);
  });

  test('renews its login once when the registry refuses it', async () => {
    await startEcr();
    const authorizationToken = Buffer.from('AWS:revoked').toString('base64');
    ecr.failNext('GetAuthorizationToken', {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ authorizationData: [{ authorizationToken, expiresAt: 4_000_000_000 }] }),
    });
    addDigestApplication();

    expect(outcomes(await cycle())).toEqual(['updated digest-moved']);

    expect(ecr.calls).toEqual([
      'GetAuthorizationToken eu-central-1 by AKIDEXAMPLE',
      'DescribeImages eu-central-1 by AKIDEXAMPLE',
      'GetAuthorizationToken eu-central-1 by AKIDEXAMPLE',
    ]);
  });

  test('fails for one image alone when its repository is not there', async () => {
    await startEcr({ repositories: {} });
    addDigestApplication();

    const report = await cycle();

    expect(outcomes(report)).toEqual(['failed registry-not-found']);
    expect(report.images[0]?.reason).toContain('RepositoryNotFoundException');
  });

  test('writes no key, token or session into its log', async () => {
    await startEcr({ roles: { [ROLE]: undefined } });
    ecr.failNext('DescribeImages', ecrError('InvalidParameterException'));
    addDigestApplication();

    await cycle(ROLE);

    const log = world.logged.join('\n');
    for (const secret of ['very-secret-key', 'secret of ASIA', 'session of ASIA', ECR_LOGIN.password])
      expect(log).not.toContain(secret);
  });
});
