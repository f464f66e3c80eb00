import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CycleReport } from '../../src/core/report.ts';
import { APPLICATIONS, IMAGE_UPDATERS, SECRETS } from '../../src/kube/kube-client.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aRegistryConfig,
  createFlowWorld,
  IMPATIENT_CLOCK,
  inCluster,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, git, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';
import { forward, startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';
import { fixtureDigest, fixtureKey, pushFixture } from '../helpers/signature-fixtures.ts';

/** Of each target how it is named, and its file with a version in it. */
const TARGETS = {
  values: {
    named: 'helmvalues',
    path: 'values.yaml',
    text: (_: string, version: string) => `image:\n  tag: ${version}\n`,
  },
  kustomization: {
    named: 'kustomization',
    path: 'kustomization.yaml',
    text(name: string, version: string) {
      const [tag, digest] = version.split('@');
      const second = digest === undefined ? '' : `  digest: ${digest}\n`;
      return `images:\n- name: registry.test/acme/${name}\n  newTag: ${tag}\n${second}`;
    },
  },
  markers: {
    named: 'markers:all.yaml',
    path: 'all.yaml',
    text: (name: string, version: string) => `tag: ${version} # {"$lynceus": "${name}/api:tag"}\n`,
  },
} as const;

interface Row {
  readonly name: string;
  /** Of the fixtures; its tag is 1.1.0. */
  readonly from: string;
  /** Name of a Secret; `undefined` asks for no signature. */
  readonly key: string | undefined;
  readonly ends: readonly [outcome: string, code: string];
  /** What the target says in the end: a version, `SIGNED` for 1.1.0 with its digest. */
  readonly written: string;
  readonly reason?: RegExp;
  readonly warning?: string;
  /** What is written; Helm values unless said. */
  readonly target?: keyof typeof TARGETS;
}

const UPDATED = ['updated', 'newer-version'] as const;
const KEPT = '1.0.0';

const ROWS: readonly Row[] = [
  { name: 'good', from: 'bundle/p256', key: 'p256', ends: UPDATED, written: 'SIGNED' },
  { name: 'good-legacy', from: 'legacy/rsa', key: 'rsa', ends: UPDATED, written: 'SIGNED' },
  { name: 'good-second', from: 'legacy/two-keys', key: 'p256', ends: UPDATED, written: 'SIGNED' },
  { name: 'good-index', from: 'index/whole', key: 'p256', ends: UPDATED, written: 'SIGNED' },
  { name: 'good-keys', from: 'bundle/ed25519', key: 'several', ends: UPDATED, written: 'SIGNED' },
  {
    name: 'good-kustomize',
    from: 'bundle/p256',
    key: 'p256',
    ends: UPDATED,
    written: 'SIGNED',
    target: 'kustomization',
  },
  {
    name: 'good-markers',
    from: 'bundle/p256',
    key: 'p256',
    ends: UPDATED,
    written: '1.1.0',
    target: 'markers',
  },
  { name: 'free', from: 'unsigned', key: undefined, ends: UPDATED, written: '1.1.0' },
  {
    name: 'wrong-key',
    from: 'bundle/p256',
    key: 'other',
    ends: ['held', 'signature-invalid'],
    written: KEPT,
    reason: /no signature of 1\.1\.0 \(sha256:.*Secret argocd\/other.*another key/,
  },
  {
    name: 'unsigned',
    from: 'unsigned',
    key: 'p256',
    ends: ['held', 'signature-missing'],
    written: KEPT,
    reason: /1\.1\.0 .* has no signature for the key in cosign\.pub of the Secret argocd\/p256/,
  },
  {
    name: 'attested',
    from: 'attested',
    key: 'p256',
    ends: ['held', 'signature-missing'],
    written: KEPT,
    reason: /attestation of the type/,
  },
  {
    name: 'one-of-index',
    from: 'index/one-image',
    key: 'p256',
    ends: ['held', 'signature-missing'],
    written: KEPT,
  },
  {
    name: 'no-secret',
    from: 'bundle/p256',
    key: 'nowhere',
    ends: ['held', 'gate-unavailable'],
    written: KEPT,
    reason: /there is no Secret argocd\/nowhere.*kubectl create secret/,
  },
  {
    name: 'no-field',
    from: 'bundle/p256',
    key: 'empty',
    ends: ['held', 'gate-unavailable'],
    written: KEPT,
    reason: /no field cosign\.pub/,
  },
  {
    name: 'of-argocd',
    from: 'bundle/p256',
    key: 'repo',
    ends: ['held', 'gate-unavailable'],
    written: KEPT,
    reason: /one of Argo CD's own/,
  },
  {
    name: 'private-key',
    from: 'bundle/p256',
    key: 'private',
    ends: ['held', 'gate-unavailable'],
    written: KEPT,
    reason: /found a private key/,
  },
  {
    name: 'x25519',
    from: 'bundle/p256',
    key: 'x25519',
    ends: ['held', 'gate-unavailable'],
    written: KEPT,
    reason: /found a key of the type x25519/,
  },
  {
    name: 'next-best',
    from: 'bundle/p256',
    key: 'p256',
    ends: UPDATED,
    written: 'SIGNED',
    reason: /passed over: 1\.2\.0 .* has no signature/,
    warning: 'newer-turned-away',
  },
  {
    name: 'broken',
    from: 'bundle/p256',
    key: 'p256',
    ends: ['held', 'gate-unavailable'],
    written: KEPT,
    reason: /could not be checked, so nothing is written: .*500/,
  },
];

const LIVE_REF = {
  namePattern: 'live',
  writeBackConfig: { method: 'argocd' },
  images: [{ alias: 'api', imageName: 'registry.test/acme/good:1.x' }],
  imagesVerification: { cosignKey: { secretName: 'p256', key: 'cosign.pub' } },
};

const PRIVATE_KEY = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

describe('signatures', () => {
  const { root, remove } = createGitRoot();
  let kube: KubeStandIn;
  let docker: DockerRegistry;
  let registry: StandIn;
  let http: GitHttpServer;
  let world: FlowWorld;
  let remote: string;
  let first: CycleReport;
  let second: CycleReport;

  beforeAll(async () => {
    [kube, docker, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
    ]);
    registry = await startStandIn((seen) =>
      seen.url.pathname.includes('/broken/referrers/')
        ? { status: 500, body: 'sorry' }
        : forward(seen, docker.url),
    );
    for (const { name, from } of ROWS) {
      await pushFixture(docker.url, from, { to: `acme/${name}` });
      await pushImage(docker.url, `acme/${name}`, '1.0.0');
    }
    await pushImage(docker.url, 'acme/next-best', '1.2.0');
    remote = createRemote(root, 'signed.git', Object.fromEntries(ROWS.map(fileOf)));
    world = createFlowWorld(IMPATIENT_CLOCK);
    putObjects();
    first = await run();
    second = await run();
  });

  afterAll(async () => {
    await Promise.all([kube.stop(), registry.stop(), docker.stop(), http.stop()]);
    world.remove();
    remove();
  });

  function putObjects(): void {
    const keys: Readonly<Record<string, string>> = {
      p256: fixtureKey('p256'),
      rsa: fixtureKey('rsa'),
      other: fixtureKey('other'),
      several: `${fixtureKey('other')}\n${fixtureKey('ed25519')}`,
      x25519: fixtureKey('x25519'),
      private: PRIVATE_KEY,
      repo: fixtureKey('p256'),
    };
    for (const [name, key] of Object.entries(keys)) putSecret(name, { 'cosign.pub': key });
    putSecret('empty', { 'other.pub': fixtureKey('p256') });
    for (const { name, target = 'values' } of ROWS) {
      const source = { repoURL: `${http.url}/signed.git`, path: name, targetRevision: 'main' };
      kube.objects.put(APPLICATIONS, {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name, namespace: 'argocd' },
        spec: {
          project: 'default',
          destination: { server: 'https://kubernetes.default.svc' },
          source: { ...source, ...(target === 'values' ? { helm: {} } : {}) },
        },
      });
    }
    kube.objects.put(APPLICATIONS, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'live', namespace: 'argocd' },
      spec: {
        project: 'default',
        destination: { server: 'https://kubernetes.default.svc' },
        source: {
          repoURL: `${http.url}/signed.git`,
          path: 'good',
          helm: { parameters: [{ name: 'image.tag', value: KEPT }] },
        },
      },
    });
    kube.objects.put(IMAGE_UPDATERS, {
      apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
      kind: 'ImageUpdater',
      metadata: { name: 'images', namespace: 'argocd' },
      spec: { applicationRefs: [...ROWS.map(refOf), LIVE_REF] },
    });
  }

  function putSecret(name: string, data: Readonly<Record<string, string>>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    const labels = name === 'repo' ? { 'argocd.argoproj.io/secret-type': 'repository' } : {};
    kube.objects.put(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'argocd', labels },
      data: Object.fromEntries(encoded),
    });
  }

  async function run(): Promise<CycleReport> {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    return await world.run({
      ...inCluster(kubeconfig),
      registries: [aRegistryConfig(registry.url, 'registry.test')],
    });
  }

  test.each(ROWS)('$name', ({ name, from, ends, written, reason = /./, warning, target = 'values' }) => {
    const result = first.images.find(({ application }) => application.name === name);
    expect([result?.outcome, result?.code, result?.reason]).toEqual([...ends, expect.stringMatching(reason)]);
    expect(result?.warnings?.map(({ code }) => code)).toEqual(warning === undefined ? undefined : [warning]);
    const version = written === 'SIGNED' ? `1.1.0@${fixtureDigest(from)}` : written;
    const { path, text } = TARGETS[target];
    expect(readAt(remote, 'main', `${name}/${path}`)).toBe(text(name, version));
  });

  test('a commit tells the tag, and records the digest', () => {
    const message = git(remote, ['log', '--format=%B', '-1', '--', 'good/values.yaml']);
    expect(message).toContain("updates image acme/good tag '1.0.0' to '1.1.0'\n");
    expect(message).toContain(`1.1.0@${fixtureDigest('bundle/p256')}`);
  });

  test('the live Application gets the digest, too', () => {
    const live = JSON.stringify(kube.objects.get(APPLICATIONS, 'argocd', 'live')?.['spec']);
    expect(live).toContain(`"value":"1.1.0@${fixtureDigest('bundle/p256')}"`);
  });

  test('a second cycle writes nothing, and asks for no signature of what was written', () => {
    expect(second.images.filter(({ outcome }) => outcome === 'updated')).toEqual([]);
    expect(second.costs.gitPushes).toBe(0);
    const good = ROWS.filter(({ written, name }) => written === 'SIGNED' && name !== 'next-best');
    const asked = (name: string) =>
      registry.lines().filter((line) => line.includes(`/acme/${name}/referrers/`));
    expect(good.map(({ name }) => [name, asked(name).length])).toEqual(good.map(({ name }) => [name, 1]));
    expect(asked('free')).toEqual([]);
    expect(asked('unsigned')).toHaveLength(2);
  });

  test('no key and no text of a Secret is logged', () => {
    const secrets = [PRIVATE_KEY, fixtureKey('p256')].map((pem) => pem.split('\n')[1] ?? '');
    expect(world.logged.filter((line) => secrets.some((one) => line.includes(one)))).toEqual([]);
  });
});

function fileOf({ name, target = 'values' }: Row): readonly [string, string] {
  const { path, text } = TARGETS[target];
  return [`${name}/${path}`, text(name, KEPT)];
}

function refOf({ name, key, target = 'values' }: Row): object {
  const verification =
    key === undefined ? {} : { imagesVerification: { cosignKey: { secretName: key, key: 'cosign.pub' } } };
  const writeBackTarget = TARGETS[target].named;
  return {
    namePattern: name,
    writeBackConfig: { method: 'git', gitConfig: { writeBackTarget } },
    images: [{ alias: 'api', imageName: `registry.test/acme/${name}:1.x` }],
    ...verification,
  };
}
