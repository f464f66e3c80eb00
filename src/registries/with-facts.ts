import type { ImageRepository } from '../core/image/reference.ts';
import type { TagFacts } from '../core/tags/facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login } from '../ports/logins.ts';
import type { Registry } from '../ports/registry.ts';
import { createRefusals } from './refusals.ts';

/** An interface of a vendor that tells digests and times of tags, in pages that are numbered. */
export interface FactTeller {
  /**
   * What it knows of the tags; `undefined` when this login or this image repository is none for it. Throws as
   * `Registry.listTags` does; when it broke off, that is an error.
   */
  factsOf(
    repository: ImageRepository,
    login: Login,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TagFacts> | undefined>;
}

/**
 * The same registry, whose listings carry the facts of the vendor's interface when they are wanted. The names still
 * come from the distribution API: in numbered pages, newest first, a tag that is pushed while they are read moves from
 * a page to come to one that was read, and would be missing. The names are listed first, so that a tag which comes
 * into being in between is not there at all rather than there without its facts.
 */
export function withFacts(inner: Registry, teller: FactTeller, clock: Pick<Clock, 'now'>): Registry {
  const refusals = createRefusals(clock);
  return {
    ...inner,
    async listTags(repository, login, signal, wish = 'facts') {
      const listing = await inner.listTags(repository, login, signal, wish);
      if (wish === 'names' || refusals.has(repository, login)) return listing;
      const told = await teller.factsOf(repository, login, signal);
      if (told === undefined) {
        refusals.add(repository, login);
        return listing;
      }
      const facts = new Map<string, TagFacts>();
      for (const tag of listing.tags) {
        const known = told.get(tag);
        if (known !== undefined) facts.set(tag, known);
      }
      return { ...listing, facts };
    },
  };
}
