import { describe, expect, test } from 'vitest';
import { parseImageReference, repositoryOf } from '../../../src/core/image/reference.ts';
import {
  coversImage,
  formatRegistryPrefix,
  parseRegistryPrefix,
  prefixAround,
} from '../../../src/core/image/registry-prefix.ts';

const imageOf = (text: string) => repositoryOf(parseImageReference(text));

describe('a registry with the start of a path', () => {
  // prettier-ignore
  test.each([
    ['ghcr.io', 'ghcr.io/acme/api', true],
    ['GHCR.io:443/acme/', 'ghcr.io/acme/api', true],
    ['https://ghcr.io/acme/api', 'ghcr.io/acme/api', true],
    ['registry-1.docker.io', 'nginx', true],
    ['docker.io/library', 'nginx', true],
    ['reg.corp:5000/team', 'reg.corp:5000/team/a/b', true],
    ['[::1]:5000', '[::1]:5000/app', true],
    ['ghcr.io/acme', 'ghcr.io/acmex/api', false],
    ['ghcr.io/acme/api', 'ghcr.io/acme', false],
    ['ghcr.io', 'ghcr.io.evil.test/acme/api', false],
    ['ghcr.io', 'ghcr.io:8443/acme/api', false],
    ['reg.corp', 'reg.corp:5000/team/api', false],
    ['evil.test', 'ghcr.io/evil.test/api', false],
  ])('%s has %s: %s', (prefix, image, covers) => {
    const parsed = parseRegistryPrefix(prefix);

    expect(parsed && coversImage(parsed, imageOf(image))).toBe(covers);
  });

  test.each(
    // prettier-ignore
    ['', '*', '*.io', 'ghcr.*', 'ghcr.io/*', 'ghcr.io/acme*', 'u:p@ghcr.io', 'ghcr.io@evil.test', 'http://ghcr.io', 'ghcr.io?x', 'ghcr.io#x', 'ghcr.io/../x', 'ghcr.io//x', 'ghcr.io.', '-ghcr.io', 'ghcr.io:99999', 'ghcr .io', 'git@ghcr.io:acme', '{ghcr.io,evil.test}'],
  )('is not %j', (text) => {
    expect(parseRegistryPrefix(text)).toBeUndefined();
  });

  test.each([
    ['ghcr.io/acme/team/api', 'ghcr.io/acme/team'],
    ['reg.corp:5000/api', 'reg.corp:5000/api'],
    ['nginx', 'docker.io/library'],
  ])('around %s is %s', (image, prefix) => {
    const around = prefixAround(imageOf(image));

    expect(formatRegistryPrefix(around)).toBe(prefix);
    expect(parseRegistryPrefix(prefix)).toEqual(around);
    expect(coversImage(around, imageOf(image))).toBe(true);
  });
});
