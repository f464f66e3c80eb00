import { describe, expect, test } from 'vitest';
import { didYouMean } from '../../src/core/did-you-mean.ts';

const WORDS = [
  'semver',
  'newest-build',
  'alphabetical',
  'digest',
  'latest',
  'helm.image-tag',
  'helm.image-name',
];

describe('didYouMean', () => {
  test.each([
    ['semvr', 'semver'],
    ['sevmer', 'semver'],
    ['digset', 'digest'],
    ['newst-build', 'newest-build'],
    ['digests', 'digest'],
    ['lastest', 'latest'],
    ['alphabetic', 'alphabetical'],
    ['image-tag', 'helm.image-tag'],
    ['helm.image-tags', 'helm.image-tag'],
    ['helm.tag', undefined],
    ['Newest_Build', 'newest-build'],
    ['helm.imageTag', 'helm.image-tag'],
    ['foo', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%j was meant as %j', (written, expected) => {
    expect(didYouMean(written, WORDS)).toBe(expected);
  });

  test('knows habits, after the same word and before near ones', () => {
    const habits = { buildnumber: 'digest', latest: 'semver' };
    expect(didYouMean('build-number', WORDS, habits)).toBe('digest');
    expect(didYouMean('LATEST', WORDS, habits)).toBe('latest');
    expect(didYouMean('build-number', ['semver'], habits)).toBeUndefined();
  });
});
