import type { TagLookup } from '../core/selection/check-tag.ts';
import type { Strategy } from '../core/policy.ts';
import { updateSightings } from '../core/tags/sightings.ts';
import type { SightingsStore } from '../ports/sightings.ts';
import type { ListedTags } from './describe-listed.ts';

type Facts = ReadonlyMap<string, TagLookup>;

/**
 * Adds to each tag when it was first seen with the digest it has, for the strategy that decides by that, and where the
 * registry lists no push times itself.
 */
export function withFirstSeen(
  facts: Facts,
  { query, listing, listedAt }: ListedTags,
  { strategy, sightings }: { readonly strategy: Strategy; readonly sightings: SightingsStore },
): Facts {
  if (
    strategy.kind !== 'newest-pushed' ||
    [...listing.facts.values()].some(({ pushed }) => pushed !== undefined)
  )
    return facts;
  const digests = new Map<string, string>();
  for (const [tag, knowledge] of facts)
    if (knowledge.kind === 'known') digests.set(tag, knowledge.facts.digest);
  const seen = updateSightings(sightings.of(query), { tags: listing.tags, digests, at: listedAt });
  sightings.keep(query, seen);
  return new Map([...facts].map(([tag, knowledge]) => [tag, dated(knowledge, seen.get(tag)?.at)]));
}

function dated(knowledge: TagLookup, firstSeen: number | undefined): TagLookup {
  if (knowledge.kind === 'unknown' || firstSeen === undefined) return knowledge;
  return { kind: 'known', facts: { ...knowledge.facts, firstSeen } };
}
