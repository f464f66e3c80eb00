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
    [undefined, 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['', 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['acme/api', 'acme/api', 'acme/api'],
    ['ghcr.io/acme/api', 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['acme/old', 'acme/api', 'ghcr.io/acme/api'],
    ['quay.io/acme/old', 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
    ['not a name!', 'ghcr.io/acme/api', 'ghcr.io/acme/api'],
  ])('for %j is %j, or %j where the short form is not known', (present, short, full) => {
    expect(nameFor(present, image, 'short')).toBe(short);
    expect(nameFor(present, image, 'full')).toBe(full);
  });

  it('is part of a reference', () => {
    const to = { tag: '2', digest: undefined };
    expect(referenceFor('acme/old:1', { image, to }, 'short')).toBe('acme/api:2');
    expect(referenceFor('acme/old:1', { image, to }, 'full')).toBe('ghcr.io/acme/api:2');
    expect(referenceFor(undefined, { image, to }, 'short')).toBe('ghcr.io/acme/api:2');
    expect(referenceFor('acme/api:2', { image, to }, 'full')).toBe('acme/api:2');
  });
});
