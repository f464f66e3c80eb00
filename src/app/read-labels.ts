import pLimit from 'p-limit';
import { createDeadline } from '../async/deadline.ts';
import type { Decision } from '../core/selection/decision.ts';
import { joinKey } from '../core/identity/key.ts';
import { formatPlatform } from '../core/image/platform.ts';
import { formatRepository } from '../core/image/reference.ts';
import { requiredPlatforms } from '../core/selection/check-tag.ts';
import type { TrackedImage } from '../core/policy.ts';
import { versionText } from '../core/presence.ts';
import { queryKey } from '../core/queries.ts';
import { asLynceusError } from '../errors.ts';
import { lateListing, NO_LIMITS } from './cycle-limits.ts';
import type { Evaluation } from './decide-images.ts';
import type { CycleRun, GitServices, RegistryServices } from './services.ts';

type Labels = Readonly<Record<string, string>>;
type Update = Extract<Decision, { outcome: 'update' }>;

export interface LabelServices extends Omit<RegistryServices, 'sightings'> {
  readonly plan: Pick<GitServices['plan'], 'needsLabels'>;
}

/**
 * Reads the labels of the images that are about to be written to Git, for their commit message. Selection by name reads
 * none, so they are requested here, and only where the message template uses them. A change is never held up by its
 * message: labels that cannot be read are logged and left out.
 */
export async function readLabels(
  evaluations: readonly Evaluation[],
  services: LabelServices,
  run: Pick<CycleRun, 'concurrency' | 'limits' | 'log' | 'signal'>,
): Promise<readonly Evaluation[]> {
  if (!services.plan.needsLabels) return evaluations;
  const limit = pLimit(run.concurrency);
  const asked = new Map<string, Promise<Labels>>();
  return await Promise.all(
    evaluations.map(async (evaluation) => {
      const { tracked, decision } = evaluation;
      if (decision.outcome !== 'update' || tracked.destination.target.method !== 'git') return evaluation;
      if (Object.keys(decision.labels).length > 0) return evaluation;
      const platform = decision.platform && formatPlatform(decision.platform);
      const key = joinKey(queryKey(tracked), versionText(decision.to), platform);
      const asking = asked.get(key) ?? limit(() => ask({ ...decision, tracked }, services, run));
      asked.set(key, asking);
      return { ...evaluation, decision: { ...decision, labels: await asking } };
    }),
  );
}

async function ask(
  { tracked, to, platform }: Pick<Update, 'to' | 'platform'> & { readonly tracked: TrackedImage },
  { registry, logins, platformDefaults }: LabelServices,
  { limits = NO_LIMITS, log, signal }: Pick<CycleRun, 'limits' | 'log' | 'signal'>,
): Promise<Labels> {
  const {
    repository,
    policy: { pullSecret },
  } = tracked;
  // Of an index one image is enough: the one that was checked.
  const created =
    platform === undefined ? (requiredPlatforms(tracked.policy, platformDefaults) ?? []) : [platform];
  try {
    const needs = { images: true, created };
    const late = () => lateListing(`the labels of ${formatRepository(repository)}:${to.tag}`, limits);
    const { digest, images = [] } = await createDeadline(limits.listingTime).run(
      { signal, late },
      async (own) => {
        const login = await logins.find(repository, pullSecret, own);
        return await registry.describe({ repository, login, reference: to.tag, needs }, own);
      },
    );
    // The tag may have moved since it was chosen.
    if (to.digest !== undefined && to.digest !== digest) return {};
    return images.find(({ labels }) => Object.keys(labels).length > 0)?.labels ?? {};
  } catch (thrown) {
    const { code, line } = asLynceusError(thrown);
    const image = `${formatRepository(repository)}:${to.tag}`;
    log.warn('labels could not be read; the commit message goes without', { image, code, reason: line });
    return {};
  }
}
