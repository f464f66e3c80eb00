import type { UpdatePolicy } from '../core/policy.ts';
import { failedDecision, type Decision } from '../core/decision.ts';
import { decideBeforeAsking } from '../core/select.ts';
import { createChooser } from './choose-versions.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';
import { findTags, type TagDependencies } from './find-tags.ts';
import { queryKey } from '../core/queries.ts';
import type { Present } from './read-present.ts';

/** One image and what was decided for it. */
export interface Verdict {
  readonly policy: UpdatePolicy;
  readonly present: Present | undefined;
  readonly decision: Decision;
}

/** Stages 3, 4 and 6: only images whose target could be read are asked for at a registry. */
export async function decideImages(
  present: ReadonlyMap<UpdatePolicy, Present>,
  dependencies: TagDependencies & Pick<CycleDependencies, 'platformDefaults' | 'sightings'>,
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<readonly Verdict[]> {
  const early = new Map([...present].map(([policy, now]) => [policy, beforeAsking(policy, now)] as const));
  const open = [...early].filter(([, decision]) => decision === undefined).map(([policy]) => policy);
  const found = await findTags(open, dependencies, { onProgress, signal });
  const choose = createChooser(dependencies, signal);
  return await Promise.all(
    [...present].map(async ([policy, now]): Promise<Verdict> => {
      const decision = early.get(policy);
      if (decision !== undefined) return { policy, present: now, decision };
      if (now.kind === 'failed') throw new Error('an unreadable target is decided before anything is asked');
      const choice = await choose(policy, now.presence, found.get(queryKey(policy)));
      return { policy, present: now, decision: choice.decision };
    }),
  );
}

function beforeAsking(policy: UpdatePolicy, now: Present): Decision | undefined {
  if (now.kind === 'read') return decideBeforeAsking(policy, now.presence);
  return failedDecision(now.error);
}
