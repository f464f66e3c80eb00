import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, IMPATIENT_CLOCK, type FlowWorld } from '../helpers/flow-world.ts';
import { branchesOf, createGitRoot, createRemote, git, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Twin {
  readonly name: string;
  readonly file: readonly [string, string];
  readonly source?: Fields;
  readonly annotations: Readonly<Record<string, string>>;
  readonly entry: Fields;
}

/** In the shapes of the samples that Argo CD Image Updater comes with. */
const TWINS: readonly Twin[] = [
  {
    name: 'kustomize',
    file: ['kustomization.yaml', 'images:\n  - name: registry.test/acme/api # the API\n    newTag: 1.0.0\n'],
    annotations: { 'image-list': 'api=registry.test/acme/api:~1', 'write-back-target': 'kustomization' },
    entry: {
      writeBackConfig: { gitConfig: { writeBackTarget: 'kustomization' } },
      images: [{ alias: 'api', imageName: 'registry.test/acme/api:~1' }],
    },
  },
  {
    name: 'renamed',
    file: [
      'kustomization.yaml',
      'images:\n- name: placeholder\n  newName: registry.test/acme/api\n  newTag: 1.0.0\n',
    ],
    annotations: {
      'image-list': 'api=registry.test/acme/api:~1',
      'api.kustomize.image-name': 'placeholder',
      'write-back-target': 'kustomization:.',
    },
    entry: {
      writeBackConfig: { gitConfig: { writeBackTarget: 'kustomization:.' } },
      images: [
        {
          alias: 'api',
          imageName: 'registry.test/acme/api:~1',
          manifestTargets: { kustomize: { name: 'placeholder' } },
        },
      ],
    },
  },
  {
    name: 'helm',
    file: [
      'values-staging.yaml',
      'backend:\n  image:\n    repository: registry.test/acme/api\n    tag: "1.0.0" # keep\n',
    ],
    annotations: {
      'image-list': 'backend=registry.test/acme/api:>=1.0,<1.1',
      'backend.helm.image-name': 'backend.image.repository',
      'backend.helm.image-tag': 'backend.image.tag',
      'write-back-target': 'helmvalues:values-staging.yaml',
    },
    entry: {
      writeBackConfig: { gitConfig: { writeBackTarget: 'helmvalues:values-staging.yaml' } },
      images: [
        {
          alias: 'backend',
          imageName: 'registry.test/acme/api:>=1.0,<1.1',
          manifestTargets: { helm: { name: 'backend.image.repository', tag: 'backend.image.tag' } },
        },
      ],
    },
  },
  {
    name: 'spec',
    file: ['values.yaml', "job: 'registry.test/acme/api:1.0.0'\n"],
    annotations: {
      'image-list': 'job=registry.test/acme/api',
      'job.helm.image-spec': 'job',
      'job.ignore-tags': '2.*',
      'write-back-target': 'helmvalues',
    },
    entry: {
      commonUpdateSettings: { ignoreTags: ['2.*'] },
      writeBackConfig: { gitConfig: { writeBackTarget: 'helmvalues' } },
      images: [
        { alias: 'job', imageName: 'registry.test/acme/api', manifestTargets: { helm: { spec: 'job' } } },
      ],
    },
  },
  {
    name: 'parameters',
    file: ['.keep', ''],
    source: { helm: { parameters: [{ name: 'image.tag', value: '1.0.0' }] } },
    annotations: { 'image-list': 'a=registry.test/acme/api:1.x', 'a.force-update': 'true' },
    entry: {
      images: [
        {
          alias: 'a',
          imageName: 'registry.test/acme/api:1.x',
          commonUpdateSettings: { forceUpdate: true },
        },
      ],
    },
  },
  {
    name: 'plugin',
    file: ['.keep', ''],
    source: { plugin: { env: [{ name: 'IMAGE_TAG', value: '1.0.0' }] } },
    annotations: { 'image-list': 'a=registry.test/acme/api:1.x', 'a.plugin.image-tag': 'IMAGE_TAG' },
    entry: {
      images: [
        {
          alias: 'a',
          imageName: 'registry.test/acme/api:1.x',
          manifestTargets: { plugin: { tag: 'IMAGE_TAG' } },
        },
      ],
    },
  },
  {
    name: 'branch',
    file: ['kustomization.yaml', 'images:\n- name: registry.test/acme/api\n  newTag: 1.0.0\n'],
    annotations: {
      'image-list': 'api=registry.test/acme/api',
      'api.update-strategy': 'alphabetical',
      'api.allow-tags': 'regexp:^1',
      'git-branch': 'main:bump-{{range .Images}}{{.NewTag}}{{end}}',
      'write-back-target': 'kustomization',
    },
    entry: {
      writeBackConfig: {
        gitConfig: {
          branch: 'main:bump-{{range .Images}}{{.NewTag}}{{end}}',
          writeBackTarget: 'kustomization',
        },
      },
      commonUpdateSettings: { updateStrategy: 'name' },
      images: [
        {
          alias: 'api',
          imageName: 'registry.test/acme/api',
          commonUpdateSettings: { allowTags: 'regexp:^1' },
        },
      ],
    },
  },
];

const EVERYTHING_IN_GIT = { method: 'git' };

/** One world with both twins of each Application would be one remote with two owners, so each has its own. */
function createTwins(root: string, by: 'annotations' | 'resource' | 'tried') {
  const files = TWINS.map(({ name, file: [file, text] }) => [`${name}/${file}`, text] as const);
  const remote = createRemote(root, `${by}.git`, Object.fromEntries(files));
  const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
  for (const { name, source, annotations } of TWINS) {
    world.addApplication({
      name,
      repoURL: remote,
      path: name,
      annotations: by === 'annotations' ? { 'write-back-method': 'git', ...annotations } : {},
      ...(source === undefined ? {} : { source }),
    });
  }
  if (by !== 'annotations') {
    const applicationRefs = TWINS.map(({ name, entry }) => ({ namePattern: name, ...entry }));
    world.addText(
      'images.yaml',
      JSON.stringify(updater({ writeBackConfig: EVERYTHING_IN_GIT, applicationRefs })),
    );
  }
  return { remote, world };
}

function updater(spec: Fields, name = 'images'): Fields {
  return {
    apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
    kind: 'ImageUpdater',
    metadata: { name, namespace: 'argocd' },
    spec,
  };
}

/** What was committed on every branch, without what differs between two runs. */
function commitsOf(remote: string): readonly string[] {
  return branchesOf(remote).map((branch) => git(remote, ['log', '-p', '--format=%B', branch]));
}

describe('resources', () => {
  const { root, remove } = createGitRoot();
  const worlds: FlowWorld[] = [];
  let registry: DockerRegistry;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    for (const tag of ['1.0.0', '1.0.1', '1.1.0', '2.0.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  afterAll(async () => {
    await registry.stop();
    for (const world of worlds) world.remove();
    remove();
  });

  function run(world: FlowWorld): Promise<CycleReport> {
    worlds.push(world);
    return world.run({ registries: [aRegistryConfig(registry.url, 'registry.test')] });
  }

  test('make the same commits as annotations, and later cycles none', async () => {
    const annotated = createTwins(root, 'annotations');
    const described = createTwins(root, 'resource');
    const [first, second] = [await run(annotated.world), await run(described.world)];
    const outcomes = ({ images }: CycleReport) =>
      images.map(({ application, alias, outcome, code }) => [application.name, alias, outcome, code]);

    expect(outcomes(second)).toEqual(outcomes(first));
    expect(new Set(second.images.map(({ outcome }) => outcome))).toEqual(new Set(['updated']));
    expect(second.problems).toEqual([]);
    expect(commitsOf(described.remote)).toEqual(commitsOf(annotated.remote));
    expect(second.updaters).toMatchObject([{ name: 'images', images: TWINS.length }]);
    // The branch beside main is made anew on what the first cycle pushed to main.
    await run(described.world);
    const again = await run(described.world);
    expect(again.images.filter(({ outcome }) => outcome === 'updated')).toEqual([]);
    expect(again.costs.gitPushes).toBe(0);
  });

  test('that are wrong, or share an image, stop nobody else', async () => {
    const remote = createRemote(root, 'others.git', {
      'good/kustomization.yaml': 'images:\n- name: registry.test/acme/api\n  newTag: 1.0.0\n',
      'torn/kustomization.yaml': 'images:\n- name: registry.test/acme/api\n  newTag: 1.0.0\n',
    });
    const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
    for (const name of ['good', 'torn', 'left-over']) {
      const annotations: Record<string, string> =
        name === 'left-over' ? { 'image-list': 'registry.test/acme/api' } : {};
      world.addApplication({ name, repoURL: remote, path: name, annotations });
    }
    const writeBackConfig = { ...EVERYTHING_IN_GIT, gitConfig: { writeBackTarget: 'kustomization' } };
    const images = [{ alias: 'api', imageName: 'registry.test/acme/api:1.x' }];
    const forAll = { writeBackConfig, applicationRefs: [{ namePattern: '[gt]*', images }] };
    const forOne = { writeBackConfig, applicationRefs: [{ namePattern: 'torn', images }] };
    world.addText('all.yaml', JSON.stringify(updater(forAll, 'all')));
    world.addText('one.yaml', JSON.stringify(updater(forOne, 'one')));
    world.addText(
      'bad.yaml',
      JSON.stringify(updater({ applicationRefs: [{ namePattern: '[', images }] }, 'bad')),
    );

    const report = await run(world);

    expect(report.images.map(({ application, outcome, code }) => [application.name, outcome, code])).toEqual([
      ['good', 'updated', 'newer-version'],
      ['torn', 'failed', 'several-owners'],
      ['torn', 'failed', 'several-owners'],
    ]);
    expect(report.problems.map(({ code, updater: of }) => [code, of?.name])).toEqual([
      ['updater-invalid', 'bad'],
      ['several-owners', 'all'],
      ['several-owners', 'one'],
    ]);
    expect(report.leftOut).toBe(1);
    expect(readAt(remote, 'main', 'good/kustomization.yaml')).toContain('newTag: 1.1.0');
    expect(readAt(remote, 'main', 'torn/kustomization.yaml')).toContain('newTag: 1.0.0');
  });

  test('an image of one is tried by what it sets', async () => {
    const { world } = createTwins(root, 'tried');
    worlds.push(world);
    const lynceus = world.compose({ registries: [aRegistryConfig(registry.url, 'registry.test')] });
    const tried = async (application: string, image: string) =>
      await lynceus.testTracked({ application, image }, AbortSignal.timeout(60_000));

    expect(await tried('helm', 'backend')).toMatchObject({ candidate: '1.0.1', tagsSeen: 4 });
    expect(await tried('argocd/spec', 'registry.test/acme/api')).toMatchObject({
      candidate: '1.1.0',
      policy: { filter: { ignore: ['2.*'] } },
    });
    await expect(tried('spec', 'jop')).rejects.toMatchObject({
      code: 'usage-invalid',
      hint: 'did you mean job?',
    });
    await expect(tried('nobody', 'job')).rejects.toMatchObject({ code: 'usage-invalid' });
    await lynceus.close();
  });
});
