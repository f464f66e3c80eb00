import { formatCredentialSpec, type CredentialSpec } from './credential-spec.ts';
import { imageRepositoryKey } from './identity/image-repository.ts';
import { joinKey } from './identity/key.ts';
import type { ImageRepository } from './image/reference.ts';
import type { UpdatePolicy } from './policy.ts';
import { listingDetailOf } from './strategies/index.ts';
import type { ListingDetail } from './tags/facts.ts';

/** One request to one registry, and the policies that wait for the answer. */
export interface TagQuery {
  /** Equal exactly when repository and login source are equal. */
  readonly key: string;
  readonly repository: ImageRepository;
  readonly pullSecret: CredentialSpec | undefined;
  readonly policies: readonly UpdatePolicy[];
  /** `facts` when one of the policies has use for them. */
  readonly detail: ListingDetail;
}

/**
 * What has to be asked, each thing once: forty Applications with one image and one login make one query.
 * Two Applications with different logins never share an answer, because one may not be allowed to see it.
 */
export function queriesFor(policies: readonly UpdatePolicy[]): readonly TagQuery[] {
  const waiting = new Map<string, [UpdatePolicy, ...UpdatePolicy[]]>();
  for (const policy of policies) {
    const key = queryKey(policy);
    const known = waiting.get(key);
    if (known === undefined) waiting.set(key, [policy]);
    else known.push(policy);
  }
  return [...waiting].map(([key, group]) => {
    const [{ repository, pullSecret }] = group;
    const detail = group.some(({ strategy }) => listingDetailOf(strategy) === 'facts') ? 'facts' : 'names';
    return { key, repository, pullSecret, policies: group, detail };
  });
}

/** The key of the query that answers this policy. */
export function queryKey(policy: Pick<UpdatePolicy, 'repository' | 'pullSecret'>): string {
  const { repository, pullSecret } = policy;
  return joinKey(imageRepositoryKey(repository), pullSecret && formatCredentialSpec(pullSecret));
}
