import { queriesFor, queryKey, type QueriedImage, type TagQuery } from '../core/queries.ts';
import type { TagListing } from '../core/tags/facts.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { Login } from '../ports/logins.ts';
import type { CycleRun, RegistryServices } from './services.ts';
import { limitPerRegistry } from './limit-per-registry.ts';

/** The answer to one query: every tag there is, or why there is no answer. Never a shorter list. */
export type FoundTags =
  | {
      readonly kind: 'listed';
      readonly query: TagQuery;
      readonly listing: TagListing;
      /** Milliseconds since 1970. */
      readonly listedAt: number;
      readonly login: Login;
    }
  | { readonly kind: 'failed'; readonly query: TagQuery; readonly error: LynceusError };

/** Lists each image repository once per login, however many Applications use it. */
export async function findTags(
  images: readonly QueriedImage[],
  { logins, registry }: Pick<RegistryServices, 'logins' | 'registry'>,
  { concurrency, clock, onProgress, signal }: Omit<CycleRun, 'log'>,
): Promise<ReadonlyMap<string, FoundTags>> {
  const queries = queriesFor(images);
  const limit = limitPerRegistry(concurrency);
  const found = new Map<string, FoundTags>();
  await Promise.all(
    queries.map((query) =>
      limit(query.repository, async () => {
        found.set(query.key, await ask(query));
        onProgress({ stage: 'tags', done: found.size, total: queries.length });
      }),
    ),
  );
  return found;

  async function ask(query: TagQuery): Promise<FoundTags> {
    try {
      const login = await logins.find(query.repository, query.pullSecret, signal);
      const listing = await registry.listTags(
        { repository: query.repository, login, detail: query.detail },
        signal,
      );
      return { kind: 'listed', query, listing, listedAt: clock.now(), login };
    } catch (thrown) {
      return { kind: 'failed', query, error: asLynceusError(thrown) };
    }
  }
}

/** The tags of an image that was given to `findTags`. */
export function tagsOf(found: ReadonlyMap<string, FoundTags>, image: QueriedImage): FoundTags {
  const tags = found.get(queryKey(image));
  if (tags === undefined) throw new Error('the tags of this image were not requested');
  return tags;
}
