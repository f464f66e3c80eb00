const LONGEST_NAME = 80;

/**
 * The candidate that a misspelt name probably stands for; `undefined` when none is near. Case, hyphens, underscores,
 * dots and spaces do not count. It is the same name, else what `habits` has for it (without case and separators), else
 * the one with the fewest changed letters, if those are few for its length, else one that begins or ends with the other.
 */
export function didYouMean(
  written: string,
  candidates: readonly string[],
  habits: Readonly<Record<string, string>> = {},
): string | undefined {
  if (written.length > LONGEST_NAME) return undefined;
  const name = plainOf(written);
  const ranked = candidates
    .map((candidate) => ({ candidate, plain: plainOf(candidate) }))
    .map(({ candidate, plain }) => ({ candidate, plain, distance: editDistance(name, plain) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const near = ranked[0];
  if (near?.distance === 0) return near.candidate;
  const habit = habits[name];
  if (habit !== undefined && candidates.includes(habit)) return habit;
  if (near !== undefined && near.distance <= Math.floor(near.plain.length / 3)) return near.candidate;
  return ranked.find(({ plain }) => shareAnEnd(name, plain))?.candidate;
}

function plainOf(text: string): string {
  return text.toLowerCase().replaceAll(/[-_.\s]/g, '');
}

function shareAnEnd(written: string, candidate: string): boolean {
  const [short, long] = written.length < candidate.length ? [written, candidate] : [candidate, written];
  return short.length >= 4 && (long.startsWith(short) || long.endsWith(short));
}

/** Damerau's distance: letters to insert, remove or replace, and neighbours to swap. */
function editDistance(a: string, b: string): number {
  let twoAbove: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (above[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      const swaps = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = swaps ? (twoAbove[column - 2] ?? Infinity) + 1 : Infinity;
      current.push(Math.min(replaced, removed, inserted, swapped));
    }
    twoAbove = above;
    above = current;
  }
  return above[b.length] ?? 0;
}
