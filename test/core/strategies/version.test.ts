import fc from 'fast-check';
import { compare as compareByPackage } from 'semver';
import { describe, expect, it } from 'vitest';
import { compareByteOrder } from '../../../src/core/strategies/byte-order.ts';
import {
  comparePrecedence,
  compareVersions,
  parseVersion,
  type VersionParts,
} from '../../../src/core/strategies/version.ts';
import { OTHER_TAGS, VERSION_ORDER, VERSION_TAGS } from '../../fixtures/core/semver-tags.ts';
import { anyText } from '../image/arbitraries.ts';
import { versionTags } from './arbitraries.ts';

const RUNS = { numRuns: 1000 };

function textOf({ numbers, prerelease }: VersionParts): string {
  return `${numbers.join('.')}${prerelease === '' ? '' : `-${prerelease}`}`;
}

describe('parseVersion', () => {
  it.each(VERSION_TAGS)('takes %j for a version and keeps its text', (tag) => {
    expect(parseVersion(tag)?.text).toBe(tag);
  });

  it.each(OTHER_TAGS)('does not take %j for a version', (tag) => {
    expect(parseVersion(tag)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect([undefined, text]).toContain(parseVersion(text)?.text);
      }),
      RUNS,
    );
  });
});

describe('the order of versions', () => {
  const all = VERSION_ORDER.flat();

  it('is that of the table, in all pairs', () => {
    for (const [i, left] of VERSION_ORDER.entries()) {
      for (const [j, right] of VERSION_ORDER.entries()) {
        for (const a of left) {
          for (const b of right)
            expect(Math.sign(compareVersions(a, b) ?? NaN), `${a} and ${b}`).toBe(Math.sign(i - j));
        }
      }
    }
  });

  it('says nothing when one of the two is no version', () => {
    expect(compareVersions('1.2', 'latest')).toBeUndefined();
    expect(compareVersions('latest', '1.2')).toBeUndefined();
    expect(all.length).toBeGreaterThan(40);
  });

  it('is total: the opposite way round, and from one to the next', () => {
    fc.assert(
      fc.property(versionTags, versionTags, versionTags, (a, b, c) => {
        const [ab, ba] = [compareVersions(a, b) ?? NaN, compareVersions(b, a) ?? NaN];
        expect(Math.sign(ab) + Math.sign(ba)).toBe(0);
        expect(compareVersions(a, a)).toBe(0);
        const chained = ab <= 0 && (compareVersions(b, c) ?? NaN) <= 0;
        expect(chained && (compareVersions(a, c) ?? NaN) > 0).toBe(false);
      }),
      RUNS,
    );
  });

  it('is that of the semver package, for numbers that it takes', () => {
    const small = fc.nat({ max: 3 }).map(BigInt);
    const identifier = fc.constantFrom('0', '1', '2', '10', 'a', 'A', '-', 'rc1', '1a');
    const parts = fc.record({
      numbers: fc.tuple(small, small, small),
      prerelease: fc.array(identifier, { maxLength: 3 }).map((items) => items.join('.')),
    });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(Math.sign(comparePrecedence(a, b))).toBe(compareByPackage(textOf(a), textOf(b)));
      }),
      RUNS,
    );
  });
});

describe('compareByteOrder', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', 'B', '0', '9', '\u00e9', '\uffee', '\u{1f600}', '\u{10ffff}'),
    maxLength: 5,
  });

  it('is the order of the bytes of UTF-8', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareByteOrder(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      RUNS,
    );
  });
});
