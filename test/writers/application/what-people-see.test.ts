import { describe, expect, test } from 'vitest';
import { describeWarning } from '../../../src/core/reasons/describe-warning.ts';
import type { KubeObject } from '../../../src/kube/kube-client.ts';
import { createDryRunApplicationWriter } from '../../../src/writers/application/dry-run-application-writer.ts';
import { listDiff } from '../../../src/writers/application/list-diff.ts';
import { ownerWarnings } from '../../../src/writers/application/owner-warnings.ts';
import { createSyncRequester } from '../../../src/writers/application/sync-requester.ts';
import { aChange, anApplication, HELM, specOf } from '../../edits/application/changes.ts';
import { FOREVER } from '../../kube/stand-in.ts';
import { aSet, createApplicationWorld } from './application-world.ts';

const SHOP = { namespace: 'argocd', name: 'shop' };
const PRE = 'the Application may not stay as it is written: ';
const CURE = 'let it write to Git instead: write-back-method: git';

function withMetadata(metadata: Readonly<Record<string, unknown>>): KubeObject {
  return { metadata: { ...SHOP, ...metadata } };
}

describe('whoever may undo a change is named', () => {
  test.each<[Readonly<Record<string, unknown>>, readonly (string | RegExp)[]]>([
    [{}, []],
    [{ labels: { 'app.kubernetes.io/instance': '' }, ownerReferences: 'x' }, []],
    [
      { ownerReferences: [{ kind: 'ApplicationSet', name: 'shops', controller: true }] },
      [
        /: it was made by the ApplicationSet shops, which puts its own spec back unless its ignoreApplicationDifferences/,
      ],
    ],
    [
      {
        ownerReferences: [
          null,
          { kind: 'Tenant', name: 'acme', controller: true },
          { kind: 'Other', name: 'x' },
        ],
      },
      [`${PRE}it is deployed by the Tenant acme, which may put its own manifest back; ${CURE}`],
    ],
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'apps:argoproj.io/Application:argocd/shop' } },
      [`${PRE}it is deployed by the Application apps, which may put its own manifest back; ${CURE}`],
    ],
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'apps:argoproj.io/Application:argocd/another' } },
      [],
    ],
    [
      { labels: { 'app.kubernetes.io/instance': 'apps' } },
      [/: its label app.kubernetes.io\/instance shows that the Application apps may deploy it/],
    ],
    [
      {
        annotations: { 'argocd.argoproj.io/tracking-id': 'apps:argoproj.io/Application:argocd/shop' },
        labels: { 'app.kubernetes.io/instance': 'apps' },
      },
      [/Application apps/],
    ],
    [
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'cluster' } },
      [
        `${PRE}it is deployed by the Flux Kustomization cluster, which may put its own manifest back; ${CURE}`,
      ],
    ],
    [
      { ownerReferences: [{ kind: 'ApplicationSet', name: `shops\nlevel=error ${'x'.repeat(300)}` }] },
      [/made by the ApplicationSet shops level=error x{200,240}, which puts/],
    ],
  ])('%j', (metadata, warnings) => {
    const found = ownerWarnings(withMetadata(metadata)).map(describeWarning);

    expect(found).toHaveLength(warnings.length);
    for (const [index, warning] of warnings.entries()) expect(found[index]).toMatch(warning);
  });

  test('in the result of a write', async () => {
    const world = await createApplicationWorld();
    const labels = { 'app.kubernetes.io/instance': 'apps' };
    world.put({ ...anApplication({ helm: {} }), metadata: { ...SHOP, labels } });

    const { warnings } = await world.writer.apply(aSet([aChange({ slot: specOf('image') })]), FOREVER);

    expect(warnings.map(describeWarning)).toEqual([
      expect.stringContaining('the Application apps may deploy it'),
    ]);
  });
});

describe('the diff', () => {
  test('shows what changes, and of other entries only their names: a value may be a password', () => {
    const password = { name: 'db.password', value: 'hunter2' };
    const before = [password, { name: 'image', value: 'acme/api:1' }];
    const after = [password, { name: 'image', value: 'acme/api:2', forceString: true }];

    expect(listDiff(SHOP, { path: 'spec.source.helm.parameters', before, after })).toBe(
      `--- a/argocd/shop/spec.source.helm.parameters
+++ b/argocd/shop/spec.source.helm.parameters
@@ -1,4 +1,5 @@
 - name: db.password
   value: …
 - name: image
-  value: acme/api:1
+  value: acme/api:2
+  forceString: true
`,
    );
  });

  test('of images shows all of them', () => {
    const [before, after] = [['acme/web:1'], ['acme/web:1', 'acme/api:2\n- forged']];

    expect(listDiff(SHOP, { path: 'spec.source.kustomize.images', before, after })).toContain(
      ' - acme/web:1\n+- acme/api:2 - forged\n',
    );
  });

  test('of a new list comes from nothing', () => {
    expect(listDiff(SHOP, { path: 'p', before: [], after: ['a:1'] })).toBe(
      '--- /dev/null\n+++ b/argocd/shop/p\n@@ -0,0 +1,1 @@\n+- a:1\n',
    );
  });
});

describe('a dry run', () => {
  const CHANGE = aChange({ slot: specOf('image') });

  test('shows the diff and writes nothing', async () => {
    const world = await createApplicationWorld();
    const before = world.put(anApplication({ helm: {} }));

    const result = await createDryRunApplicationWriter(world).apply(aSet([CHANGE]), FOREVER);

    expect(result).toMatchObject({ ending: { kind: 'shown' }, refused: [] });
    expect(result.diff).toContain('+- name: image\n+  value: ghcr.io/acme/api:2.0\n+  forceString: true\n');
    expect(world.get()).toEqual(before);
    expect(world.patches()).toBe(0);
  });

  test('tells what would be refused, what is there already, and what cannot be read', async () => {
    const world = await createApplicationWorld();
    const dryRun = createDryRunApplicationWriter(world);
    world.put(anApplication({ helm: { parameters: [{ name: 'image', value: 'ghcr.io/acme/api:2.0' }] } }));
    const later = aChange({ slot: specOf('image'), to: '3.0' });

    const results = [
      await dryRun.apply(aSet([CHANGE]), FOREVER),
      await dryRun.apply(aSet([later]), FOREVER),
      await dryRun.apply(aSet([CHANGE], HELM, 'nowhere'), FOREVER),
    ];

    expect(results.map(({ ending }) => ending)).toMatchObject([
      { kind: 'unchanged' },
      { kind: 'failed', error: { code: 'changed-meanwhile' } },
      { kind: 'failed', error: { code: 'kube-not-found' } },
    ]);
  });
});

describe('a refresh', () => {
  test('sets the annotation of Argo CD and leaves the others', async () => {
    const world = await createApplicationWorld();
    world.put(anApplication({ helm: {} }));

    await createSyncRequester(world).refresh(SHOP, FOREVER);

    expect(world.get()?.metadata?.annotations).toEqual({
      note: 'a & b',
      'argocd.argoproj.io/refresh': 'normal',
    });
  });

  test('of an Application that is gone is an error', async () => {
    const world = await createApplicationWorld();

    await expect(createSyncRequester(world).refresh(SHOP, FOREVER)).rejects.toMatchObject({
      code: 'kube-not-found',
    });
  });
});
