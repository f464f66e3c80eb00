import type { ImageRepository } from '../core/image/reference.ts';
import type { TagFacts, TagListing, TagNeeds } from '../core/tags/facts.ts';
import type { Login } from './logins.ts';

/**
 * Tells which tags exist and what is behind them. Every method throws `LynceusError` with a `registry-…` code;
 * an incomplete listing is an error, never a shorter list.
 */
export interface Registry {
  listTags(repository: ImageRepository, login: Login, signal: AbortSignal): Promise<TagListing>;
  describe(
    repository: ImageRepository,
    tag: string,
    needs: TagNeeds,
    login: Login,
    signal: AbortSignal,
  ): Promise<TagFacts>;
}
