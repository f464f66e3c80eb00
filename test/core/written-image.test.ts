import { describe, expect, it } from 'vitest';
import { splitReference, splitTag } from '../../src/core/written-image.ts';

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
