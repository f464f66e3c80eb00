import { LRUCache } from 'lru-cache';
import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import type { TagListing } from '../core/tags/facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login } from '../ports/logins.ts';
import type { Registry } from '../ports/registry.ts';
import { createRefusals } from './refusals.ts';
import { factsOf, type ToldTag } from './told-tags.ts';

/** An interface of a vendor that tells digests and times of tags, in pages that are numbered. */
export interface FactTeller {
  /**
   * What it tells of the tags; `undefined` when this login or this image repository is none for it. Throws as
   * `Registry.listTags` does; when it broke off, that is an error.
   */
  tell(question: FactQuestion): Promise<readonly ToldTag[] | undefined>;
}

export interface FactQuestion {
  readonly repository: ImageRepository;
  readonly login: Login;
  readonly signal: AbortSignal;
  /** It has told before: when it is out of reach or answers nonsense, that passes, and is an error. */
  readonly hasTold: boolean;
}

const MOST_LISTS = 10_000;

/**
 * The same registry, whose listings carry the facts of the vendor's interface when they are wanted. The names still
 * come from the distribution API: in numbered pages, newest first, a tag that is pushed while they are read moves from
 * a page to come to one that was read. Names are listed first, so that a tag which comes into being in between is not
 * there at all; when one that was there is not told of, or twice, the facts are read once more, since without its time
 * an older tag would win. Only the tags that the interface never knows are left without.
 */
export function withFacts(inner: Registry, teller: FactTeller, clock: Pick<Clock, 'now'>): Registry {
  const refusals = createRefusals(clock);
  /** For each list that was told before, of how many tags nothing clear was told. */
  const unclearBefore = new LRUCache<string, number>({ max: MOST_LISTS });

  async function addFacts(listing: TagListing, question: Omit<FactQuestion, 'hasTold'>): Promise<TagListing> {
    const key = JSON.stringify([formatRepository(question.repository), question.login.identity]);
    for (let reading = 1; ; reading++) {
      const told = await teller.tell({ ...question, hasTold: unclearBefore.has(key) });
      if (told === undefined) {
        refusals.add(question.repository, question.login);
        unclearBefore.delete(key);
        return listing;
      }
      const { facts, unclear } = factsOf(told, listing.tags);
      const usual = unclearBefore.get(key) ?? 0;
      unclearBefore.set(key, unclear.length);
      if (reading === 2 || unclear.length <= usual) return { ...listing, facts };
    }
  }

  return {
    ...inner,
    async listTags(repository, login, signal, wish = 'facts') {
      const listing = await inner.listTags(repository, login, signal, wish);
      if (wish === 'names' || refusals.has(repository, login)) return listing;
      return addFacts(listing, { repository, login, signal });
    },
  };
}
