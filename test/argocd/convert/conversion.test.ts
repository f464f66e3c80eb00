import { describe, expect, test } from 'vitest';
import type { Application } from '../../../src/argocd/application.ts';
import { namePatterns } from '../../../src/argocd/convert/name-patterns.ts';
import { toAnnotations } from '../../../src/argocd/convert/to-annotations.ts';
import { toUpdaters, type UpdaterGrouping } from '../../../src/argocd/convert/to-updaters.ts';
import { readImageUpdater, type ImageUpdaterReading } from '../../../src/argocd/parse-image-updater.ts';
import { compileGlob } from '../../../src/core/tags/glob.ts';
import { prefixed } from '../../helpers/annotations.ts';
import { anApplication, aSource, CONTEXT } from '../an-application.ts';
import { updaterManifest } from '../an-updater.ts';

const WEB = { 'image-list': 'web=acme/web:1.x' };

function named(
  name: string,
  annotations: Readonly<Record<string, string>>,
  namespace = 'argocd',
): Application {
  return { ...anApplication(annotations), name, namespace };
}

function toResources(
  applications: readonly Application[],
  {
    readings = [],
    groupedBy = 'namespace',
  }: { readings?: readonly ImageUpdaterReading[]; groupedBy?: UpdaterGrouping } = {},
) {
  return toUpdaters({ applications, updaters: { readings, unreadable: [] } }, CONTEXT, groupedBy);
}

function resource(spec: unknown, metadata = {}): ImageUpdaterReading {
  return readImageUpdater(updaterManifest(spec, metadata), 'x');
}

