import type { Strategy } from '../policy.ts';
import { readConstraint } from '../strategies/constraint.ts';
import { createVersionReader } from '../strategies/version-reader.ts';
import type { OrderedVersion } from '../strategies/version.ts';

/**
 * A constraint that takes this tag, as near as can be to the one that does not: `^2` for 2.1.0 and `^1.2`, `^1.2-0` for the
 * pre-release 1.3.0-rc1. `undefined` where the tag holds no version, or no constraint can name it.
 */
export function suggestConstraint(
  { constraint, order }: Extract<Strategy, { kind: 'semver' }>,
  tag: string,
): string | undefined {
  const version = createVersionReader(order)(tag);
  if (version === undefined) return undefined;
  return candidatesFor(version, constraint.trim()).find((text) => accepts(text, version));
}

function candidatesFor({ numbers, prerelease }: OrderedVersion, constraint: string): readonly string[] {
  const [major = 0n, minor = 0n, patch = 0n] = numbers;
  const whole = `${major}.${minor}.${patch}`;
  if (prerelease !== '') {
    const same = constraint === '' ? '*-0' : `${constraint}-0`;
    return [same, `^${whole}-0`, `^${whole}-${prerelease}`, `=${whole}-${prerelease}`];
  }
  return major === 0n ? [`^0.${minor}`, `~0.${minor}`, `>=${whole}`] : [`^${major}`, `>=${whole}`];
}

function accepts(text: string, version: OrderedVersion): boolean {
  try {
    return readConstraint(text).accepts(version);
  } catch {
    return false;
  }
}
