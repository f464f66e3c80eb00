import { groupBy } from '../core/plan/group-by.ts';

/** One of each group, then the second of each, and so on: who has many waits behind who has few. */
export function inTurns<T>(items: readonly T[], group: (item: T) => string): readonly T[] {
  const groups = [...groupBy(items, group).values()];
  const rounds = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    groups.flatMap((one) => one.slice(round, round + 1)),
  ).flat();
}
