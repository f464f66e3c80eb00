import { comparePrecedence, type OrderedVersion, type VersionParts } from './version.ts';

/** A version of a constraint, of which only the first parts may be written: `1`, `1.2`, `1.x`, `*`, `1.2-0`. */
export interface PartialVersion extends VersionParts {
  /** How many of the three numbers were written before the end or the first wildcard. */
  readonly precision: 0 | 1 | 2 | 3;
}

export type Test = (version: OrderedVersion) => boolean;

/**
 * What each operator means, whatever its spelling. A partial version stands for all versions that begin with it,
 * so `>1.2` begins at 1.3.0 and `<=1.2` ends there. Upper ends exclude their own pre-releases: `~1.2-0` stops
 * before 1.3.0-rc1. Whether a pre-release is considered at all is not decided here.
 */
const MEANINGS = {
  '=': (partial) =>
    partial.precision === 3 ? ordered(partial, (order) => order === 0) : beginningWith(partial),
  '!=': (partial) => {
    if (isWholeOrNothing(partial)) return ordered(partial, (order) => order !== 0);
    const excluded = beginningWith({ ...partial, prerelease: '0' });
    return (version) => !excluded(version);
  },
  '>': (partial) =>
    isWholeOrNothing(partial) ? ordered(partial, (order) => order > 0) : atLeast(behind(partial)),
  '>=': (partial) => atLeast(partial),
  '<': (partial) => below(partial),
  '<=': (partial) => {
    if (partial.precision === 0) return atLeast(partial);
    return partial.precision === 3 ? ordered(partial, (order) => order <= 0) : below(behind(partial));
  },
  '~': (partial) => (isZero(partial) ? atLeast(partial) : beginningWith(partial, 2)),
  '^': (partial) => beginningWith(partial, caretPrecision(partial)),
} as const satisfies Record<string, (partial: PartialVersion) => Test>;

export type Operator = keyof typeof MEANINGS;

/** Other spellings of the operators, as Argo CD Image Updater takes them. */
export const OPERATOR_SPELLINGS: ReadonlyMap<string, Operator> = new Map([
  ['', '='],
  ['=', '='],
  ['!=', '!='],
  ['>', '>'],
  ['>=', '>='],
  ['=>', '>='],
  ['<', '<'],
  ['<=', '<='],
  ['=<', '<='],
  ['~', '~'],
  ['~>', '~'],
  ['^', '^'],
]);

/** The test that an operator and a version make. */
export function testOf(operator: Operator, partial: PartialVersion): Test {
  return MEANINGS[operator](partial);
}

/** At least `partial`, and the same in the numbers that it gives, at most the first `most` of them. */
function beginningWith(partial: PartialVersion, most = 3): Test {
  const precision = Math.min(partial.precision, most);
  if (precision === 0) return atLeast(partial);
  const low = atLeast(partial);
  const high = below(behind(partial, precision));
  return (version) => low(version) && high(version);
}

/** `^` keeps the first number that is not 0 (SemVer 2, item 4: anything may change in 0.y.z), or the last written. */
function caretPrecision({ numbers, precision }: PartialVersion): number {
  const firstNonZero = numbers.findIndex((number) => number > 0n);
  return firstNonZero < 0 ? precision : firstNonZero + 1;
}

/** The first version behind all those that begin with the first `precision` numbers, its pre-releases included. */
function behind(partial: PartialVersion, precision: number = partial.precision): VersionParts {
  const [major, minor, patch] = partial.numbers;
  if (precision === 1) return { numbers: [major + 1n, 0n, 0n], prerelease: '0' };
  if (precision === 2) return { numbers: [major, minor + 1n, 0n], prerelease: '0' };
  return { numbers: [major, minor, patch + 1n], prerelease: '0' };
}

/** `~0.0.0` means any version: an oddity of the constraints of Argo CD Image Updater that setups may rest on. */
function isZero({ numbers, precision }: PartialVersion): boolean {
  return precision === 3 && numbers.every((number) => number === 0n);
}

/** A bare wildcard leaves no room for "beyond" or "other than"; there it counts as 0.0.0. */
function isWholeOrNothing({ precision }: PartialVersion): boolean {
  return precision === 3 || precision === 0;
}

function atLeast(limit: VersionParts): Test {
  return ordered(limit, (order) => order >= 0);
}

function below(limit: VersionParts): Test {
  return ordered(limit, (order) => order < 0);
}

function ordered(limit: VersionParts, holds: (order: number) => boolean): Test {
  return (version) => holds(comparePrecedence(version, limit));
}
