import { formatCredentialSpec, type CredentialSpec } from './credential-spec.ts';
import { imageRepositoryKey } from './identity/image-repository.ts';
import { joinKey } from './identity/key.ts';
import type { ImageRepository } from './image/reference.ts';
import { groupBy } from './plan/group-by.ts';
import type { TrackedImage } from './policy.ts';
import { listingDetailOf } from './strategies/index.ts';
import type { ListingDetail } from './tags/facts.ts';

/** The parts of an image that make its query. */
export type QueriedImage = Pick<TrackedImage, 'repository' | 'policy'>;

/** One request to one registry, for all images that wait for the answer. */
export interface TagQuery {
  /** Equal exactly when repository and login source are equal. */
  readonly key: string;
  readonly repository: ImageRepository;
  readonly pullSecret: CredentialSpec | undefined;
  /** `facts` when one of the images has use for them. */
  readonly detail: ListingDetail;
}

/**
 * The requests for these images, each once: forty Applications with one image and one login make one query. Two
 * Applications with different logins never share an answer, because one may not be allowed to see it.
 */
export function queriesFor(images: readonly QueriedImage[]): readonly TagQuery[] {
  return [...groupBy(images, queryKey)].flatMap(([key, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const needsFacts = group.some(({ policy: { strategy } }) => listingDetailOf(strategy) === 'facts');
    const { repository, policy } = first;
    return [{ key, repository, pullSecret: policy.pullSecret, detail: needsFacts ? 'facts' : 'names' }];
  });
}

/** The key of the query that answers this image. */
export function queryKey({ repository, policy: { pullSecret } }: QueriedImage): string {
  return joinKey(imageRepositoryKey(repository), pullSecret && formatCredentialSpec(pullSecret));
}
