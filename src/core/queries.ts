import type { CredentialSpec } from './credential-spec.ts';
import type { ImageRepository } from './image/reference.ts';
import type { UpdatePolicy } from './policy.ts';

/** One question to one registry, and everybody who waits for the answer. */
export interface TagQuery {
  /** Equal exactly when repository and login source are equal. */
  readonly key: string;
  readonly repository: ImageRepository;
  readonly pullSecret: CredentialSpec | undefined;
  readonly policies: readonly UpdatePolicy[];
}

/**
 * What has to be asked, each thing once: forty Applications with one image and one login make one query.
 * Two Applications with different logins never share an answer, because one may not be allowed to see it.
 */
export function queriesFor(policies: readonly UpdatePolicy[]): readonly TagQuery[] {
  const queries = new Map<string, { query: TagQuery; policies: UpdatePolicy[] }>();
  for (const policy of policies) {
    const key = queryKey(policy);
    const known = queries.get(key);
    if (known !== undefined) {
      known.policies.push(policy);
      continue;
    }
    const waiting = [policy];
    const { repository, pullSecret } = policy;
    queries.set(key, { query: { key, repository, pullSecret, policies: waiting }, policies: waiting });
  }
  return [...queries.values()].map((entry) => entry.query);
}

/** The key of the query that answers this policy. */
export function queryKey(policy: Pick<UpdatePolicy, 'repository' | 'pullSecret'>): string {
  return JSON.stringify([policy.repository.registry, policy.repository.path, policy.pullSecret ?? null]);
}
