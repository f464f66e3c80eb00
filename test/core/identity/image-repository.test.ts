import { expect, it } from 'vitest';
import { imageRepositoryKey, repositoryAccessKey } from '../../../src/core/identity/image-repository.ts';
import { parseImageReference, repositoryOf } from '../../../src/core/image/reference.ts';
import { REPOSITORIES } from '../../fixtures/core/references.ts';

function keyOf(image: string): string {
  return imageRepositoryKey(repositoryOf(parseImageReference(image)));
}

it.each(REPOSITORIES)('is one key for every spelling of %s', (canonical, spellings) => {
  expect(new Set(spellings.map(keyOf))).toEqual(new Set([canonical]));
});

it('is another key for every other image repository', () => {
  const keys = REPOSITORIES.map(([, [spelling = '']]) => keyOf(spelling));

  expect(new Set(keys).size).toBe(REPOSITORIES.length);
});

it('is asked by one login or by another', () => {
  const repository = { registry: 'ghcr.io', path: 'acme/api' };
  const one = repositoryAccessKey({ repository, login: { identity: 'env:ONE' } });

  expect(repositoryAccessKey({ repository: { ...repository }, login: { identity: 'env:ONE' } })).toBe(one);
  expect(repositoryAccessKey({ repository, login: { identity: 'env:OTHER' } })).not.toBe(one);
});
