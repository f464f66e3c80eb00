import { describe, expect, test } from 'vitest';
import { readPolicies } from '../../src/argocd/read-policies.ts';
import { annotationName } from '../../src/argocd/annotations.ts';
import { anApplication, CONTEXT } from './an-application.ts';

const LIMITS = { images: 3, remotes: 2 };

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `i${index}`);
}

function listOf(count: number): Readonly<Record<string, string>> {
  return {
    'image-list': names(count)
      .map((name) => `${name}=acme/${name}:1.x`)
      .join(),
  };
}

/** Each image has a remote of its own. */
function remotesOf(count: number, url: (name: string) => string): Readonly<Record<string, string>> {
  const own = names(count).flatMap((name) => [
    [`${name}.write-back-method`, 'git'],
    [`${name}.git-repository`, url(name)],
  ]);
  return { ...listOf(count), ...(Object.fromEntries(own) as Record<string, string>) };
}

const LARGE = 'x'.repeat(300 * 1024);

describe('an Application beyond a bound', () => {
  test.each([
    ['one image more', listOf(4), 'image-list', /at most 3 images .* found 4 .*raise limits\.images/],
    ['a thousand images', listOf(1_000), 'image-list', /found 1000 /],
    [
      'the same image again and again',
      { 'image-list': Array.from({ length: 4 }, () => 'acme/web:1.x').join() },
      'image-list',
      /found 4 /,
    ],
    [
      'items that cannot be read',
      { 'image-list': Array.from({ length: 5 }, (_, index) => `i${index}=acme/web:>>1`).join() },
      'image-list',
      /found 5 /,
    ],
    [
      'one remote more',
      remotesOf(3, (name) => `https://git.example/acme/${name}.git`),
      'git-repository',
      /at most 2 Git remotes .* found 3 .*raise limits\.remotes/,
    ],
    [
      'remotes by several transports',
      remotesOf(3, (name) => `git@git.example:acme/${name}.git`),
      'git-repository',
      /found 3 /,
    ],
  ] as const)('that is %s has one problem, and no image', (_what, annotations, key, message) => {
    const read = readPolicies(anApplication(annotations), { ...CONTEXT, limits: LIMITS });

    expect([read.images, read.refused]).toEqual([[], []]);
    expect(read.problems).toMatchObject([
      { alias: undefined, code: 'limit-exceeded', key: annotationName(key) },
    ]);
    expect(read.problems[0]?.message).toMatch(message);
  });

  test.each([
    ['a long value', { 'image-list': `web=acme/web:1.x`, 'git-branch': LARGE }],
    ['a long list', { 'image-list': `web=acme/web:1.x,${LARGE}` }],
    ['a long name', { 'image-list': 'web=acme/web:1.x', [LARGE]: '' }],
  ])('that is more than Kubernetes keeps, by %s, is not parsed', (_how, annotations) => {
    const read = readPolicies(anApplication(annotations), CONTEXT);

    expect([read.images, read.refused]).toEqual([[], []]);
    expect(read.problems).toMatchObject([{ code: 'limit-exceeded', key: 'metadata.annotations' }]);
  });
});

describe('an Application within its bounds', () => {
  test.each([
    ['as many images', listOf(3)],
    ['as many remotes', remotesOf(2, (name) => `https://git.example/acme/${name}.git`)],
    [
      'many spellings of one remote',
      remotesOf(
        3,
        (name) =>
          ({ i0: 'https://git.example/acme/x.git', i1: 'https://git.example/acme/x' })[name] ??
          'git@git.example:acme/x.git',
      ),
    ],
    ['long annotations', { ...listOf(1), 'git-branch': `main:${'x'.repeat(200)}` }],
  ])('that is %s is read', (_what, annotations) => {
    const { images, problems } = readPolicies(anApplication(annotations), { ...CONTEXT, limits: LIMITS });

    expect(problems).toEqual([]);
    expect(images.length).toBeGreaterThan(0);
  });
});