describe('to resources', () => {
  test('each namespace has one, and its entries are for exactly these Applications', () => {
    const { created, changes, problems } = toResources([
      named('shop-1', WEB),
      named('shop-2', { 'image-list': ' web=acme/web:1.x', 'write-back-method': '' }),
      named('shop-10', WEB),
      named('blog', { 'image-list': 'acme/blog', 'ignore-tags': 'a,regexp:^b{1,2}$', 'blog.x': '' }),
      named('wiki', { 'image-list': 'w=acme/wiki', 'w.force-update': 'TRUE', 'w.platforms': 'linux/arm64' }),
      named('shop', WEB, 'team'),
      named('bare', {}),
    ]);
    expect(created).toEqual([
      {
        apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
        kind: 'ImageUpdater',
        metadata: { name: 'images', namespace: 'argocd' },
        spec: {
          applicationRefs: [
            { namePattern: 'shop-10', images: [{ alias: 'web', imageName: 'acme/web:1.x' }] },
            { namePattern: 'shop-[12]', images: [{ alias: 'web', imageName: 'acme/web:1.x' }] },
            { namePattern: 'blog', useAnnotations: true },
            {
              namePattern: 'wiki',
              images: [
                {
                  alias: 'w',
                  imageName: 'acme/wiki',
                  commonUpdateSettings: { forceUpdate: true, platforms: ['linux/arm64'] },
                },
              ],
            },
          ],
        },
      },
      expect.objectContaining({ metadata: { name: 'images', namespace: 'team' } }),
    ]);
    // A misspelt annotation keeps an Application as it is, and is named.
    expect(problems.map(({ application, code, key }) => [application.name, code, key])).toEqual([
      ['blog', 'annotation-invalid', 'argocd-image-updater.argoproj.io/blog.x'],
    ]);
    expect(changes.map(({ application }) => application.name)).toEqual([
      'shop-1',
      'shop-2',
      'shop-10',
      'wiki',
      'shop',
    ]);
  });

  test('annotations that there is no field for are of the resource, so others have another resource', () => {
    const { created, problems } = toResources([
      named('a', { ...WEB, 'web.interval': '30m', rollback: 'never-hold', 'web.hold': 'x' }),
      named('b', WEB),
      named('c', { ...WEB, rollback: 'never-hold', 'web.interval': '30m' }),
    ]);
    expect(problems).toEqual([]);
    expect(
      created.map(({ metadata, spec }) => [
        metadata,
        spec.applicationRefs.map(({ namePattern }) => namePattern),
      ]),
    ).toEqual([
      [
        {
          name: 'images',
          namespace: 'argocd',
          annotations: prefixed({ 'web.interval': '30m', rollback: 'never-hold' }),
        },
        ['[ac]'],
      ],
      [{ name: 'images-2', namespace: 'argocd' }, ['b']],
    ]);
  });

  test('each Application can have its own, under a name that is free', () => {
    const readings = [
      resource(
        { applicationRefs: [{ namePattern: 'x', useAnnotations: true }] },
        { name: 'shop', namespace: 'team' },
      ),
    ];
    const applications = [named('shop', WEB), named('shop', WEB, 'elsewhere')];
    expect(
      toResources(applications, { groupedBy: 'application', readings }).created.map(
        ({ metadata }) => metadata,
      ),
    ).toEqual([
      { name: 'shop', namespace: 'argocd' },
      { name: 'shop', namespace: 'elsewhere' },
    ]);
  });

  test.each([
    ['no alias', { 'image-list': 'ghcr.io/acme/web:1.x' }, 'web'],
    ['two without alias of one name', { 'image-list': 'a.example/web, b.example/web' }, 'web,web-2'],
    ['no alias, where another has the name', { 'image-list': 'acme/web, web=acme/other' }, 'web-2,web'],
    [
      'an alias with a slash',
      { 'image-list': 'shop/web=acme/web', 'shop_web.allow-tags': 'any' },
      'shop_web',
    ],
    ['an alias that begins with _', { 'image-list': '_w=acme/web', '_w.helm.image-tag': 'x' }, 'w'],
  ])('%s gets an alias, and that is said', (_, annotations, aliases) => {
    const { created, problems, notes } = toResources([named('shop', annotations)]);
    expect(problems).toEqual([]);
    const [ref] = created[0]?.spec.applicationRefs ?? [];
    expect(ref?.['images']).toMatchObject(aliases.split(',').map((alias) => ({ alias })));
    expect(notes.length).toBeGreaterThan(0);
  });

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    [
      'labels without a host',
      { 'write-back-method': 'git', 'pull-request': 'true', 'pull-request-labels': 'a,b' },
    ],
    ['a blank order of one image', { 'allow-tags': 'regexp:^v(.*)$', order: 'numeric', 'web.order': '' }],
  ])('what cannot be said stays with the annotations, and is named: %s', (_, more) => {
    const { created, changes, problems } = toResources([
      named('shop', { ...WEB, ...more }),
      named('good', WEB),
    ]);
    expect(problems.map(({ application, code }) => [application.name, code])).toEqual([
      ['shop', 'not-convertible'],
    ]);
    expect(created[0]?.spec.applicationRefs).toMatchObject([
      { namePattern: 'shop', useAnnotations: true },
      { namePattern: 'good', images: [{ alias: 'web' }] },
    ]);
    expect(changes.map(({ application }) => application.name)).toEqual(['good']);
  });

  test('annotations that do not count today are left alone', () => {
    const readings = [
      resource({ applicationRefs: [{ namePattern: 'shop', images: [{ alias: 'a', imageName: 'a' }] }] }),
    ];
    const { created, changes, notes } = toResources([named('shop', WEB), named('left', WEB)], { readings });
    expect([created, changes]).toEqual([[], []]);
    expect(notes.map(({ application }) => application.name)).toEqual(['shop', 'left']);
  });
});

describe('an Application of which only Argo CD knows what its source is', () => {
  const BLIND = { sources: [aSource()] };

  test.each([
    ['nothing but the image', WEB],
    ['keys of Helm', { ...WEB, 'web.helm.image-tag': 'x' }],
    ['keys of Kustomize', { ...WEB, 'web.kustomize.image-name': 'x' }],
    ['keys of a plugin', { ...WEB, 'web.plugin.image-tag': 'X' }],
  ])('is converted there and back: %s', (_, annotations) => {
    const application = { ...named('shop', annotations), ...BLIND };
    const { created, problems } = toResources([application]);
    expect(problems).toEqual([]);
    expect(created[0]?.spec.applicationRefs).toMatchObject([{ images: [{ alias: 'web' }] }]);
    const readings = created.map((document) => readImageUpdater(document, 'x'));
    const bare = { ...named('shop', {}), ...BLIND };
    const back = toAnnotations({ applications: [bare], updaters: { readings, unreadable: [] } }, CONTEXT);
    expect(back.problems).toEqual([]);
    expect(back.changes).toMatchObject([{ set: prefixed(annotations) }]);
  });
});

