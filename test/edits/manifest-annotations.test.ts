import { describe, expect, test } from 'vitest';
import { editManifests } from '../../src/edits/manifest-annotations.ts';
import { refusal } from '../helpers/thrown.ts';

const SHOP = { namespace: 'argocd', name: 'shop' };

const FILE = `# Everything of the shop.
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
  namespace: argocd
---
apiVersion: argoproj.io/v1alpha1   # keep
kind: Application
metadata:
  namespace: argocd
  annotations:
    # ours
    a/image-list: >-
      web=acme/web,
      api=acme/api
    other: "1"   # theirs
    a/web.x: y
  name: shop
spec: {}
---
kind: ImageUpdater
metadata: {name: images, namespace: argocd}
---
kind: Application
metadata:
  name: bare
`;

describe('annotations of a manifest', () => {
  test('go and come, and every other byte stays', () => {
    const text = editManifests('apps.yaml', FILE, {
      annotations: [
        { ...SHOP, remove: ['a/image-list', 'not-there'], set: { 'a/web.x': 'z', 'a/new': 'true' } },
        { namespace: '', name: 'bare', remove: [], set: { 'a/image-list': 'web=acme/web:>=1.0,<2.0' } },
      ],
      deleted: [{ namespace: 'argocd', name: 'images' }],
    });
    expect(text).toBe(
      FILE.replace(/    a\/image-list: >-\n.*\n.*\n/, '')
        .replace('    a/web.x: y\n', '    a/web.x: z\n    a/new: "true"\n')
        .replace('---\nkind: ImageUpdater\nmetadata: {name: images, namespace: argocd}\n', '')
        .replace(
          '  name: bare\n',
          '  name: bare\n  annotations:\n    a/image-list: "web=acme/web:>=1.0,<2.0"\n',
        ),
    );
  });

  test('go with their key when there are no others', () => {
    const change = { ...SHOP, remove: ['a/image-list', 'other', 'a/web.x'], set: {} };
    expect(editManifests('apps.yaml', FILE, { annotations: [change], deleted: [] })).toBe(
      FILE.replace(/  annotations:\n[^]*?(?=  name: shop\nspec)/, ''),
    );
  });

  test.each<readonly [name: string, text: string, expected: string]>([
    [
      'a List',
      'kind: List\nitems:\n- kind: Application\n  metadata: {name: shop, namespace: argocd, annotations: {a: b, c: d}}\n',
      'kind: List\nitems:\n- kind: Application\n  metadata: {name: shop, namespace: argocd, annotations: {c: new}}\n',
    ],
    [
      'an ApplicationList, whose items have no kind',
      'kind: ApplicationList\nitems:\n- metadata:\n    name: shop\n    namespace: argocd\n    annotations:\n      a: b\n      c: d\n',
      'kind: ApplicationList\nitems:\n- metadata:\n    name: shop\n    namespace: argocd\n    annotations:\n      c: new\n',
    ],
    [
      'JSON',
      '{\n  "kind": "Application",\n  "metadata": {\n    "name": "shop",\n    "namespace": "argocd",\n    "annotations": {\n      "a": "b",\n      "c": "d"\n    }\n  }\n}\n',
      '{\n  "kind": "Application",\n  "metadata": {\n    "name": "shop",\n    "namespace": "argocd",\n    "annotations": {\n      "c": "new"\n    }\n  }\n}\n',
    ],
    [
      'lines that end with CR LF',
      'kind: Application\r\nmetadata:\r\n  name: shop\r\n  namespace: argocd\r\n  annotations:\r\n    a: b\r\n    c: d # x\r\n',
      'kind: Application\r\nmetadata:\r\n  name: shop\r\n  namespace: argocd\r\n  annotations:\r\n    c: new # x\r\n',
    ],
  ])('are found in %s', (_, text, expected) => {
    const change = { ...SHOP, remove: ['a'], set: { c: 'new' } };
    expect(editManifests('f', text, { annotations: [change], deleted: [] })).toBe(expected);
  });

  test('come into JSON, which is JSON after that', () => {
    const manifest = { kind: 'Application', metadata: { name: 'shop', namespace: 'argocd' } };
    const change = { ...SHOP, remove: ['a'], set: { 'x.y/z': 'new "one"', n: '1' } };
    const text = editManifests('f.json', JSON.stringify({ kind: 'List', items: [manifest] }, null, 2), {
      annotations: [change],
      deleted: [],
    });
    expect(JSON.parse(text)).toEqual({
      kind: 'List',
      items: [{ ...manifest, metadata: { ...manifest.metadata, annotations: change.set } }],
    });
  });

  test('of a file with one resource leave nothing when that goes', () => {
    const text = '# only this\nkind: ImageUpdater\nmetadata:\n  name: shop\n  namespace: argocd\n';
    expect(editManifests('f', text, { annotations: [], deleted: [SHOP] })).toBe('');
  });

  test.each<readonly [string, string]>([
    ['an Application that is not there', 'kind: Application\nmetadata:\n  name: other\n'],
    [
      'annotations that are an alias',
      'x: &a {a: b}\nkind: Application\nmetadata:\n  name: shop\n  namespace: argocd\n  annotations: *a\n',
    ],
  ])('are refused for %s', (_, text) => {
    const change = { ...SHOP, remove: ['a'], set: { c: 'new' } };
    const error = refusal(() => editManifests('f', text, { annotations: [change], deleted: [] }));
    expect(error).toMatchObject({ code: 'key-unsupported' });
  });
});
