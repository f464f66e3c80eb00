import type { AgeAnswer } from '../core/gates/age-answer.ts';
import { isOldEnough } from '../core/gates/minimum-age-gate.ts';
import { joinKey } from '../core/identity/key.ts';
import { formatRepository } from '../core/image/reference.ts';
import type { TagListing } from '../core/tags/facts.ts';
import { knownSince, withPushes, withSights, type VersionAges } from '../core/tags/version-ages.ts';
import type { LynceusError } from '../errors.ts';
import type { ListedTags } from './describe-listed.ts';
import { createKnownAges, type KnownAges } from './known-ages.ts';
import { orError } from './or-error.ts';
import { createQuestions, type Waiting } from './registry-questions.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { RegistryServices } from './services.ts';

/** How old versions are. Each image repository is asked for times of push at most once in a cycle. */
export interface CheckAge extends Pick<KnownAges, 'note' | 'keepFacts' | 'waiting'> {
  ageOf(
    found: ListedTags,
    version: { readonly tag: string; readonly digest: string; readonly asked: number },
    waiting: Waiting,
  ): Promise<AgeAnswer | LynceusError>;
}

/** Tells the age by what was seen in this cycle and earlier ones; a registry is asked only where that can make a version old enough. */
export function createAgeChecker(
  { registry, ages: memory }: Pick<RegistryServices, 'registry' | 'ages'>,
  turns: RegistryTurns,
): CheckAge {
  const known = createKnownAges(memory);
  const ask = createQuestions<TagListing | LynceusError>(turns);

  async function pushesOf(found: ListedTags, waiting: Waiting): Promise<TagListing | LynceusError> {
    const { query, login, listing } = found;
    if (query.detail === 'facts') return listing;
    const { key, repository } = query;
    const work = (signal: AbortSignal) =>
      orError(signal, () => registry.listTags({ repository, login, detail: 'facts' }, signal));
    const what = `the times of push of ${formatRepository(repository)}`;
    return await ask({ key: joinKey(key, 'pushes'), repository, what, work, isAnswer: () => true }, waiting);
  }

  const ageOf: CheckAge['ageOf'] = async (found, { tag, digest, asked }, waiting) => {
    const { listedAt: now } = found;
    const seen = known.change(found, (ages) =>
      withListedPushes(withSights(ages, [{ tag, digest, at: now }]), found.listing),
    );
    const first = knownSince(seen, { tag, digest });
    const isEnough = (since: number) => isOldEnough(since, { asked, now });
    if (first?.mayBeSince !== undefined && !isEnough(first.since) && isEnough(first.mayBeSince)) {
      const listing = await pushesOf(found, waiting);
      if (listing instanceof Error) return listing;
      known.change(found, (ages) => withPushes(ages, pushIn(listing)));
    }
    const age = knownSince(known.of(found), { tag, digest });
    if (age === undefined || !known.isKept(found)) return { kind: 'unknown' };
    return { kind: 'known', since: age.since, clock: age.clock, now };
  };

  return { ...known, ageOf };
}

function withListedPushes(ages: VersionAges, listing: TagListing): VersionAges {
  const hasTimes = [...listing.facts.values()].some(({ pushed }) => pushed !== undefined);
  return hasTimes ? withPushes(ages, pushIn(listing)) : ages;
}

function pushIn({ facts }: TagListing): (tag: string, digest: string) => number | undefined {
  return (tag, digest) => {
    const known = facts.get(tag);
    return known?.digest === digest ? known.pushed : undefined;
  };
}
