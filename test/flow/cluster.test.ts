import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APP_PROJECTS, APPLICATIONS, SECRETS, type KubeObject } from '../../src/kube/kube-client.ts';
import { prefixed } from '../helpers/annotations.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { anAppProject, startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const GIT_LOGIN = { username: 'bot', password: 'from-Argo-CD=1' };
const REGISTRY_LOGIN = { username: 'puller', password: 'from-a-Secret=2' };

function application(
  name: string,
  {
    annotations,
    source,
    project = 'default',
  }: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly source: unknown;
    readonly project?: string;
  },
): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', annotations: prefixed(annotations) },
    spec: { project, destination: { server: 'https://kubernetes.default.svc' }, source },
  };
}

/** Its parameters are written in the cluster. */
function live(): KubeObject {
  return application('live', {
    annotations: {
      'image-list': 'api=registry.test/acme/api:^1',
      'api.pull-secret': 'pullsecret:argocd/registry',
      'write-back-method': 'argocd',
    },
    source: {
      repoURL: 'https://git.test/deploy.git',
      path: 'live',
      helm: {
        valuesObject: { keep: { me: [1, 2] } },
        parameters: [
          { name: 'image.tag', value: '1.0.0' },
          { name: 'debug', value: 'true' },
        ],
      },
    },
  });
}

function secret(
  name: string,
  labels: Readonly<Record<string, string>>,
  data: Readonly<Record<string, string>>,
): KubeObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'argocd', labels },
    data: Object.fromEntries(encoded),
  };
}

