import { expect, test } from 'vitest';
import { queriesFor } from '../../src/core/queries.ts';
import { aTracked } from '../helpers/policies.ts';

test('forty Applications with one image ask once, however they spell it', () => {
  const spellings = [
    'nginx',
    'library/nginx',
    'docker.io/nginx',
    'docker.io/library/nginx',
    'index.docker.io/library/nginx',
    'registry-1.docker.io/library/nginx',
    'DOCKER.io/nginx',
    'docker.io:443/nginx',
  ];
  const images = Array.from({ length: 40 }, (_, index) =>
    aTracked({
      image: spellings[index % spellings.length] ?? 'nginx',
      application: { namespace: 'argocd', name: `app-${index}` },
    }),
  );

  const queries = queriesFor(images);

  expect(queries).toHaveLength(1);
});

test('different logins never share an answer', () => {
  const one = aTracked({ pullSecret: { kind: 'env', variable: 'ONE' } });
  const other = aTracked({ pullSecret: { kind: 'env', variable: 'OTHER' } });

  expect(queriesFor([one, other, aTracked()])).toHaveLength(3);
});

test('facts are asked for as soon as one of the policies decides by more than names', () => {
  const byName = aTracked({ strategy: { kind: 'semver', constraint: '' } });
  const byDate = aTracked({ strategy: { kind: 'newest-build' } });

  expect(queriesFor([byName])[0]?.detail).toBe('names');
  expect(queriesFor([byName, byDate, byName])[0]?.detail).toBe('facts');
});
