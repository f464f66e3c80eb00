import { describe, expect, test } from 'vitest';
import { readImageUpdater, type ImageUpdaterReading } from '../../src/argocd/parse-image-updater.ts';
import { findOwners } from '../../src/argocd/policy-owners.ts';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import type { AnnotationRule } from '../../src/core/annotation-rule.ts';
import { anApplication, CONTEXT } from './an-application.ts';
import { updaterManifest } from './an-updater.ts';

type Fields = Readonly<Record<string, unknown>>;

const IMAGES = [{ alias: 'web', imageName: 'acme/web' }];

function reading(refs: readonly Fields[], metadata: Fields = {}): ImageUpdaterReading {
  return readImageUpdater(
    updaterManifest({ applicationRefs: refs.map((one) => ({ images: IMAGES, ...one })) }, metadata),
    'images.yaml',
  );
}

/** Which entry of a resource is for the Application `shop-api`, by its namePattern; `-` for none. */
function entryFor(refs: readonly Fields[], labels: Readonly<Record<string, string>> = {}): string {
  const { owners } = findOwners(
    { readings: [reading(refs)], unreadable: [] },
    CONTEXT,
  )(anApplication({}, { name: 'shop-api', labels }));
  const [owner] = owners;
  return owner !== undefined && 'ref' in owner ? owner.ref.namePattern : '-';
}

const equals = (key: string, value: string): Fields => ({ matchLabels: { [key]: value } });
const expression = (operator: string, values?: readonly string[]): Fields => ({
  matchExpressions: [{ key: 'team', operator, ...(values === undefined ? {} : { values }) }],
});

describe('selection', () => {
  test.each<[string, readonly Fields[], Readonly<Record<string, string>>, string]>([
    ['a name', [{ namePattern: 'shop-api' }], {}, 'shop-api'],
    ['another name', [{ namePattern: 'shop' }], {}, '-'],
    ['a glob', [{ namePattern: 'shop-*' }], {}, 'shop-*'],
    ['the whole name', [{ namePattern: 'shop?' }], {}, '-'],
    ['one character', [{ namePattern: 'shop?api' }], {}, 'shop?api'],
    ['a class', [{ namePattern: 'shop-[a-c]pi' }], {}, 'shop-[a-c]pi'],
    ['a class that is none of it', [{ namePattern: 'shop-[^a]pi' }], {}, '-'],
    ['braces mean themselves', [{ namePattern: 'shop-{api,web}' }], {}, '-'],
    ['upper case', [{ namePattern: 'Shop-*' }], {}, '-'],
    ['the more specific one', [{ namePattern: '*' }, { namePattern: 'shop-*' }], {}, 'shop-*'],
    [
      'a name before the longest glob',
      [{ namePattern: 'shop-ap[i]' }, { namePattern: 'shop-api' }],
      {},
      'shop-api',
    ],
    ['sets do not count as text', [{ namePattern: '[a-z][a-z][a-z]*' }, { namePattern: 's*' }], {}, 's*'],
    ['of equals the first', [{ namePattern: 's*i' }, { namePattern: 'sh*' }], {}, 's*i'],
    [
      'labels before text',
      [{ namePattern: 'shop-ap*' }, { namePattern: '*', labelSelectors: equals('team', 'a') }],
      { team: 'a' },
      '*',
    ],
    [
      'a name before labels',
      [{ namePattern: 'shop-api' }, { namePattern: '*', labelSelectors: equals('team', 'a') }],
      { team: 'a' },
      'shop-api',
    ],
    [
      'more requirements',
      [
        { namePattern: 'shop-*', labelSelectors: equals('team', 'a') },
        { namePattern: '*', labelSelectors: { matchLabels: { team: 'a', tier: 'web' } } },
      ],
      { team: 'a', tier: 'web' },
      '*',
    ],
    [
      'labels that do not fit',
      [{ namePattern: '*', labelSelectors: equals('team', 'b') }],
      { team: 'a' },
      '-',
    ],
    ['an empty selector', [{ namePattern: '*', labelSelectors: {} }], {}, '*'],
    ['In', [{ namePattern: '*', labelSelectors: expression('In', ['a', 'b']) }], { team: 'b' }, '*'],
    ['In without the label', [{ namePattern: '*', labelSelectors: expression('In', ['a']) }], {}, '-'],
    ['NotIn', [{ namePattern: '*', labelSelectors: expression('NotIn', ['a']) }], { team: 'a' }, '-'],
    ['NotIn without the label', [{ namePattern: '*', labelSelectors: expression('NotIn', ['a']) }], {}, '*'],
    ['Exists', [{ namePattern: '*', labelSelectors: expression('Exists') }], { team: '' }, '*'],
    [
      'Exists, as every object has it',
      [{ namePattern: '*', labelSelectors: { matchExpressions: [{ key: 'toString', operator: 'Exists' }] } }],
      {},
      '-',
    ],
    ['DoesNotExist', [{ namePattern: '*', labelSelectors: expression('DoesNotExist') }], { team: 'a' }, '-'],
  ])('%s', (_, refs, labels, expected) => {
    expect(entryFor(refs, labels)).toBe(expected);
  });

  test('only in the namespace of the resource, wherever it is', () => {
    const ownersOf = findOwners(
      {
        readings: [
          reading([{ namePattern: '*' }], { namespace: 'team-a' }),
          reading([{ namePattern: '*' }], { name: 'home', namespace: undefined }),
        ],
        unreadable: [],
      },
      CONTEXT,
    );
    const names = ['team-a', 'team-b', 'argocd', ''].map((namespace) =>
      ownersOf(anApplication({}, { namespace })).owners.map((owner) =>
        'updater' in owner ? owner.updater.name : '-',
      ),
    );
    expect(names).toEqual([['images'], [], ['home'], ['home']]);
  });
});

