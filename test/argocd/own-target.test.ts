import { describe, expect, test } from 'vitest';
import { PREFIX } from '../helpers/annotations.ts';
import { aSource, HELM, policyOf, readWeb } from './an-application.ts';

const TWO = {
  'image-list': 'web=acme/web:1.x, api=acme/api:1.x',
  'web.helm.image-tag': 'web.tag',
  'api.helm.image-tag': 'api.tag',
};

/** Alias, remote, base and file of every policy. */
function placesOf(annotations: Record<string, string>, changes = {}) {
  const { images, problems } = readWeb({ ...TWO, ...annotations }, changes);
  expect(problems).toEqual([]);
  return images.map(({ alias, destination: { target } }) =>
    target.method === 'git'
      ? [alias, target.place.remote.url, target.place.base, target.file]
      : [alias, 'application', target.at, target.format],
  );
}

describe('an image with a target of its own', () => {
  const REMOTE = 'https://git.example/acme/deploy.git';
  const COMMON = { kind: 'helm-values', path: 'apps/shop/values.yaml' };

  test.each<[string, Record<string, string>, unknown]>([
    [
      'a file',
      { 'api.write-back-target': 'helmvalues:/envs/prod.yaml' },
      [REMOTE, 'main', { kind: 'helm-values', path: 'envs/prod.yaml' }],
    ],
    ['a branch', { 'api.git-branch': 'next' }, [REMOTE, 'next', COMMON]],
    [
      'a remote',
      { 'api.git-repository': 'https://git.example/other.git' },
      ['https://git.example/other.git', 'main', COMMON],
    ],
    ['a method', { 'api.write-back-method': 'argocd' }, ['application', 'spec.source', 'helm']],
  ])('%s: the other one stays where it is', (_, own, place) => {
    expect(placesOf({ 'write-back-target': 'helmvalues', ...own })).toEqual([
      ['web', REMOTE, 'main', COMMON],
      ['api', ...(place as unknown[])],
    ]);
  });

  test('everything of one image goes elsewhere, with credentials of its own', () => {
    const { images, problems } = readWeb({
      ...TWO,
      'write-back-target': 'helmvalues',
      'api.write-back-method': 'git:secret:other',
      'api.git-repository': 'git@git.example:other.git',
      'api.git-branch': 'main:updates',
      'api.write-back-target': '/api.yaml',
    });

    expect(problems).toEqual([]);
    expect(images[1]?.destination.target).toMatchObject({
      method: 'git',
      place: {
        remote: { url: 'git@git.example:other.git' },
        base: 'main',
        push: 'updates',
        credentials: { kind: 'secret', namespace: 'argocd', name: 'other' },
      },
      file: { kind: 'helm-values', path: 'api.yaml' },
    });
  });

  test('the type of the target may be another: each image has the keys of its own', () => {
    const { images, problems } = readWeb({
      'image-list': 'web=acme/web:1.x, api=acme/api:1.x',
      'write-back-target': 'helmvalues',
      'api.write-back-target': 'kustomization:/overlays/prod',
      'api.kustomize.image-name': 'API',
    });

    expect(problems).toEqual([]);
    expect(images.map(({ destination: { slot } }) => slot.kind)).toEqual(['helm-parts', 'kustomize']);
  });

  test('a default name key is shared only inside of one file', () => {
    const { images } = readWeb({
      ...TWO,
      'write-back-target': 'helmvalues',
      'api.write-back-target': 'helmvalues:other.yaml',
    });

    expect(images.map(({ destination: { slot } }) => slot.kind === 'helm-parts' && slot.name)).toEqual([
      { path: 'image.name', explicit: false },
      { path: 'image.name', explicit: false },
    ]);
  });

  test('a common target that nobody uses may be impossible', () => {
    const own = { 'git-repository': 'https://git.example/v.git', 'write-back-target': 'helmvalues:/v.yaml' };
    const annotations = Object.fromEntries(
      ['web', 'api'].flatMap((alias) =>
        Object.entries(own).map(([key, value]) => [`${alias}.${key}`, value]),
      ),
    );
    const chart = aSource({ repoURL: 'oci://ghcr.io/acme/chart', path: '.', targetRevision: '1.2.3' });

    expect(placesOf(annotations, { sources: [chart] })).toEqual(
      ['web', 'api'].map((alias) => [
        alias,
        'https://git.example/v.git',
        'HEAD',
        { kind: 'helm-values', path: 'v.yaml' },
      ]),
    );
  });

  test('a fault in the common target stops only those that use it, and is told once', () => {
    const { images, refused, problems } = readWeb({
      ...TWO,
      'write-back-target': 'helmvalues:/',
      'api.write-back-target': 'helmvalues',
    });

    expect(images.map(({ alias }) => alias)).toEqual(['api']);
    expect(refused.map(({ alias }) => alias)).toEqual(['web']);
    expect(problems).toMatchObject([{ alias: undefined, key: `${PREFIX}write-back-target` }]);
  });
});

