import type { ImageRepository } from '../core/image/reference.ts';
import type { ListingWish, TagFacts, TagListing, TagNeeds } from '../core/tags/facts.ts';
import type { Login } from './logins.ts';

/**
 * Tells which tags exist and what is behind them. Every method throws `LynceusError` with a `registry-…` code;
 * an incomplete listing is an error, never a shorter list.
 */
export interface Registry {
  /** `wish` is `facts` unless said. */
  listTags(
    repository: ImageRepository,
    login: Login,
    signal: AbortSignal,
    wish?: ListingWish,
  ): Promise<TagListing>;
  /** `reference` is a tag; or a digest that the registry told of one, which costs nothing when it is known. */
  describe(
    repository: ImageRepository,
    reference: string,
    needs: TagNeeds,
    login: Login,
    signal: AbortSignal,
  ): Promise<TagFacts>;
}
