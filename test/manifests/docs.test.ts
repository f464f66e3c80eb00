import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { THEIR_CONFIG_KEYS, THEIR_SECRET_KEYS } from './config-keys.ts';
import { faultsIn } from './kube-schema.ts';
import { installation, manifestsOf, MANIFESTS, renderText, workloadOf, type Manifest } from './rendered.ts';

const read = (page: string): string => readFileSync(join(MANIFESTS, '../docs', page), 'utf8');

/** Examples of a page: kustomizations for beside a checkout, and objects to apply. */
function examplesOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);
}

const EXAMPLES = ['install.md', 'sharding.md'].flatMap((page) => examplesOf(page));
const isKustomization = (text: string): boolean => text.includes('kind: Kustomization');

/** What the pod of the base takes from a ConfigMap or Secret: `key -> VARIABLE or /path`. */
function takenKeys(): readonly string[] {
  const { pod, container } = workloadOf(installation('base'));
  const variables = container.env.flatMap(({ name, valueFrom }) => {
    const ref = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
    return ref === undefined ? [] : [`${ref.key} -> ${name}`];
  });
  const files = pod.volumes.find(({ name }) => name === 'image-updater-conf')?.configMap?.items ?? [];
  return [...variables, ...files.map(({ key, path }) => `${key} -> /app/config/${path}`)].toSorted();
}

describe('docs/install.md', () => {
  const page = read('install.md');

  test('has a row for each key that is taken', () => {
    const rows = [...page.matchAll(/^\| `([\w.-]+)` \| `([\w/.]+)` \|$/gm)];
    expect(rows.map(([, key, becomes]) => `${key ?? ''} -> ${becomes ?? ''}`).toSorted()).toEqual(
      takenKeys(),
    );
  });

  test('names every key of Argo CD Image Updater that is not', () => {
    const start = page.indexOf('| without effect |');
    const table = page.slice(start, page.indexOf('\n\n', start)).split('\n').slice(2);
    const named = table.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([\w.-]+)`/g)].map(([, key]) => key),
    );
    const taken = takenKeys().map((key) => key.split(' ')[0]);
    const theirs = [...THEIR_CONFIG_KEYS, ...THEIR_SECRET_KEYS].map(({ key }) => key);
    expect(new Set(named)).toEqual(new Set(theirs.filter((key) => !taken.includes(key))));
  });

  test('names every component, and only those that are there', () => {
    const named = [...page.matchAll(/^\| `(components\/[\w-]+|monitoring)` \|/gm)].map(
      ([, path = '']) => path,
    );
    expect(named).toHaveLength(20);
    expect(named.filter((path) => !existsSync(join(MANIFESTS, path, 'kustomization.yaml')))).toEqual([]);
  });

  test('tells the resources that the pod asks for', () => {
    const { requests, limits } = workloadOf(installation('base')).container.resources;
    const said = `${requests['memory'] ?? ''} are requested, and the limit is ${limits['memory'] ?? ''}`;
    expect(page).toContain(said.replaceAll('Mi', ' MiB').replaceAll('Gi', ' GiB'));
  });
});

describe('the examples of the pages', () => {
  test('are all tried here', () => {
    expect(EXAMPLES.filter(isKustomization)).toHaveLength(4);
    expect(EXAMPLES.filter((text) => !isKustomization(text))).toHaveLength(2);
  });

  test.each(EXAMPLES.filter(isKustomization))('render: %s', (text) => {
    const manifests = renderText(text.replaceAll('lynceus/manifests/', 'MANIFESTS/'));
    const { workload, container } = workloadOf(manifests);
    if (text.includes('newName')) expect(container.image).toMatch(/^registry\.example\.com\/tools\/lynceus:/);
    if (text.includes('--shard')) {
      expect(workload.spec.replicas).toBe(4);
      expect(container.args).toEqual(['run', '--shard=$(SHARD)/4']);
    }
  });

  test.each(EXAMPLES.filter((text) => !isKustomization(text)))('are what Kubernetes takes: %s', (text) => {
    const manifests = manifestsOf(text);
    expect(manifests.flatMap((one) => faultsIn(one, `V1${one.kind}`, one.kind))).toEqual([]);
  });

  test('give in one namespace what the component gives in all', () => {
    const roles = EXAMPLES.filter((text) => !isKustomization(text)).flatMap((text) => manifestsOf(text));
    const rulesOf = (kind: string, all: readonly Manifest[]): unknown =>
      all.find((one) => one.kind === kind)?.['rules'];
    expect(rulesOf('Role', roles)).toEqual(rulesOf('ClusterRole', installation('cluster-wide')));
  });
});