describe('whom a marker may name', () => {
  const TARGET = { 'write-back-target': 'markers:all.yaml' };

  test.each([
    ['argocd', 'web', ['shop/web', 'argocd/shop/web']],
    ['', 'web', ['shop/web', 'argocd/shop/web']],
    ['team', 'web', ['team/shop/web']],
    ['argocd', 'a/b', ['shop/a_b', 'argocd/shop/a_b']],
  ])('in namespace %j, alias %s: %j', (namespace, alias, names) => {
    const reading = readWeb(
      { ...TARGET, 'image-list': `${alias}=acme/web:1.x` },
      { namespace, sources: [aSource()] },
    );

    expect(policyOf(reading).destination.slot).toEqual({ kind: 'markers', names });
  });

  test('an image without an alias is refused', () => {
    const { images, problems } = readWeb({ ...TARGET, 'image-list': 'acme/web:1.x' });

    expect(images).toEqual([]);
    expect(problems).toMatchObject([{ code: 'annotation-invalid', key: `${PREFIX}image-list` }]);
    expect(problems[0]?.message).toContain('expected an alias');
  });
});

describe('a value file in another source', () => {
  const VALUES = aSource({
    repoURL: 'https://git.example/values.git',
    path: '',
    ref: 'values',
    targetRevision: 'prod',
  });
  function chart(...valueFiles: string[]) {
    return aSource({
      repoURL: 'https://charts.example',
      chart: 'web',
      path: '',
      targetRevision: '1.2.3',
      helm: { parameters: [], valueFiles },
    });
  }
  function sources(...valueFiles: string[]) {
    return { sources: [chart(...valueFiles), VALUES], multiSource: true };
  }
  const FOUND = {
    method: 'git',
    place: { remote: { url: 'https://git.example/values.git' }, base: 'prod', push: undefined },
    file: { kind: 'helm-values', path: 'envs/prod.yaml' },
  };

  test.each<[Record<string, string>, object, object]>([
    [{ 'write-back-target': 'helmvalues:$values/envs/prod.yaml' }, sources(), FOUND],
    [{ 'web.write-back-target': 'helmvalues:$values/envs/prod.yaml' }, sources(), FOUND],
    [{ 'write-back-target': 'helmvalues:$values/envs/../envs//prod.yaml' }, sources(), FOUND],
    // Plain: the only one there is.
    [{ 'write-back-target': 'helmvalues' }, sources('base.yaml', '$values/envs/prod.yaml'), FOUND],
    // git-branch and git-repository are said last.
    [
      { 'write-back-target': 'helmvalues:$values/envs/prod.yaml', 'git-branch': 'main:updates' },
      sources(),
      { ...FOUND, place: { ...FOUND.place, base: 'main', push: 'updates' } },
    ],
    [
      {
        'write-back-target': 'helmvalues:$values/envs/prod.yaml',
        'git-repository': 'ssh://git@git.example/values.git',
      },
      sources(),
      { ...FOUND, place: { ...FOUND.place, remote: { url: 'ssh://git@git.example/values.git' } } },
    ],
    // With a remote of its own, plain helmvalues is the file in its root.
    [
      { 'write-back-target': 'helmvalues', 'git-repository': 'https://git.example/other.git' },
      sources('$values/envs/prod.yaml'),
      {
        place: { remote: { url: 'https://git.example/other.git' }, base: 'HEAD' },
        file: { path: 'values.yaml' },
      },
    ],
    // A chart in Git has its own values.yaml.
    [
      { 'write-back-target': 'helmvalues' },
      {
        sources: [aSource({ helm: { parameters: [], valueFiles: ['$values/envs/prod.yaml'] } }), VALUES],
        multiSource: true,
      },
      { file: { path: 'apps/shop/values.yaml' } },
    ],
  ])('%o with %o', (annotations, changes, target) => {
    expect(policyOf(readWeb(annotations, changes)).destination.target).toMatchObject(target);
  });

  test.each<[string, object, string, string]>([
    ['helmvalues:$vals/x.yaml', sources(), 'annotation-invalid', 'found "$vals" (there is $values)'],
    [
      'helmvalues:$values/x.yaml',
      { sources: [aSource(HELM), VALUES, VALUES], multiSource: true },
      'target-ambiguous',
      'found spec.sources[1] and spec.sources[2]',
    ],
    [
      'helmvalues',
      sources('$values/a.yaml', '$values/b.yaml'),
      'target-ambiguous',
      'found $values/a.yaml, $values/b.yaml',
    ],
    ['helmvalues:$values/../x.yaml', sources(), 'target-outside', 'leads out of it'],
  ])('refuses %s', (target, changes, code, line) => {
    const { images, problems } = readWeb({ 'write-back-target': target }, changes);

    expect(images).toEqual([]);
    expect(problems).toMatchObject([
      { code, key: `${PREFIX}write-back-target`, message: expect.stringContaining(line) as string },
    ]);
  });
});
