import semver from 'semver';

/** A version as image tags write it: one to three numbers, `v` in front or not. */
export interface Version extends VersionParts {
  /** As written. */
  readonly text: string;
}

/** What counts for the order of versions, of any count of numbers. */
export interface OrderedVersion {
  /** The one that counts most first; a number that was not written counts as 0. */
  readonly numbers: readonly bigint[];
  /** Without the `-`; `''` for a release. */
  readonly prerelease: string;
}

/** The same of a version of three numbers; the build metadata is dropped, since precedence ignores it. */
export interface VersionParts extends OrderedVersion {
  /** Major, minor and patch. */
  readonly numbers: readonly [bigint, bigint, bigint];
}

/** Largest number in a version (2^64 - 1), as in Argo CD Image Updater. */
export const LARGEST_NUMBER = 2n ** 64n - 1n;
const LONGEST_VERSION = 256;

/** No two alternatives match the same character, so this takes time in proportion to the text. */
const VERSION =
  /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * Reads a version; `undefined` for any other text. Leading zeros are fine in the three numbers (`2026.01.05`) and not
 * in a numeric part of the pre-release (SemVer 2, item 9). None of `1.2.3.4`, `V1`, `1.x` and
 * `release-1.2` is a version.
 */
export function parseVersion(text: string): Version | undefined {
  if (text.length > LONGEST_VERSION) return undefined;
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = ''] = match;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  if (numbers.some((number) => number > LARGEST_NUMBER) || !isPrerelease(prerelease)) return undefined;
  return { text, numbers, prerelease };
}

/** Whether each part is a number without a leading zero, or has a letter or `-` in it. */
export function isPrerelease(text: string): boolean {
  return text.split('.').every((part) => !/^0[0-9]+$/.test(part));
}

/**
 * Negative when tag `a` is the lower version, zero for the same version however it is written, positive when it is
 * the higher one; `undefined` when one of them is no version. `read` says what the version of a tag is.
 */
export function compareVersions(
  a: string,
  b: string,
  read: (tag: string) => OrderedVersion | undefined = parseVersion,
): number | undefined {
  const left = read(a);
  const right = read(b);
  return left === undefined || right === undefined ? undefined : comparePrecedence(left, right);
}

/**
 * SemVer 2 precedence: negative when `a` comes before `b`, zero for equals, which may be written differently
 * (`1.2`, `v1.2.0`). Exact for numbers of any size, where the `semver` package refuses those beyond 2^53 - 1: tags made
 * of a date and a time reach them.
 */
export function comparePrecedence(a: OrderedVersion, b: OrderedVersion): number {
  const count = Math.max(a.numbers.length, b.numbers.length);
  for (let index = 0; index < count; index += 1) {
    const order = compareNumbers(a.numbers[index] ?? 0n, b.numbers[index] ?? 0n);
    if (order !== 0) return order;
  }
  return comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  const left = a.split('.');
  const right = b.split('.');
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (part !== other) return compareParts(part, other);
  }
  return -1;
}

/** Sixteen digits may be more than 2^53 - 1, which the package would round; fifteen never are. */
const LONG_NUMBER = /^[0-9]{16,}$/;
const NUMBER = /^[0-9]+$/;

/** SemVer 2, item 11.4: numbers by value and before text, text in ASCII order. */
function compareParts(a: string, b: string): number {
  const long = LONG_NUMBER.test(a) || LONG_NUMBER.test(b);
  if (long && NUMBER.test(a) && NUMBER.test(b)) return compareNumbers(BigInt(a), BigInt(b));
  return semver.compareIdentifiers(a, b);
}

function compareNumbers(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
