import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';
import type { TagOrder, TagOrderName } from '../policy.ts';
import { compileExpression } from '../tags/expression.ts';
import { parseVersion, type OrderedVersion } from './version.ts';

/** The version in a tag; `undefined` for a tag that has none. */
export type VersionReader = (tag: string) => OrderedVersion | undefined;

/** Twice what a registry may hold: tags in commit messages are foreign text. */
const LONGEST_TAG = 256;
const NUMBER = /^[0-9]+$/;
const CALVER = /^v?[0-9]+(?:[._-][0-9]+)*$/;

/**
 * How versions are read from tags. Throws `pattern-invalid`, also for an expression without a group: then it is not said
 * which part of the tag is the version.
 */
export function createVersionReader(order: TagOrder | undefined): VersionReader {
  if (order === undefined) return parseVersion;
  const { extract } = compileExpression(order.expression, 'allow-tags');
  if (extract === undefined) {
    throw new LynceusError(
      'pattern-invalid',
      `expected parentheses round the part of the tag that order ${order.by} compares, found none in allow-tags ${quoted(`regexp:${order.expression}`)}`,
      { hint: 'write for example "regexp:^build-([0-9]+)$" or "regexp:^(?P<version>[0-9.]+)-alpine$"' },
    );
  }
  const read = readerOf(order.by);
  return (tag) => {
    const part = tag.length > LONGEST_TAG ? undefined : extract(tag);
    return part === undefined ? undefined : read(part);
  };
}

function readerOf(by: TagOrderName): VersionReader {
  switch (by) {
    case 'numeric':
      return (part) => (NUMBER.test(part) ? { numbers: [BigInt(part)], prerelease: '' } : undefined);
    case 'semver':
      return parseVersion;
    case 'calver':
      return (part) => (CALVER.test(part) ? { numbers: numbersOf(part), prerelease: '' } : undefined);
  }
}

function numbersOf(part: string): readonly bigint[] {
  return part.replace(/^v/, '').split(/[._-]/).map(BigInt);
}
