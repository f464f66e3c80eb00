import { createDeadline } from '../async/deadline.ts';
import { formatRepository } from '../core/image/reference.ts';
import { queriesFor, queryKey, type QueriedImage, type TagQuery } from '../core/queries.ts';
import type { TagListing } from '../core/tags/facts.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { Login } from '../ports/logins.ts';
import { lateListing } from './cycle-limits.ts';
import { createQuestions, type Waiting } from './registry-questions.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { CycleRun, RegistryServices } from './services.ts';

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

/** The tags of one of the images that the finder was made for. A failure is a value, as long as nobody is stopped. */
export type FindTags = (image: QueriedImage, waiting: Waiting) => Promise<FoundTags>;

export interface FindOptions extends Pick<CycleRun, 'clock' | 'onProgress'> {
  readonly turns: RegistryTurns;
}

function isAnswer(found: FoundTags): boolean {
  return found.kind === 'listed' || !found.error.retryable;
}

/** Lists each image repository once per login, however many Applications use it, when the first of them asks. */
export function createTagFinder(
  images: readonly QueriedImage[],
  { logins, registry }: Pick<RegistryServices, 'logins' | 'registry'>,
  { clock, onProgress, turns }: FindOptions,
): FindTags {
  const queries = new Map(queriesFor(images).map((query) => [query.key, query]));
  const ask = createQuestions<FoundTags>(turns);
  const { limits } = turns;
  let done = 0;

  return async (image, waiting) => {
    const query = queries.get(queryKey(image));
    if (query === undefined) throw new Error('the tags of this image were not to be requested');
    const { key, repository } = query;
    const what = `the tags of ${formatRepository(repository)}`;
    const work = (signal: AbortSignal) => find(query, what, signal);
    try {
      return await ask({ key, repository, what, work, isAnswer }, waiting);
    } catch (thrown) {
      waiting.signal.throwIfAborted();
      return { kind: 'failed', query, error: asLynceusError(thrown) };
    }
  };

  async function find(query: TagQuery, what: string, signal: AbortSignal): Promise<FoundTags> {
    const late = () => lateListing(what, limits);
    try {
      return await createDeadline(limits.listingTime).run({ signal, late }, (own) => list(query, own));
    } catch (thrown) {
      signal.throwIfAborted();
      return { kind: 'failed', query, error: asLynceusError(thrown) };
    } finally {
      done += 1;
      onProgress({ stage: 'tags', done, total: queries.size });
    }
  }

  async function list(query: TagQuery, signal: AbortSignal): Promise<FoundTags> {
    const { repository, pullSecret, detail } = query;
    const login = await logins.find(repository, pullSecret, signal);
    const listing = await registry.listTags({ repository, login, detail }, signal);
    return { kind: 'listed', query, listing, listedAt: clock.now(), login };
  }
}
