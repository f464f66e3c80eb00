import { groupBy } from '../../core/plan/group-by.ts';

/**
 * Patterns that match these names and nothing else, now or later: names that differ in one letter or digit at one place share
 * a pattern (`shop-[12]`), every other name is its own.
 */
export function namePatterns(names: readonly string[]): readonly string[] {
  const patterns: string[] = [];
  let left = [...names];
  for (let best = largestSet(left); best !== undefined; best = largestSet(left)) {
    const { at, set } = best;
    const [first = ''] = set;
    const letters = set.map((name) => name.charAt(at)).toSorted();
    patterns.push(`${first.slice(0, at)}[${letters.join('')}]${first.slice(at + 1)}`);
    left = left.filter((name) => !set.includes(name));
  }
  return [...patterns, ...left].toSorted();
}

function largestSet(
  names: readonly string[],
): { readonly at: number; readonly set: readonly string[] } | undefined {
  let best: { readonly at: number; readonly set: readonly string[] } | undefined;
  const longest = Math.max(0, ...names.map(({ length }) => length));
  for (let at = 0; at < longest; at += 1) {
    const able = names.filter((name) => /[a-z0-9]/.test(name.charAt(at)));
    const sets = groupBy(able, (name) => `${name.slice(0, at)}*${name.slice(at + 1)}`);
    for (const set of sets.values())
      if (set.length > 1 && set.length > (best?.set.length ?? 1)) best = { at, set };
  }
  return best;
}
