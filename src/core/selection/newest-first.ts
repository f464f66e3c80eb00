import type { ExplainedTag } from '../reasons/tag-outcome.ts';
import { compareByteOrder } from '../strategies/byte-order.ts';
import { createVersionReader } from '../strategies/version-reader.ts';
import { comparePrecedence, parseVersion, type OrderedVersion } from '../strategies/version.ts';
import type { SelectionInput } from './decision.ts';

interface Placed {
  readonly explained: ExplainedTag;
  /** What belongs to other images comes last. */
  readonly isSupplementary: boolean;
  /** The greater the newer; `-Infinity` where that is not known. */
  readonly at: number;
  readonly version: OrderedVersion | undefined;
  readonly place: number;
}

/**
 * All tags in one order, also those that cannot be chosen: by the version, the time or the name, as the strategy compares them; of
 * equals in the order of the search. `places` are those of the search, from 1.
 */
export function newestFirst(
  tags: readonly ExplainedTag[],
  { input, places }: { readonly input: SelectionInput; readonly places: ReadonlyMap<string, number> },
): readonly ExplainedTag[] {
  const { strategy } = input.policy;
  const read = readerFor(input);
  const listed = listedPlaces(input);
  return tags
    .map((explained): Placed => {
      const { tag, outcome, time } = explained;
      return {
        explained,
        isSupplementary: outcome.kind === 'supplementary',
        at: listed?.get(tag) ?? standing(tag, time),
        version: read?.(tag),
        place: places.get(tag) ?? Infinity,
      };
    })
    .toSorted(
      (a, b) =>
        Number(a.isSupplementary) - Number(b.isSupplementary) ||
        descending(a.at, b.at) ||
        compareVersioned(a.version, b.version) ||
        ascending(a.place, b.place) ||
        compareByteOrder(b.explained.tag, a.explained.tag),
    )
    .map(({ explained }) => explained);

  /** The tag that is followed comes first; the others have an order all the same, for people. */
  function standing(tag: string, time: number | undefined): number {
    if (strategy.kind === 'digest') return places.has(tag) ? 1 : 0;
    return isByTime(strategy.kind) ? (time ?? -Infinity) : 0;
  }
}

function isByTime(kind: SelectionInput['policy']['strategy']['kind']): boolean {
  return kind === 'newest-build' || kind === 'newest-pushed';
}

/** `undefined` where names have no order as versions. A tag that holds none where the order says so may be one by itself. */
function readerFor({
  policy: { strategy },
}: SelectionInput): ((tag: string) => OrderedVersion | undefined) | undefined {
  switch (strategy.kind) {
    case 'semver':
      return createVersionReader(strategy.order);
    case 'digest':
      return parseVersion;
    case 'alphabetical':
    case 'newest-build':
    case 'newest-pushed':
      return undefined;
  }
}

/** The order of the listing, where it means something and the strategy goes by it. */
function listedPlaces({
  listing,
  policy,
  promoted,
}: SelectionInput): ReadonlyMap<string, number> | undefined {
  if (listing.order === 'unordered' || !isByTime(policy.strategy.kind) || promoted !== undefined)
    return undefined;
  const sign = listing.order === 'latest-first' ? -1 : 1;
  return new Map(listing.tags.map((tag, index) => [tag, sign * index]));
}

function compareVersioned(a: OrderedVersion | undefined, b: OrderedVersion | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return comparePrecedence(b, a);
}

function descending(a: number, b: number): number {
  return a === b ? 0 : b > a ? 1 : -1;
}

function ascending(a: number, b: number): number {
  return descending(b, a);
}
