import type { ImageRepository } from '../core/image/reference.ts';
import type { ListingDetail, TagFacts, TagListing, TagNeeds } from '../core/tags/facts.ts';
import type { Login } from './logins.ts';

/** Which image repository is meant, and who asks. */
export interface RepositoryAccess {
  readonly repository: ImageRepository;
  readonly login: Login;
}

export interface ListRequest extends RepositoryAccess {
  /** `facts` unless set. */
  readonly detail?: ListingDetail;
}

export interface DescribeRequest extends RepositoryAccess {
  /** A tag; or a digest that the registry gave for one, which costs nothing when it is known. */
  readonly reference: string;
  readonly needs: TagNeeds;
  /** What the registry told of the tag earlier will do; `askedAt` of the answer is when that was. */
  readonly remembered?: boolean;
}

/**
 * Lists tags and describes what is behind them. Every method throws `LynceusError` with a `registry-…` code; an
 * incomplete listing is an error, never a shorter list. Of a description, `retryable` tells whether the error is a fact
 * about the tag (see `checkTag`) or hides one.
 */
export interface Registry {
  listTags(request: ListRequest, signal: AbortSignal): Promise<TagListing>;
  describe(request: DescribeRequest, signal: AbortSignal): Promise<TagFacts>;
}
