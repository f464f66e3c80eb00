import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readImageUpdater } from '../../src/argocd/parse-image-updater.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { findOwners } from '../../src/argocd/policy-owners.ts';
import { prefixed } from '../helpers/annotations.ts';
import { anApplication, CONTEXT } from './an-application.ts';
import { anUpdater, updaterManifest } from './an-updater.ts';

type Fields = Readonly<Record<string, unknown>>;

const IMAGES = [{ alias: 'web', imageName: 'acme/web' }];
const REF = { namePattern: '*', images: IMAGES };

function withRef(fields: Fields): Fields {
  return { applicationRefs: [{ ...REF, ...fields }] };
}

function withImage(fields: Fields): Fields {
  return withRef({ images: [{ ...IMAGES[0], ...fields }] });
}

describe('a resource that cannot be read', () => {
  test.each<[string, unknown, string]>([
    ['no spec', undefined, 'spec: expected object, found undefined'],
    ['no applicationRefs', {}, 'spec.applicationRefs: expected array, found undefined'],
    [
      'none of them',
      { applicationRefs: [] },
      'spec.applicationRefs: expected at least one entry, found none',
    ],
    [
      'no namePattern',
      { applicationRefs: [{ images: IMAGES }] },
      'spec.applicationRefs[0].namePattern: expected string',
    ],
    ['an empty namePattern', withRef({ namePattern: '' }), 'spec.applicationRefs[0].namePattern'],
    [
      'a class that is open',
      withRef({ namePattern: 'shop-[' }),
      'expected a glob over names of Applications, found "shop-["',
    ],
    ['an escape of nothing', withRef({ namePattern: 'shop\\' }), 'it ends with "\\"'],
    [
      'neither images nor useAnnotations',
      withRef({ images: [] }),
      'expected at least one image, or useAnnotations: true',
    ],
    [
      'a misspelt field',
      withRef({ nameExpression: 'x' }),
      'spec.applicationRefs[0].nameExpression: there is no such field',
    ],
    [
      'a misspelt setting',
      withImage({ commonUpdateSettings: { allowTag: 'any' } }),
      'commonUpdateSettings.allowTag: there is no such field; did you mean allowTags?',
    ],
    [
      'a number as text',
      withImage({ imageName: 5 }),
      'spec.applicationRefs[0].images[0].imageName: expected string, found number',
    ],
    [
      'a text as list',
      withImage({ commonUpdateSettings: { ignoreTags: '*' } }),
      'ignoreTags: expected array, found string',
    ],
    [
      'a text as truth value',
      withImage({ commonUpdateSettings: { forceUpdate: 'true' } }),
      'forceUpdate: expected boolean, found string',
    ],
    ['no alias', withRef({ images: [{ imageName: 'acme/web' }] }), 'images[0].alias: expected string'],
    ['an alias of odd letters', withImage({ alias: 'a/b' }), 'images[0].alias: expected an alias of letters'],
    [
      'two kinds of target',
      withImage({ manifestTargets: { helm: {}, kustomize: { name: 'x' } } }),
      'manifestTargets: expected exactly one of helm, kustomize, plugin, found helm and kustomize',
    ],
    ['no kind of target', withImage({ manifestTargets: {} }), 'found none'],
    [
      'kustomize without a name',
      withImage({ manifestTargets: { kustomize: {} } }),
      'manifestTargets.kustomize.name: expected string',
    ],
    [
      'two hosts',
      withRef({ writeBackConfig: { gitConfig: { pullRequest: { github: {}, gitlab: {} } } } }),
      'expected exactly one of github, gitlab, found github and gitlab',
    ],
    [
      'no host',
      withRef({ writeBackConfig: { gitConfig: { pullRequest: { labels: ['x'] } } } }),
      'found none',
    ],
    [
      'a check without a key',
      { ...withRef({}), imagesVerification: {} },
      'spec.imagesVerification.cosignKey: expected the key',
    ],
    [
      'In without values',
      withRef({ labelSelectors: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      'expected at least one value with In',
    ],
    [
      'Exists with values',
      withRef({ labelSelectors: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] } }),
      'expected no values with Exists',
    ],
    [
      'an unknown operator',
      withRef({ labelSelectors: { matchExpressions: [{ key: 'a', operator: 'Like', values: ['x'] }] } }),
      'operator',
    ],
    [
      'another namespace',
      { ...withRef({}), namespace: 'other' },
      'spec.namespace: expected the namespace of the resource',
    ],
  ])('%s', (_, spec, expected) => {
    const reading = readImageUpdater(updaterManifest(spec, { generation: 3, uid: 'u' }), 'images.yaml');
    expect(reading).toMatchObject({
      kind: 'problem',
      updater: { namespace: 'argocd', name: 'images', uid: 'u', generation: 3 },
      problem: {
        code: 'updater-invalid',
        updater: { namespace: 'argocd', name: 'images' },
        application: { name: '' },
      },
    });
    expect(reading.kind === 'problem' && reading.problem.message).toContain(expected);
    expect(reading.kind === 'problem' && reading.problem.message).toContain(
      'ImageUpdater argocd/images in images.yaml: ',
    );
  });

  test('no document makes it throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (spec) => {
        expect(['updater', 'problem']).toContain(readImageUpdater(updaterManifest(spec), 'x').kind);
        expect(['updater', 'problem']).toContain(readImageUpdater(spec, 'x').kind);
      }),
    );
  });

  test('spec.namespace of the first releases may name its own', () => {
    expect(anUpdater({ ...withRef({}), namespace: 'argocd' }).refs).toHaveLength(1);
  });
});

