import { describe, expect, test } from 'vitest';
import { selectsImage, type ImageSelector } from '../../src/core/image-selector.ts';
import { aRequester, aTracked } from '../helpers/policies.ts';

const ALL: ImageSelector = { projects: [], namespaces: [], applications: [], images: [] };
const SHOP = {
  application: { namespace: '', name: 'shop' },
  requester: aRequester({ namespace: 'argocd', project: 'web' }),
};

describe('an entry is for an image', () => {
  const rows: readonly (readonly [Partial<ImageSelector>, string, boolean])[] = [
    [{}, 'ghcr.io/acme/api', true],
    [{ images: ['ghcr.io/acme/*'] }, 'ghcr.io/acme/api', true],
    [{ images: ['ghcr.io/acme/*'] }, 'GHCR.io:443/acme/api', true],
    [{ images: ['GHCR.io/acme/*'] }, 'ghcr.io/acme/api', true],
    [{ images: ['ghcr.io/acme/*'] }, 'ghcr.io/acme/team/api', false],
    [{ images: ['ghcr.io/acme/**'] }, 'ghcr.io/acme/team/api', true],
    [{ images: ['*/acme/api'] }, 'ghcr.io/acme/api', true],
    [{ images: ['{ghcr.io,quay.io}/acme/api'] }, 'quay.io/acme/api', true],
    [{ images: ['nginx'] }, 'docker.io/library/nginx', true],
    [{ images: ['acme/api'] }, 'index.docker.io/acme/api', true],
    [{ images: ['acme/*'] }, 'ghcr.io/acme/api', false],
    [{ images: ['**'] }, 'ghcr.io/acme/api', true],
    [{ images: ['ghcr.io/acme/['] }, 'ghcr.io/acme/api', false],
    [{ images: ['quay.io/*', 'ghcr.io/acme/api'] }, 'ghcr.io/acme/api', true],
    [{ applications: ['sh*'] }, 'ghcr.io/acme/api', true],
    [{ applications: ['till'] }, 'ghcr.io/acme/api', false],
    [{ namespaces: ['argocd'] }, 'ghcr.io/acme/api', true],
    [{ namespaces: ['team-*'] }, 'ghcr.io/acme/api', false],
    [{ projects: ['web'] }, 'ghcr.io/acme/api', true],
    [{ projects: ['web'], applications: ['till'] }, 'ghcr.io/acme/api', false],
  ];
  test.each(rows)('%o and %s: %s', (lists, image, expected) => {
    expect(selectsImage({ ...ALL, ...lists }, aTracked({ ...SHOP, image }))).toBe(expected);
  });
});
