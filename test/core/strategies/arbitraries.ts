import fc from 'fast-check';
import type { TagCandidate } from '../../../src/core/strategies/strategy.ts';

const number = fc.constantFrom(
  '0',
  '1',
  '2',
  '01',
  '10',
  '9007199254740992',
  '9007199254740993',
  '18446744073709551615',
);
const identifier = fc.constantFrom(
  '0',
  '1',
  '9',
  '10',
  'a',
  'A',
  'rc',
  'rc1',
  '-',
  '1a',
  '9007199254740993',
  '9007199254740992',
  '18446744073709551616',
);

/** Tags that are versions, with many ties, near misses and numbers beyond 2^53. */
export const versionTags: fc.Arbitrary<string> = fc
  .record({
    prefix: fc.constantFrom('', '', 'v'),
    numbers: fc.array(number, { minLength: 1, maxLength: 3 }),
    prerelease: fc.array(identifier, { maxLength: 3 }),
    metadata: fc.constantFrom('', '', '+b', '+01'),
  })
  .map(({ prefix, numbers, prerelease, metadata }) => {
    const suffix = prerelease.length === 0 ? '' : `-${prerelease.join('.')}`;
    return `${prefix}${numbers.join('.')}${suffix}${metadata}`;
  });

const tags = fc.oneof(
  versionTags,
  fc.constantFrom(
    'latest',
    'main',
    'Main',
    'dev',
    '1.2.3.4',
    'V1',
    '2026-03-01',
    '2026-3-1',
    '9',
    '10',
    'a',
    'B',
    '\u{1f600}',
    '\uffee',
  ),
);

const created = fc.oneof(
  fc.constantFrom(undefined, Number.NaN, 0, -1, 1, 1_700_000_000_000),
  fc.integer({ min: 0, max: 3 }),
);

/** What a registry lists: each tag once. */
export const candidateLists: fc.Arbitrary<readonly TagCandidate[]> = fc.uniqueArray(
  fc
    .record({ tag: tags, created, pushed: created }, { requiredKeys: ['tag', 'created'] })
    .map(({ pushed, ...rest }) => (pushed === undefined ? rest : { ...rest, pushed })),
  {
    selector: ({ tag }) => tag,
    maxLength: 20,
  },
);
