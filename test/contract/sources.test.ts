import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ApplicationLister } from '../../src/ports/application-source.ts';
import { APPLICATIONS, type KubeObject } from '../../src/kube/kube-client.ts';
import { createFileSource } from '../../src/sources/files/file-source.ts';
import { createKubernetesSource } from '../../src/sources/kubernetes/kubernetes-source.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { collectLog } from '../helpers/logs.ts';
import { connect, startServer } from '../kube/stand-in.ts';

type CreateSource = (manifests: readonly KubeObject[]) => ApplicationLister | Promise<ApplicationLister>;

/** Every source, made from the same manifests. */
const SOURCES: readonly (readonly [string, CreateSource])[] = [
  ['files', filesWith],
  ['kubernetes', clusterWith],
];

function filesWith(manifests: readonly KubeObject[]): ApplicationLister {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-sources-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [index, manifest] of manifests.entries())
    writeFileSync(join(folder, `${index}.json`), JSON.stringify(manifest));
  return createFileSource({ paths: [folder] });
}

async function clusterWith(manifests: readonly KubeObject[]): Promise<ApplicationLister> {
  const server = await startServer();
  for (const object of manifests) server.objects.put(APPLICATIONS, object);
  const clock = createVirtualClock();
  const kube = await connect(server, { clock });
  const source = createKubernetesSource({
    kube,
    namespaces: 'own',
    argocdNamespace: 'argocd',
    clock,
    log: collectLog().log,
  });
  onTestFinished(() => source.close());
  source.start(new AbortController().signal);
  await source.ready();
  return source;
}

function manifest(
  name: string,
  spec: object = { source: { repoURL: 'https://git.example/a.git' } },
): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', labels: { team: 'shop' }, annotations: { 'example.com/x': 'y' } },
    spec,
  };
}

describe.each(SOURCES)('the source %s', (_, create) => {
  const signal = new AbortController().signal;

  test('lists every Application, annotated or not', async () => {
    const { applications, problems } = await (await create([manifest('a'), manifest('b')])).list(signal);

    expect(problems).toEqual([]);
    expect(applications.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(applications[0]).toMatchObject({
      namespace: 'argocd',
      labels: { team: 'shop' },
      annotations: { 'example.com/x': 'y' },
      sources: [{ repoURL: 'https://git.example/a.git' }],
    });
  });

  test('a manifest that cannot be used is a problem with its name, and the others go on', async () => {
    const source = await create([manifest('bad', {}), manifest('good')]);
    const { applications, problems } = await source.list(signal);

    expect(applications.map(({ name }) => name)).toEqual(['good']);
    expect(problems).toMatchObject([
      { application: { namespace: 'argocd', name: 'bad' }, code: 'application-invalid', key: 'spec' },
    ]);
  });

  test('says where it found each, and says the same when it is asked again', async () => {
    const source = await create([manifest('a'), manifest('b')]);
    const first = await source.list(signal);

    expect(first.applications.every(({ origin }) => origin !== '')).toBe(true);
    expect(await source.list(signal)).toEqual(first);
  });

  test('stops when it is told to', async () => {
    const source = await create([manifest('a')]);
    await expect(source.list(AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
