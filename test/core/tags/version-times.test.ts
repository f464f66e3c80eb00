import { describe, expect, test } from 'vitest';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import { versionTimes, type VersionTimes } from '../../../src/core/tags/version-times.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aDigest, someFacts } from '../../helpers/policies.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const MAY = Date.parse('2026-05-01T00:00:00Z');

const known = (facts: Partial<TagFacts>, created?: string): TagLookup => ({
  kind: 'known',
  facts: { ...someFacts('a', ['linux/amd64'], created), ...facts },
});

const ROWS: readonly (readonly [
  string,
  TagLookup | undefined,
  string | undefined,
  VersionTimes | undefined,
])[] = [
  ['nothing is known', undefined, undefined, undefined],
  [
    'it could not be read',
    { kind: 'unknown', error: new LynceusError('registry-failed', 'down') },
    undefined,
    undefined,
  ],
  ['no time is known', known({}), undefined, undefined],
  ['a push', known({ pushed: MAY }), undefined, { pushed: MAY }],
  ['a build', known({}, '2026-05-01'), undefined, { built: MAY }],
  [
    'all of them',
    known({ pushed: MAY, firstSeen: MAY + 1 }, '2026-05-01'),
    aDigest('a'),
    { pushed: MAY, built: MAY, seen: MAY + 1 },
  ],
  ['a build at the beginning of 1980', known({ pushed: MAY }, '1980-01-01'), undefined, { pushed: MAY }],
  ['a build in a year from now', known({}, '2027-06-01'), undefined, undefined],
  ['a push in a year from now', known({ pushed: NOW + 365 * 86_400_000 }), undefined, undefined],
  ['the tag was moved since', known({ pushed: MAY }), aDigest('b'), undefined],
];

describe('times of a version', () => {
  test.each(ROWS)('%s', (_, lookup, digest, times) => {
    expect(versionTimes(lookup, { digest, now: NOW })).toEqual(times);
  });
});
