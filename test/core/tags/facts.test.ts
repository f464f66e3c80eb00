import { expect, it } from 'vitest';
import { tagNeedsKey, type TagNeeds } from '../../../src/core/tags/facts.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };

const NEEDS: readonly TagNeeds[] = [
  { images: false, created: undefined },
  { images: true, created: undefined },
  { images: true, created: [] },
  { images: true, created: [AMD64] },
  { images: true, created: [ARM64] },
  { images: true, created: [AMD64, ARM64] },
];

it('is one key for equal needs, and another for every other', () => {
  expect(new Set(NEEDS.map(tagNeedsKey)).size).toBe(NEEDS.length);
  expect(NEEDS.map((needs) => tagNeedsKey(structuredClone(needs)))).toEqual(NEEDS.map(tagNeedsKey));
});