describe('in a cluster', () => {
  const { root, remove } = createGitRoot();
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let world: FlowWorld;
  let remote: string;

  beforeEach(async () => {
    [kube, registry, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry({ htpasswd: REGISTRY_LOGIN }),
      startGitHttpServer({ root, login: GIT_LOGIN }),
    ]);
    world = createFlowWorld(REAL_CLOCK);
    remote = createRemote(root, `deploy-${Date.now()}.git`, {
      'shop/values.yaml': 'image:\n  tag: 1.0.0   # pinned\n',
    });
    for (const tag of ['1.0.0', '1.1.0'])
      await pushImage(registry.url, 'acme/api', tag, { auth: REGISTRY_LOGIN });
    kube.objects.put(
      SECRETS,
      secret(
        'repo',
        { 'argocd.argoproj.io/secret-type': 'repo-creds' },
        { url: http.url, ...GIT_LOGIN, password: `${GIT_LOGIN.password}\n` },
      ),
    );
    kube.objects.put(
      SECRETS,
      secret(
        'registry',
        {},
        {
          '.dockerconfigjson': JSON.stringify({
            auths: {
              'registry.test': {
                auth: Buffer.from(`${REGISTRY_LOGIN.username}:${REGISTRY_LOGIN.password}`).toString('base64'),
              },
            },
          }),
        },
      ),
    );
  });

  afterEach(async () => {
    await Promise.all([kube.stop(), registry.stop(), http.stop()]);
    world.remove();
    remove();
  });

  function settings(): Partial<Config> {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    return { ...inCluster(kubeconfig), registries: [aRegistryConfig(registry.url, 'registry.test')] };
  }

  function shop(annotations: Readonly<Record<string, string>> = {}): KubeObject {
    return application('shop', {
      annotations: {
        'image-list': 'api=registry.test/acme/api:^1',
        'api.pull-secret': 'pullsecret:argocd/registry',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        ...annotations,
      },
      source: {
        repoURL: `${http.url}/${remote.split('/').at(-1)}`,
        path: 'shop',
        targetRevision: 'main',
        helm: {},
      },
    });
  }

  test('an Application of the cluster is updated in Git, with the logins of its Secrets, and Argo CD is told', async () => {
    kube.objects.put(APPLICATIONS, shop());

    const report = await world.run(settings());

    expect(report.images.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['updated', expect.any(String)],
    ]);
    expect(readAt(remote, 'main', 'shop/values.yaml')).toBe('image:\n  tag: 1.1.0   # pinned\n');
    const after = kube.objects.get(APPLICATIONS, 'argocd', 'shop');
    expect(after?.metadata?.annotations?.['argocd.argoproj.io/refresh']).toBe('normal');
    const secrets = [GIT_LOGIN.password, REGISTRY_LOGIN.password];
    expect(world.logged.filter((line) => secrets.some((one) => line.includes(one)))).toEqual([]);
  });

  test('two AppProjects with one login share a branch to push', async () => {
    const branch = createRemote(root, `shared-${Date.now()}.git`, {
      'a/values.yaml': 'image:\n  tag: 1.0.0\n',
      'b/values.yaml': 'image:\n  tag: 1.0.0\n',
    });
    const repoURL = `${http.url}/${branch.split('/').at(-1)}`;
    for (const name of ['a', 'b']) {
      const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
      const fields = { url: repoURL, ...GIT_LOGIN, project: `team-${name}` };
      kube.objects.put(SECRETS, secret(`repo-${name}`, labels, fields));
      const annotations = {
        'image-list': 'api=registry.test/acme/api:^1',
        'api.pull-secret': 'pullsecret:argocd/registry',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        'git-branch': 'main:updates',
      };
      const source = { repoURL, path: name, targetRevision: 'main', helm: {} };
      kube.objects.put(APP_PROJECTS, anAppProject(`team-${name}`));
      kube.objects.put(APPLICATIONS, application(name, { annotations, source, project: `team-${name}` }));
    }

    const report = await world.run(settings());

    expect(report.images.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['updated', expect.any(String)],
      ['updated', expect.any(String)],
    ]);
    expect([report.costs.gitFetches, report.costs.gitPushes]).toEqual([1, 1]);
    for (const name of ['a', 'b'])
      expect(readAt(branch, 'updates', `${name}/values.yaml`)).toContain('1.1.0');
  });

  test('a pause stops what Lynceus does by itself, of all Applications or of one, until somebody resumes it', async () => {
    kube.objects.put(APPLICATIONS, shop());
    const { metadata, ...owned } = live();
    const ownerReferences = [{ kind: 'ApplicationSet', name: 'shops', controller: true }];
    kube.objects.put(APPLICATIONS, { ...owned, metadata: { ...metadata, ownerReferences } });
    const signal = AbortSignal.timeout(60_000);
    const person = world.compose(settings());
    const pause = (kind: 'pause' | 'resume', application?: string) =>
      person.pause({ kind, application, reason: 'outage', by: 'Ada' }, signal);
    const codes = async () =>
      (await world.run(settings())).images.map(({ application, code }) => `${application.name} ${code}`);

    expect(await pause('pause')).toMatchObject({
      changed: true,
      message: expect.stringMatching(/by Ada since/) as unknown,
    });
    expect(await pause('pause')).toMatchObject({ changed: false });
    expect(await codes()).toEqual(['live paused', 'shop paused']);
    expect(readAt(remote, 'main', 'shop/values.yaml')).toContain('1.0.0');

    expect(await pause('pause', 'live')).toMatchObject({
      application: { namespace: 'argocd', name: 'live' },
      notes: [expect.stringContaining('ApplicationSet shops')],
    });
    expect((await pause('resume')).message).toMatch(
      /^all goes on again; before, everything paused by Ada since/,
    );
    const report = await world.run(settings());
    expect(report.images.map(({ outcome, code, reason }) => [outcome, code, reason])).toEqual([
      [
        'held',
        'paused',
        'paused by the annotation pause: "outage"; 1.1.0 is not written until it is removed',
      ],
      ['updated', 'newer-version', expect.any(String)],
    ]);

    await expect(pause('pause', 'shopp')).rejects.toMatchObject({ hint: 'did you mean shop?' });
    expect(await pause('resume', 'argocd/live')).toMatchObject({ changed: true });
    expect(await codes()).toEqual(['live newer-version', 'shop up-to-date']);
    expect(await pause('resume')).toMatchObject({ changed: false, message: 'nothing was paused' });
    await person.close();
  });

  test('the configuration pauses too, and an installation without the right to read pauses goes on', async () => {
    kube.objects.put(APPLICATIONS, shop());
    const paused = await world.run({ ...settings(), paused: true }, { dryRun: true });
    expect(paused.images.map(({ code }) => code)).toEqual(['paused']);
    kube.setRules([
      { apiGroups: ['argoproj.io'], resources: ['applications', 'appprojects'], verbs: ['*'] },
      { apiGroups: ['argocd-image-updater.argoproj.io'], resources: ['imageupdaters'], verbs: ['*'] },
      { apiGroups: [''], resources: ['secrets', 'events'], verbs: ['*'] },
    ]);
    const report = await world.run(settings());
    expect(report.images.map(({ outcome }) => outcome)).toEqual(['updated']);
    expect(world.logged.filter((line) => line.includes('lynceus pause has no effect'))).toHaveLength(1);
  });

  test('the second cycle writes nothing', async () => {
    kube.objects.put(APPLICATIONS, shop());
    await world.run(settings());

    const report = await world.run(settings());

    expect(report.images.map(({ outcome }) => outcome)).toEqual(['current']);
    expect(report.costs.gitPushes).toBe(0);
  });

  test('the live Application is patched, and only the parameters that are ours', async () => {
    kube.objects.put(APPLICATIONS, live());

    const first = await world.run(settings());
    const second = await world.run(settings());

    expect(first.images.map(({ outcome, writer }) => [outcome, writer])).toEqual([['updated', 'argocd']]);
    expect(second.images.map(({ outcome }) => outcome)).toEqual(['current']);
    const spec = kube.objects.get(APPLICATIONS, 'argocd', 'live')?.['spec'] as {
      readonly source: { readonly helm: unknown };
    };
    expect(spec.source.helm).toEqual({
      valuesObject: { keep: { me: [1, 2] } },
      parameters: expect.arrayContaining([
        expect.objectContaining({ name: 'image.tag', value: '1.1.0' }),
        { name: 'debug', value: 'true' },
        expect.objectContaining({ name: 'image.name', value: 'registry.test/acme/api' }),
      ]) as unknown,
    });
  });

  test('an owner that may undo a patch is shown with its image, wherever warnings are', async () => {
    const { metadata, ...owned } = live();
    const ownerReferences = [{ kind: 'ApplicationSet', name: 'shops', controller: true }];
    kube.objects.put(APPLICATIONS, { ...owned, metadata: { ...metadata, name: 'owned', ownerReferences } });
    kube.objects.put(APPLICATIONS, live());

    const planned = await world.run(settings(), { dryRun: true });
    const written = await world.run(settings());
    const later = await world.run(settings());

    const warnings = ({ images }: CycleReport) =>
      images.map(({ application: { name }, warnings: found }) => [name, found?.map(({ code }) => code)]);
    const once = [
      ['live', undefined],
      ['owned', ['may-be-undone']],
    ];
    expect([warnings(planned), warnings(written)]).toEqual([once, once]);
    expect(warnings(later)).toEqual([
      ['live', undefined],
      ['owned', undefined],
    ]);
    expect(
      world.logged.filter(
        (line) => line.includes('image has a warning') && line.includes('ApplicationSet shops'),
      ),
    ).toHaveLength(2);
    const events = kube.objects.list({ group: '', plural: 'events' }, 'argocd');
    expect(events.map((event) => event['reason'])).toContain('ImageWarning');
  });

  test('of two shards exactly one looks after a remote', async () => {
    kube.objects.put(APPLICATIONS, shop());
    const base = settings();
    const shards = [0, 1].map((index) => ({
      ...base,
      cluster: { ...inCluster('').cluster, ...base.cluster, shard: { index, count: 2 } },
    }));

    const reports = [];
    for (const shard of shards) reports.push(await world.run(shard));

    const images = reports.map((report) => report.images.map(({ outcome }) => outcome));
    expect(images.flat()).toEqual(['updated']);
  });

  test('an Event tells of the update, and none of the day on which nothing happens', async () => {
    kube.objects.put(APPLICATIONS, shop());

    await world.run(settings());
    await world.run(settings());

    const events = kube.objects.list({ group: '', plural: 'events' }, 'argocd');
    expect(events.map((event) => [event['type'], event['reason'], event['message']])).toEqual([
      ['Normal', 'ImagesUpdated', "Successfully updated application 'shop'"],
    ]);
  });

  test('a dry run writes neither to Git nor to the cluster', async () => {
    kube.objects.put(APPLICATIONS, shop());

    const report = await world.run(settings(), { dryRun: true });

    expect(report.images.map(({ outcome }) => outcome)).toEqual(['update']);
    expect(readAt(remote, 'main', 'shop/values.yaml')).toContain('1.0.0');
    expect([...kube.verbs()].filter((verb) => /^(create|update|patch|delete)/.test(verb))).toEqual([]);
  });

  test('without the permission to list, it says which verb on which resource in which namespace is missing', async () => {
    kube.setRules([{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }]);

    const report = await world.run(settings());

    expect(report.failures.map(({ message }) => message).join()).toMatch(/list.*applications.*argocd/);
  });

  test('a Secret that is not there fails its image by name', async () => {
    kube.objects.put(APPLICATIONS, shop({ 'api.pull-secret': 'pullsecret:argocd/nowhere' }));

    const report = await world.run(settings());

    expect(report.images).toMatchObject([
      {
        outcome: 'failed',
        code: 'credentials-missing',
        reason: expect.stringContaining('argocd/nowhere') as string,
      },
    ]);
  });
});
