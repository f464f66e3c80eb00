import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/core/image/reference.ts';
import {
  nameFor,
  referenceFor,
  sameName,
  splitReference,
  splitTag,
  tagFor,
} from '../../src/edits/image-text.ts';

const DIGEST = `sha256:${'9f2c'.repeat(16)}`;

describe('the value of a tag key', () => {
  it.each([
    [undefined, undefined, undefined],
    ['', undefined, undefined],
    ['1.2', '1.2', undefined],
    [`1.2@${DIGEST}`, '1.2', DIGEST],
    ['1.2@sha256:short', '1.2', 'sha256:short'],
    [`@${DIGEST}`, undefined, DIGEST],
    [DIGEST, undefined, DIGEST],
    ['sha256:short', 'sha256:short', undefined],
  ])('%j says tag %j and digest %j', (text, tag, digest) => {
    expect(splitTag(text)).toEqual({ tag, digest });
  });

  it('stays as it is when it says the version', () => {
    expect(tagFor('1.2', { tag: '1.2', digest: undefined })).toBe('1.2');
    expect(tagFor(`1.2@${DIGEST}`, { tag: '1.2', digest: undefined })).toBe('1.2');
    expect(tagFor(undefined, { tag: '1.2', digest: DIGEST })).toBe(`1.2@${DIGEST}`);
  });
});

describe('a reference in one key', () => {
  it.each([
    ['acme/api', 'acme/api', undefined, undefined],
    ['acme/api:1', 'acme/api', '1', undefined],
    ['localhost:5000/api', 'localhost:5000/api', undefined, undefined],
    ['localhost:5000/api:1', 'localhost:5000/api', '1', undefined],
    [`a:1@${DIGEST}`, 'a', '1', DIGEST],
    [`a@${DIGEST}`, 'a', undefined, DIGEST],
    ['a:', 'a', undefined, undefined],
    ['', undefined, undefined, undefined],
  ])('%j says name %j, tag %j and digest %j', (text, name, tag, digest) => {
    expect(splitReference(text)).toEqual({ name, tag, digest });
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

describe('two names', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx', true],
    ['nginx', 'index.docker.io/library/nginx', true],
    ['ghcr.io/a', 'a', false],
    ['host:5000/a', 'host:5000/b', false],
    ['not a name!', 'not a name!', true],
    ['not a name!', 'nginx', false],
  ])('%s and %s are one image: %s', (a, b, same) => {
    expect(sameName(a, b)).toBe(same);
    expect(sameName(b, a)).toBe(same);
  });
});
