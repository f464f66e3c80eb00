import { formatCredentialSpec, type CredentialSpec } from './credential-spec.ts';
import { imageRepositoryKey } from './identity/image-repository.ts';
import { joinKey } from './identity/key.ts';
import type { ImageRepository } from './image/reference.ts';
import type { TrackedImage } from './policy.ts';
import { listingDetailOf } from './strategies/index.ts';
import type { ListingDetail } from './tags/facts.ts';

/** What a query is made of. */
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
 * What has to be asked, each thing once: forty Applications with one image and one login make one query.
 * Two Applications with different logins never share an answer, because one may not be allowed to see it.
 */
export function queriesFor(images: readonly QueriedImage[]): readonly TagQuery[] {
  const waiting = new Map<string, [QueriedImage, ...QueriedImage[]]>();
  for (const image of images) {
    const key = queryKey(image);
    const known = waiting.get(key);
    if (known === undefined) waiting.set(key, [image]);
    else known.push(image);
  }
  return [...waiting].map(([key, group]) => {
    const [
      {
        repository,
        policy: { pullSecret },
      },
    ] = group;
    const detail = group.some(({ policy: { strategy } }) => listingDetailOf(strategy) === 'facts')
      ? 'facts'
      : 'names';
    return { key, repository, pullSecret, detail };
  });
}

/** The key of the query that answers this image. */
export function queryKey({ repository, policy: { pullSecret } }: QueriedImage): string {
  return joinKey(imageRepositoryKey(repository), pullSecret && formatCredentialSpec(pullSecret));
}
