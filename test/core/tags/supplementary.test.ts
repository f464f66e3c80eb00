import { describe, expect, it } from 'vitest';
import { isSupplementaryTag } from '../../../src/core/tags/supplementary.ts';

const HEX = '0123456789abcdef'.repeat(4);

describe('isSupplementaryTag', () => {
  it.each([
    `sha256-${HEX}`,
    `sha256-${HEX}.sig`,
    `sha256-${HEX}.att`,
    `sha256-${HEX}.sbom`,
    `sha256-${HEX}.cosign.bundle`,
    `sha256-${HEX}-signature`,
    `sha512-${HEX}`,
    `sha512-${HEX}${HEX}`,
    `sha384-${HEX}${HEX.slice(0, 32)}.sig`,
  ])('knows %s', (tag) => {
    expect(isSupplementaryTag(tag)).toBe(true);
  });

  it.each([
    '1.2.3',
    'sha256',
    'sha-4f2a9c1',
    'sha256-4f2a9c1',
    `sha256-${HEX.slice(1)}`,
    `sha256-${HEX}0`,
    `sha256-${HEX.toUpperCase()}`,
    `v-sha256-${HEX}`,
    `sha256_${HEX}`,
    `sha1-${HEX}`,
    '1.2.3.sig',
  ])('leaves %s alone', (tag) => {
    expect(isSupplementaryTag(tag)).toBe(false);
  });
});
