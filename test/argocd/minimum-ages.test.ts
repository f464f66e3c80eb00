import { expect, test } from 'vitest';
import type { PolicyContext } from '../../src/argocd/read-policies.ts';
import { readWeb } from './an-application.ts';

const HOUR = 3_600_000;
const ALL = { projects: [], namespaces: [], applications: [], images: [] };

type Ages = NonNullable<PolicyContext['minimumAges']>;

test.each<
  readonly [
    when: string,
    annotations: Readonly<Record<string, string>>,
    ages: Ages,
    hours: number | undefined,
  ]
>([
  ['nobody asks', {}, [], undefined],
  ['the configuration asks', {}, [{ ...ALL, age: 24 * HOUR }], 24],
  ['the configuration asks of others', {}, [{ ...ALL, images: ['ghcr.io/**'], age: 24 * HOUR }], undefined],
  ['an annotation asks for more', { 'web.minimum-age': '48h' }, [{ ...ALL, age: 24 * HOUR }], 48],
  ['an annotation asks for less', { 'web.minimum-age': '1h' }, [{ ...ALL, age: 24 * HOUR }], 24],
  ['an annotation asks for nothing', { 'minimum-age': '0s' }, [{ ...ALL, age: 24 * HOUR }], 24],
  [
    'several entries ask',
    {},
    [
      { ...ALL, images: ['docker.io/acme/*'], age: 48 * HOUR },
      { ...ALL, age: 24 * HOUR },
      { ...ALL, namespaces: ['other'], age: 99 * HOUR },
    ],
    48,
  ],
  [
    'an entry takes it away',
    {},
    [
      { ...ALL, age: 24 * HOUR },
      { ...ALL, images: ['web'], age: 0 },
    ],
    24,
  ],
  ['the entry is for its project', {}, [{ ...ALL, projects: ['def*'], age: HOUR }], 1],
  ['the entry is for its Application', {}, [{ ...ALL, applications: ['shop'], age: HOUR }], 1],
])('the longest age counts when %s', (_when, annotations, minimumAges, hours) => {
  const { images, problems } = readWeb(annotations, {}, { minimumAges });
  expect(problems).toEqual([]);
  expect(images.map(({ policy }) => policy.minimumAge)).toEqual([hours && hours * HOUR]);
});