/** The problems of the Application `shop` by a resource with one image `web`. */
function problemsOf(spec: Fields, annotations: Readonly<Record<string, string>> = {}) {
  const updater = anUpdater(spec, { annotations: prefixed(annotations) });
  const target = anApplication({});
  const { owners } = findOwners(
    { readings: [{ kind: 'updater', updater }], unreadable: [] },
    CONTEXT,
  )(target);
  const reading = readPolicies(target, CONTEXT, owners);
  expect(reading.images).toEqual([]);
  expect(reading.refused).toMatchObject([{ alias: 'web', updater: { name: 'images' } }]);
  return reading.problems.map(({ code, key, message }) => ({ code, key, message }));
}

describe('a setting that cannot be read', () => {
  const at = 'spec.applicationRefs[0].images[0]';
  test.each<[string, Fields, string, string]>([
    [
      'a strategy',
      { commonUpdateSettings: { updateStrategy: 'newest' } },
      `${at}.commonUpdateSettings.updateStrategy`,
      'expected semver, newest-build',
    ],
    [
      'an expression',
      { commonUpdateSettings: { allowTags: 'regexp:(' } },
      `${at}.commonUpdateSettings.allowTags`,
      'allowTags',
    ],
    [
      'a glob',
      { commonUpdateSettings: { ignoreTags: ['ok-*', '['] } },
      `${at}.commonUpdateSettings.ignoreTags`,
      'ignoreTags',
    ],
    [
      'a platform',
      { commonUpdateSettings: { platforms: ['linux'] } },
      `${at}.commonUpdateSettings.platforms`,
      'platforms',
    ],
    [
      'a login',
      { commonUpdateSettings: { pullSecret: 'ext:/bin/sh' } },
      `${at}.commonUpdateSettings.pullSecret`,
      'pullSecret',
    ],
    ['an image', { imageName: 'acme/we b' }, `${at}.imageName`, 'imageName'],
    ['a constraint', { imageName: 'acme/web:>=x.y.z.q' }, `${at}.imageName`, 'imageName'],
    [
      'a key for another kind',
      { manifestTargets: { kustomize: { name: 'x' } } },
      `${at}.manifestTargets.kustomize.name`,
      'has no effect here',
    ],
  ])('%s', (_, fields, key, text) => {
    const problems = problemsOf(withImage(fields));
    expect(problems).toMatchObject([{ key }]);
    expect(problems[0]?.message).toContain(`ImageUpdater argocd/images: ${key}: `);
    expect(problems[0]?.message).toContain(text);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'a field in place of an annotation',
      { 'allow-tags': 'any' },
      'write spec.commonUpdateSettings.allowTags instead',
    ],
    [
      'the same of one image',
      { 'web.allow-tags': 'any' },
      'write spec.applicationRefs[].images[].commonUpdateSettings.allowTags instead',
    ],
    [
      'a key of a target',
      { 'web.helm.image-tag': 'x' },
      'write spec.applicationRefs[].images[].manifestTargets.helm.tag instead',
    ],
    ['the list', { 'image-list': 'x' }, 'write spec.applicationRefs[].images instead'],
    ['an unknown one', { holdd: 'x' }, 'did you mean hold?'],
    ['an unknown alias', { 'wbe.hold': 'x' }, 'did you mean web.hold?'],
  ])('an annotation of the resource: %s', (_, annotations, text) => {
    expect(problemsOf(withImage({}), annotations)[0]?.message).toContain(text);
  });
});