describe('to annotations', () => {
  const IMAGES = [{ alias: 'web', imageName: 'acme/web:1.x' }];

  function toText(applications: readonly Application[], readings: readonly ImageUpdaterReading[]) {
    return toAnnotations({ applications, updaters: { readings, unreadable: [] } }, CONTEXT);
  }

  test('labels and globs are the Applications that they match; what is left over goes, a hold stays', () => {
    const readings = [
      resource({
        commonUpdateSettings: { platforms: ['linux/arm64'], allowTags: 'any' },
        applicationRefs: [
          { namePattern: 'shop*', labelSelectors: { matchLabels: { tier: 'a' } }, images: IMAGES },
        ],
      }),
    ];
    const labels = { tier: 'a' };
    const { changes, deleted, problems } = toText(
      [
        {
          ...named('shop-1', { 'web.hold': 'x', 'web.update-strategy': 'digest', 'image-list': 'old' }),
          labels,
        },
        named('shop-2', WEB),
        named('other', {}),
      ],
      readings,
    );
    expect(problems).toEqual([]);
    expect(deleted).toEqual([{ namespace: 'argocd', name: 'images' }]);
    expect(changes).toEqual([
      {
        application: { namespace: 'argocd', name: 'shop-1' },
        remove: Object.keys(prefixed({ 'web.update-strategy': '' })),
        set: prefixed({
          'image-list': 'web=acme/web:1.x',
          'allow-tags': 'any',
          'web.platforms': 'linux/arm64',
        }),
      },
      { application: { namespace: 'argocd', name: 'shop-2' }, remove: Object.keys(prefixed(WEB)), set: {} },
    ]);
  });

  test.each<readonly [string, unknown, string]>([
    [
      'signatures',
      {
        imagesVerification: { cosignKey: { secretName: 'cosign', key: 'cosign.pub' } },
        applicationRefs: [{ namePattern: 'shop', images: IMAGES }],
      },
      'policy.verification',
    ],
    [
      'a resource that cannot be read',
      { applicationRefs: [{ namePattern: '[', images: IMAGES }] },
      'spec.applicationRefs[0].namePattern',
    ],
    [
      'a resource that matches nothing',
      { applicationRefs: [{ namePattern: 'gone', images: IMAGES }] },
      'spec.applicationRefs',
    ],
    [
      'an image that cannot be read',
      { applicationRefs: [{ namePattern: 'shop', images: [{ alias: 'a', imageName: 'A B' }] }] },
      '',
    ],
  ])(
    'a namespace with what cannot be said stays as it is, and the other is converted: %s',
    (_, spec, key) => {
      const good = { applicationRefs: [{ namePattern: 'shop', images: IMAGES }] };
      const { changes, deleted, problems } = toText(
        [named('shop', {}), named('shop', {}, 'team')],
        [resource(spec), resource(good, { namespace: 'team' })],
      );
      expect(problems).toHaveLength(1);
      expect(problems[0]?.key).toContain(key);
      expect(deleted).toEqual([{ namespace: 'team', name: 'images' }]);
      expect(changes.map(({ application }) => application.namespace)).toEqual(['team']);
    },
  );
});

test.each<readonly [names: readonly string[], patterns: readonly string[]]>([
  [[], []],
  [['a'], ['a']],
  [['shop-a', 'shop-b', 'shop-c'], ['shop-[abc]']],
  [
    ['shop-a', 'shop-10', 'blog'],
    ['blog', 'shop-10', 'shop-a'],
  ],
  [
    ['a-1-x', 'a-2-x', 'a-2-y', 'a-2-z'],
    ['a-1-x', 'a-2-[xyz]'],
  ],
  [
    ['a-b', 'a.b'],
    ['a-b', 'a.b'],
  ],
])('patterns for %j match these and no others', (names, patterns) => {
  expect(namePatterns(names)).toEqual(patterns);
  const globs = patterns.map(compileGlob);
  const matched = (name: string) => globs.some((glob) => typeof glob === 'function' && glob(name));
  for (const name of names) expect(matched(name)).toBe(true);
  for (const name of ['', 'shop-', 'shop-d', 'shop-ab', 'a-1-y', 'x'].filter((one) => !names.includes(one)))
    expect(matched(name)).toBe(false);
});
