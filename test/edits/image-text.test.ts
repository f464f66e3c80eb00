import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import { nameFor, referenceFor, tagFor } from '../../src/edits/image-text.ts';

const DIGEST = `sha256:${'9f2c'.repeat(16)}`;

describe('the value of a tag key', () => {
  it('stays as it is when it says the version', () => {
    expect(tagFor('1.2', { tag: '1.2', digest: undefined })).toBe('1.2');
    expect(tagFor(`1.2@${DIGEST}`, { tag: '1.2', digest: undefined })).toBe('1.2');
    expect(tagFor(undefined, { tag: '1.2', digest: DIGEST })).toBe(`1.2@${DIGEST}`);
  });
});

describe('the name to write', () => {
  const image = parseImageReference('ghcr.io/acme/api');

  it.each([
    [undefined, 'acme/api', 'ghcr.io/acme/api'],
    ['', 'acme/api', 'ghcr.io/acme/api'],
    ['acme/api', 'acme/api', 'acme/api'],
    ['ghcr.io/acme/api', 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['acme/old', 'acme/api', 'ghcr.io/acme/api'],
    ['nginx', 'acme/api', 'ghcr.io/acme/api'],
    ['library/nginx', 'acme/api', 'ghcr.io/acme/api'],
    ['quay.io/acme/old', 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['not a name!', 'acme/api', 'ghcr.io/acme/api'],
  ])('for %j is %j behind a key for the registry, or %j without one', (present, behind, whole) => {
    expect(nameFor(present, image, 'ghcr.io')).toBe(behind);
    expect(nameFor(present, image, undefined)).toBe(whole);
    expect(nameFor(present, image, '')).toBe(whole);
  });

  it.each([
    ['GHCR.io', 'ghcr.io/acme/api', 'acme/api'],
    ['ghcr.io/', 'ghcr.io/acme/api', 'acme/api'],
    ['ghcr.io/acme', 'ghcr.io/acme/api', 'api'],
    ['ghcr.io:443', 'ghcr.io/acme/api', 'acme/api'],
    ['docker.io', 'acme/api', 'acme/api'],
    ['index.docker.io', 'redis', 'redis'],
    ['localhost:5000', 'localhost:5000/api', 'api'],
  ])('behind %s of %s is %s', (registry, text, name) => {
    expect(nameFor('nothing/like-it', parseImageReference(text), registry)).toBe(name);
  });

  it.each(['quay.io', 'ghcr.io/other', 'ghcr.io/acme/a', 'docker.io', 'ghcr.io.evil.example'])(
    'is refused behind %s',
    (registry) => {
      expect(() => nameFor('nginx', image, registry)).toThrow(
        expect.objectContaining({ code: 'key-unsupported' }),
      );
      expect(nameFor('acme/api', image, registry), 'what a person wrote stays').toBe('acme/api');
    },
  );

  it('is part of a reference', () => {
    const to = { tag: '2', digest: undefined };
    expect(referenceFor('acme/old:1', { image, to }, 'ghcr.io')).toBe('acme/api:2');
    expect(referenceFor('acme/old:1', { image, to })).toBe('ghcr.io/acme/api:2');
    expect(referenceFor('nginx:latest', { image, to })).toBe('ghcr.io/acme/api:2');
    expect(referenceFor(undefined, { image, to })).toBe('ghcr.io/acme/api:2');
    expect(referenceFor('acme/api:2', { image, to })).toBe('acme/api:2');
  });
});
