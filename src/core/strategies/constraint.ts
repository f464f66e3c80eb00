import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';
import { OPERATOR_SPELLINGS, testOf, type PartialVersion, type Test } from './comparator.ts';
import { isPrerelease, LARGEST_NUMBER } from './version.ts';

/** Whether a version satisfies a constraint. */
export type Constraint = Test;

/** A constraint, and the same as if it named a pre-release wherever it could. */
export interface ReadConstraint {
  readonly accepts: Constraint;
  readonly acceptsAnyRelease: Constraint;
}

const LONGEST_CONSTRAINT = 1024;
const MOST_COMPARATORS = 128;

/** As Go's `\s`. */
const SPACE = /[\t\n\f\r ]*/y;
const HYPHEN = /[\t\n\f\r ]+-[\t\n\f\r ]+/y;
const OPERATOR = /=>|>=|=<|<=|!=|~>|[=><~^]/y;
/** Ends where a comparator may end; no two alternatives match the same character. */
const VERSION =
  /v?([0-9]+|[xX*])(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?=[\t\n\f\r ,]|$)/y;

/** The text, and one alternative of it with where it begins. */
interface Scope {
  readonly text: string;
  readonly part: string;
  readonly start: number;
}

interface Term {
  readonly tests: readonly Test[];
  readonly namesPrerelease: boolean;
  readonly end: number;
}

/**
 * Reads a version constraint in the language of Masterminds/semver v3, which Argo CD Image Updater and Helm use:
 * alternatives with `||`, in each of them comparators with `,` or spaces, all of which must hold; a range
 * `A - B`. An empty text means `*`. Throws `constraint-invalid`, also for `==1.2.3`, `latest` and `1.2.3.4`.
 *
 * A pre-release is considered only by alternatives in which a comparator names one: `>=1.2` leaves out 2.0.0-rc1,
 * `>=1.2-0` does not.
 */
export function parseConstraint(text: string): Constraint {
  return readConstraint(text).accepts;
}

/** As `parseConstraint`, for who wants to know whether only the rule of pre-releases is against a version. */
export function readConstraint(text: string): ReadConstraint {
  if (text.length > LONGEST_CONSTRAINT) {
    const found = `expected a version constraint of at most ${LONGEST_CONSTRAINT} characters, found ${text.length}`;
    throw new LynceusError('constraint-invalid', found);
  }
  const constraint = text.trim() === '' ? '*' : text;
  const alternatives: ReadConstraint[] = [];
  let start = 0;
  let comparators = 0;
  for (const part of constraint.split('||')) {
    const scope = { text: constraint, part, start };
    const terms = readTerms(scope);
    comparators += terms.length;
    if (comparators > MOST_COMPARATORS) throw invalid(scope, 0, `at most ${MOST_COMPARATORS} comparators`);
    alternatives.push(allOf(terms));
    start += part.length + '||'.length;
  }
  return {
    accepts: (version) => alternatives.some(({ accepts }) => accepts(version)),
    acceptsAnyRelease: (version) => alternatives.some((one) => one.acceptsAnyRelease(version)),
  };
}

function allOf(terms: readonly Term[]): ReadConstraint {
  const prereleases = terms.some((term) => term.namesPrerelease);
  const tests = terms.flatMap((term) => term.tests);
  const acceptsAnyRelease: Constraint = (version) => tests.every((holds) => holds(version));
  return {
    accepts: (version) => (prereleases || version.prerelease === '') && acceptsAnyRelease(version),
    acceptsAnyRelease,
  };
}

function readTerms(scope: Scope): readonly Term[] {
  const terms: Term[] = [];
  let at = skipSpace(scope, 0);
  do {
    const term = readTerm(scope, at);
    terms.push(term);
    at = skipSeparator(scope, term.end);
  } while (at < scope.part.length);
  return terms;
}

/** One comparator, or two versions with a hyphen between them. */
function readTerm(scope: Scope, at: number): Term {
  const [spelling = ''] = matchAt(OPERATOR, scope, at) ?? [];
  const operator = OPERATOR_SPELLINGS.get(spelling) ?? '=';
  const first = readVersion(scope, spelling === '' ? at : skipSpace(scope, at + spelling.length));
  const hyphen = spelling === '' ? matchAt(HYPHEN, scope, first.end) : null;
  if (hyphen === null) return { ...first, tests: [testOf(operator, first.version)] };
  const second = readVersion(scope, first.end + hyphen[0].length);
  return {
    tests: [testOf('>=', first.version), testOf('<=', second.version)],
    namesPrerelease: first.namesPrerelease || second.namesPrerelease,
    end: second.end,
  };
}

interface ReadVersion extends Omit<Term, 'tests'> {
  readonly version: PartialVersion;
}

function readVersion(scope: Scope, at: number): ReadVersion {
  const match = matchAt(VERSION, scope, at);
  if (match === null) throw invalid(scope, at, 'a version such as 1, 1.2, 1.x or 1.2.3-rc.1');
  const [whole, major, minor, patch, prerelease = ''] = match;
  if (!isPrerelease(prerelease))
    throw invalid(scope, at, 'a pre-release without leading zeros in its numbers');
  const parts = [major, minor, patch];
  const written = parts.findIndex((part) => part === undefined || /^[xX*]$/.test(part));
  const precision = written < 0 ? 3 : (written as 0 | 1 | 2);
  // The text after a wildcard is ignored: `1.x.3` is `1.x`.
  const [first = 0n, second = 0n, third = 0n] = parts.slice(0, precision).map((part) => BigInt(part ?? '0'));
  const numbers = [first, second, third] as const;
  if (numbers.some((number) => number > LARGEST_NUMBER))
    throw invalid(scope, at, `numbers up to ${LARGEST_NUMBER}`);
  return {
    version: { numbers, prerelease, precision },
    namesPrerelease: prerelease !== '',
    end: at + whole.length,
  };
}

function skipSeparator(scope: Scope, end: number): number {
  const at = skipSpace(scope, end);
  if (scope.part.charAt(at) !== ',') return at;
  const next = skipSpace(scope, at + 1);
  if (next === scope.part.length) throw invalid(scope, next, 'a comparator after the comma');
  return next;
}

function skipSpace(scope: Scope, at: number): number {
  return at + (matchAt(SPACE, scope, at)?.[0].length ?? 0);
}

function matchAt(sticky: RegExp, { part }: Scope, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(part);
}

function invalid({ text, part, start }: Scope, at: number, expected: string): LynceusError {
  const found = at >= part.length ? 'nothing' : quoted(part.slice(at));
  const where = `at character ${start + at + 1} of the version constraint ${quoted(text)}`;
  return new LynceusError('constraint-invalid', `expected ${expected} ${where}, found ${found}`, {
    hint: 'write for example ">=1.2 <2", "~1.4", "^1.2 || ^2", "1.x" or "1.2 - 1.4"; update-strategy digest follows a tag such as latest, newest-build takes a pattern such as main-*',
  });
}
