import { isOldEnough } from '../core/gates/minimum-age-gate.ts';
import { joinKey } from '../core/identity/key.ts';
import type { TagLookup } from '../core/selection/check-tag.ts';
import type { TagFacts } from '../core/tags/facts.ts';
import {
  agesAfter,
  knownSince,
  NO_AGES,
  withSights,
  type DigestSight,
  type VersionAges,
} from '../core/tags/version-ages.ts';
import type { AgeMemory } from './age-memory.ts';
import type { ListedTags } from './describe-listed.ts';

/** What one cycle knows of ages, kept as it changes. */
export interface KnownAges {
  of(found: ListedTags): VersionAges;
  change(found: ListedTags, edit: (ages: VersionAges) => VersionAges): VersionAges;
  /** Whether what is known will be known in later cycles. */
  isKept(found: ListedTags): boolean;
  /** Remembers the tags of a listing, and the digests that tags were seen with. */
  note(found: ListedTags, lookups: ReadonlyMap<string, TagLookup>): void;
  /** Remembers what was told of a version that may have to wait. */
  keepFacts(found: ListedTags, tag: string, lookup: TagLookup | undefined): void;
  /** Of the tags that are known to be younger than `asked` milliseconds: what was told of them, where that is remembered. */
  waiting(found: ListedTags, asked: number): ReadonlyMap<string, TagFacts | undefined>;
}

/** More is forgotten, the oldest first, and asked for again. */
const MOST_FACTS = 2_000;

/** Each listing is taken up once. Nothing is kept without a memory. */
export function createKnownAges(memory: AgeMemory | undefined): KnownAges {
  const current = new Map<string, VersionAges>();
  const kept = new Set<string>();

  function save({ query }: ListedTags, ages: VersionAges): VersionAges {
    current.set(query.key, ages);
    if (memory?.store.keep(query, ages) === true) kept.add(query.key);
    else kept.delete(query.key);
    return ages;
  }

  function of(found: ListedTags): VersionAges {
    const { query, listing, listedAt } = found;
    const known = current.get(query.key);
    if (known !== undefined) return known;
    return save(found, agesAfter(memory?.store.of(query) ?? NO_AGES, listing.tags, listedAt));
  }

  const change: KnownAges['change'] = (found, edit) => {
    const before = of(found);
    const after = edit(before);
    return after === before ? before : save(found, after);
  };

  return {
    of,
    change,
    note(found, lookups) {
      const sights = [...lookups].flatMap(([tag, lookup]): readonly DigestSight[] => {
        if (lookup.kind === 'unknown') return [];
        const { digest, askedAt = found.listedAt } = lookup.facts;
        return [{ tag, digest, at: Math.min(askedAt, found.listedAt) }];
      });
      change(found, (ages) => withSights(ages, sights));
    },
    keepFacts({ query }, tag, lookup) {
      if (memory === undefined || lookup?.kind !== 'known' || lookup.facts.images === undefined) return;
      const { facts } = memory;
      const key = joinKey(query.key, tag);
      facts.delete(key);
      facts.set(key, lookup.facts);
      const [oldest] = facts.keys();
      if (facts.size > MOST_FACTS && oldest !== undefined) facts.delete(oldest);
    },
    waiting(found, asked) {
      const ages = of(found);
      const young = new Map<string, TagFacts | undefined>();
      for (const [tag, { digest }] of ages.digests) {
        const { since, mayBeSince = since } = knownSince(ages, { tag, digest }) ?? { since: -Infinity };
        if (isOldEnough(mayBeSince, { asked, now: found.listedAt })) continue;
        const facts = memory?.facts.get(joinKey(found.query.key, tag));
        young.set(tag, facts?.digest === digest ? facts : undefined);
      }
      return young;
    },
    isKept: ({ query }) => kept.has(query.key),
  };
}
