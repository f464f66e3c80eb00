import pLimit from 'p-limit';
import type { Decision } from '../core/decision.ts';
import { wantedPlatforms } from '../core/judge-tag.ts';
import type { UpdatePolicy } from '../core/policy.ts';
import { queryKey } from '../core/queries.ts';
import { asLynceusError } from '../errors.ts';
import type { Verdict } from './decide-images.ts';
import type { CycleDependencies } from './dependencies.ts';

type Labels = Readonly<Record<string, string>>;
type Update = Extract<Decision, { outcome: 'update' }>;

export interface LabelDependencies extends Pick<
  CycleDependencies,
  'registry' | 'logins' | 'platformDefaults' | 'concurrency' | 'log'
> {
  readonly plan: Pick<CycleDependencies['plan'], 'wantsLabels'>;
}

/**
 * The labels of the images that are about to be written to Git, for the message of their commit. Choosing by name reads
 * none, so they are asked for here, and only where the message speaks of them. A message is no reason to hold up a
 * change: labels that cannot be had are told in the log and left out.
 */
export async function readLabels(
  verdicts: readonly Verdict[],
  dependencies: LabelDependencies,
  signal: AbortSignal,
): Promise<readonly Verdict[]> {
  if (!dependencies.plan.wantsLabels) return verdicts;
  const limit = pLimit(dependencies.concurrency);
  const asked = new Map<string, Promise<Labels>>();
  return await Promise.all(
    verdicts.map(async (verdict) => {
      const { policy, decision } = verdict;
      if (decision.outcome !== 'update' || policy.target.method !== 'git') return verdict;
      if (Object.keys(decision.labels).length > 0) return verdict;
      const key = JSON.stringify([queryKey(policy), decision.to, decision.platform]);
      const asking = asked.get(key) ?? limit(() => ask({ ...decision, policy }, dependencies, signal));
      asked.set(key, asking);
      return { ...verdict, decision: { ...decision, labels: await asking } };
    }),
  );
}

async function ask(
  { policy, to, platform }: Pick<Update, 'to' | 'platform'> & { readonly policy: UpdatePolicy },
  { registry, logins, platformDefaults, log }: LabelDependencies,
  signal: AbortSignal,
): Promise<Labels> {
  const { repository, pullSecret } = policy;
  // Of an index one image is enough: the one that was judged.
  const created = platform === undefined ? (wantedPlatforms(policy, platformDefaults) ?? []) : [platform];
  try {
    const login = await logins.find(repository, pullSecret, signal);
    const needs = { images: true, created };
    const { digest, images = [] } = await registry.describe(
      { repository, login, reference: to.tag, needs },
      signal,
    );
    // The tag may have moved since it was chosen.
    if (to.digest !== undefined && to.digest !== digest) return {};
    return images.find(({ labels }) => Object.keys(labels).length > 0)?.labels ?? {};
  } catch (thrown) {
    const { code, line } = asLynceusError(thrown);
    const image = `${repository.registry}/${repository.path}:${to.tag}`;
    log.warn('labels could not be read; the commit message goes without', { image, code, reason: line });
    return {};
  }
}
