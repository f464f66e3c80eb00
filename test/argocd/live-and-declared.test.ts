import { describe, expect, test } from 'vitest';
import type { Application } from '../../src/argocd/application.ts';
import type { TrackedImage } from '../../src/core/policy.ts';
import { aSource, KUSTOMIZE, policyOf, readWeb } from './an-application.ts';

type Annotations = Readonly<Record<string, string>>;
type Special = Partial<Application>;

const KUSTOMIZED: Special = { sources: [aSource(KUSTOMIZE)] };

describe('what the cluster and the spec say now', () => {
  test.each<[readonly string[] | undefined, Annotations, Special, TrackedImage['observed']['live']]>([
    [undefined, {}, {}, 'unknown'],
    [[], {}, {}, 'not-live'],
    [['acme/web:1.0'], {}, {}, 'live'],
    [['docker.io/acme/web:1.0'], {}, {}, 'live'],
    [['index.docker.io/acme/web@sha256:' + 'a'.repeat(64)], {}, {}, 'live'],
    [['nginx:1'], { 'image-list': 'web=docker.io/library/nginx' }, {}, 'live'],
    [['docker.io/library/nginx:1'], { 'image-list': 'web=nginx' }, {}, 'live'],
    [['ghcr.io/acme/web:1.0'], {}, {}, 'not-live'],
    [['acme/webshop:1.0'], {}, {}, 'not-live'],
    [['::not an image::', 'acme/web'], {}, {}, 'live'],
    [['acme/base:1'], { 'web.kustomize.image-name': 'acme/base' }, KUSTOMIZED, 'live'],
    [['acme/web:1'], { 'web.kustomize.image-name': 'acme/base' }, KUSTOMIZED, 'live'],
    [['acme/other:1'], { 'web.kustomize.image-name': 'acme/base' }, KUSTOMIZED, 'not-live'],
  ])('%j running, %o: %s', (liveImages, annotations, changes, live) => {
    expect(policyOf(readWeb(annotations, { liveImages, ...changes })).observed.live).toBe(live);
  });

  function parameters(values: Readonly<Record<string, string>>): Special {
    const list = Object.entries(values).map(([name, value]) => ({ name, value, forceString: false }));
    return { sources: [aSource({ helm: { parameters: list, valueFiles: [] } })] };
  }
  function images(...list: readonly string[]): Special {
    return { sources: [aSource({ kustomize: { images: list } })] };
  }
  function env(values: Readonly<Record<string, string>>): Special {
    return {
      sources: [
        aSource({ plugin: { env: Object.entries(values).map(([name, value]) => ({ name, value })) } }),
      ],
    };
  }
  const DIGEST = `sha256:${'a'.repeat(64)}`;

  test.each<[Annotations, Special, TrackedImage['observed']['declared']]>([
    [{}, parameters({}), undefined],
    [{}, parameters({ other: '1' }), undefined],
    [{}, parameters({ 'image.tag': '1.0' }), { name: undefined, tag: '1.0', digest: undefined }],
    [
      {},
      parameters({ 'image.name': 'acme/web', 'image.tag': '1.0' }),
      { name: 'acme/web', tag: '1.0', digest: undefined },
    ],
    [{}, parameters({ 'image.tag': `1.0@${DIGEST}` }), { name: undefined, tag: '1.0', digest: DIGEST }],
    [{}, parameters({ 'image.tag': '' }), undefined],
    [{}, parameters({ 'image.tag': DIGEST }), { name: undefined, tag: undefined, digest: DIGEST }],
    [
      { 'web.helm.image-tag': 'web.tag' },
      parameters({ 'image.tag': '1', 'web.tag': '2' }),
      { name: undefined, tag: '2', digest: undefined },
    ],
    [
      { 'web.helm.image-spec': 'image' },
      parameters({ image: `ghcr.io/acme/web:1.0@${DIGEST}` }),
      { name: 'ghcr.io/acme/web', tag: '1.0', digest: DIGEST },
    ],
    [{ 'web.helm.image-spec': 'image' }, parameters({ image: 'not an image' }), undefined],
    [{}, images(), undefined],
    [{}, images('other:1', 'acme/web:1.0'), { name: 'acme/web', tag: '1.0', digest: undefined }],
    [{}, images('docker.io/acme/web:1.0'), { name: 'docker.io/acme/web', tag: '1.0', digest: undefined }],
    [{}, images('acme/web=quay.io/acme/web:2'), { name: 'acme/web', tag: '2', digest: undefined }],
    [{}, images('base=acme/web:2'), { name: 'acme/web', tag: '2', digest: undefined }],
    [{}, images('base=acme/web:2', 'acme/web:3'), { name: 'acme/web', tag: '3', digest: undefined }],
    [{ 'web.kustomize.image-name': 'other' }, images('base=acme/web:2'), undefined],
    [{}, images('acme/web=not an image'), undefined],
    [
      { 'web.kustomize.image-name': 'base' },
      images('base=acme/web:2'),
      { name: 'acme/web', tag: '2', digest: undefined },
    ],
    [
      { 'web.kustomize.image-name': '_WEB_' },
      images('_WEB_=acme/web:2'),
      { name: 'acme/web', tag: '2', digest: undefined },
    ],
    [{}, images(`acme/web@${DIGEST}`), { name: 'acme/web', tag: undefined, digest: DIGEST }],
    [
      { 'web.plugin.image-tag': 'TAG' },
      env({ TAG: '1.0' }),
      { name: undefined, tag: '1.0', digest: undefined },
    ],
    [
      { 'web.plugin.image-spec': 'IMG' },
      env({ IMG: 'acme/web:1.0' }),
      { name: 'acme/web', tag: '1.0', digest: undefined },
    ],
    [{ 'web.plugin.image-tag': 'TAG' }, env({}), undefined],
    [{ 'write-back-target': 'helmvalues' }, parameters({ 'image.tag': '1.0' }), undefined],
    [
      { 'write-back-method': 'argocd' },
      parameters({ 'image.tag': '1.0' }),
      { name: undefined, tag: '1.0', digest: undefined },
    ],
  ])('%o declares what the spec says: %o', (annotations, changes, declared) => {
    expect(policyOf(readWeb(annotations, changes)).observed.declared).toEqual(declared);
  });

  test('the last of two parameters of one name counts, as with Helm', () => {
    const list = ['1', '2'].map((value) => ({ name: 'image.tag', value, forceString: false }));
    const changes = { sources: [aSource({ helm: { parameters: list, valueFiles: [] } })] };

    expect(policyOf(readWeb({}, changes)).observed.declared?.tag).toBe('2');
  });
});