const ANNOTATED = { 'image-list': 'web=acme/web' };

describe('whether annotations count', () => {
  const elsewhere = reading([{ namePattern: '*' }], { namespace: 'other' });
  const beside = reading([{ namePattern: 'another' }]);
  const broken = readImageUpdater(updaterManifest({ applicationRefs: [{ namePattern: '[' }] }), 'x');
  const lets = reading([{ namePattern: 'shop', useAnnotations: true }]);

  test.each<[AnnotationRule | undefined, string, readonly ImageUpdaterReading[], 'count' | 'left out']>([
    [undefined, 'without a resource', [], 'count'],
    ['auto', 'with a resource elsewhere', [elsewhere], 'count'],
    ['auto', 'with a resource beside it', [beside], 'left out'],
    ['auto', 'with a resource that cannot be read', [broken], 'left out'],
    ['auto', 'with useAnnotations', [lets], 'count'],
    ['always', 'with a resource beside it', [beside], 'count'],
    ['always', 'without a resource', [], 'count'],
    ['by-resource', 'without a resource', [], 'left out'],
    ['by-resource', 'with a resource elsewhere', [elsewhere], 'left out'],
    ['by-resource', 'with useAnnotations', [lets], 'count'],
  ])('%s, %s', (annotationRule, _, readings, expected) => {
    const context = { ...CONTEXT, ...(annotationRule === undefined ? {} : { annotationRule }) };
    const { owners, leftOut } = findOwners({ readings, unreadable: [] }, context)(anApplication(ANNOTATED));
    expect([owners.some(({ by }) => by === 'annotations'), leftOut]).toEqual([
      expected === 'count',
      expected === 'left out',
    ]);
  });

  test.each<[AnnotationRule, string | undefined, boolean]>([
    ['auto', undefined, false],
    ['auto', 'argocd', false],
    ['auto', 'other', true],
    ['by-resource', 'argocd', false],
    ['always', 'argocd', true],
  ])('%s, when it is not known what is in %s', (annotationRule, namespace, counts) => {
    const listed = { readings: [], unreadable: [{ namespace, why: 'forbidden' }] };
    const found = findOwners(listed, { ...CONTEXT, annotationRule })(anApplication(ANNOTATED));
    expect([found.owners.length > 0, found.leftOut, found.unknown]).toEqual([
      counts,
      false,
      counts ? undefined : 'forbidden',
    ]);
  });
});

describe('two owners of one image', () => {
  const first = reading(
    [
      {
        namePattern: '*',
        images: [
          { alias: 'a', imageName: 'docker.io/acme/web:1.x' },
          { alias: 'api', imageName: 'acme/api' },
        ],
      },
    ],
    { name: 'first' },
  );
  const second = reading(
    [
      {
        namePattern: 'shop',
        images: [
          { alias: 'b', imageName: 'acme/web' },
          { alias: 'api', imageName: 'acme/other' },
        ],
      },
    ],
    { name: 'second' },
  );

  test('are named, and neither writes it; their other images go on', () => {
    const target = anApplication({});
    const { owners } = findOwners({ readings: [second, first], unreadable: [] }, CONTEXT)(target);
    const read = readPolicies(target, CONTEXT, owners);
    expect(read.images.map(({ image, updater }) => [updater?.name, image.name])).toEqual([
      ['first', 'acme/api'],
      ['second', 'acme/other'],
    ]);
    expect(read.refused.map(({ alias }) => alias)).toEqual(['a', 'b']);
    for (const { message, code } of read.problems) {
      expect(code).toBe('several-owners');
      expect(message).toContain('found ImageUpdater argocd/first and ImageUpdater argocd/second');
    }
    expect(read.problems).toHaveLength(2);
  });

  test('the annotations may be one of them', () => {
    const context = { ...CONTEXT, annotationRule: 'always' } as const;
    const target = anApplication({ 'image-list': 'mine=acme/web:1.x,free=acme/free' });
    const { owners } = findOwners({ readings: [first], unreadable: [] }, context)(target);
    const read = readPolicies(target, context, owners);
    expect(read.images.map(({ alias }) => alias)).toEqual(['api', 'free']);
    expect(read.problems[0]?.message).toContain(
      'found ImageUpdater argocd/first and the annotations of the Application',
    );
  });

  test('one owner may have an image at two places', () => {
    const twice = reading([
      {
        namePattern: '*',
        images: [
          { alias: 'a', imageName: 'acme/web', manifestTargets: { helm: { tag: 'a.tag' } } },
          { alias: 'b', imageName: 'acme/web', manifestTargets: { helm: { tag: 'b.tag' } } },
        ],
      },
    ]);
    const target = anApplication({});
    const { owners } = findOwners({ readings: [twice], unreadable: [] }, CONTEXT)(target);
    expect(readPolicies(target, CONTEXT, owners)).toMatchObject({ images: [{}, {}], problems: [] });
  });
});
