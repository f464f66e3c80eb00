import type { Application } from '../argocd/application.ts';
import { readPolicies as readApplicationPolicies, type RefusedImage } from '../argocd/read-policies.ts';
import type { UpdatePolicy } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { CycleDependencies } from './dependencies.ts';

export interface ReadPolicies {
  readonly policies: readonly UpdatePolicy[];
  readonly refused: readonly RefusedImage[];
  readonly problems: readonly Problem[];
  /** Applications that asked for anything at all. */
  readonly watched: number;
}

/**
 * Stage 2: what every Application wants, or why it cannot be had; of that only what this process is to write. A cycle that
 * is about some Applications looks at those too whose changes stand on the same push branch: it is made anew as a whole.
 */
export function readPolicies(
  applications: readonly Application[],
  { policyContext, owns, only }: Pick<CycleDependencies, 'policyContext' | 'owns' | 'only'>,
): ReadPolicies {
  const policies: UpdatePolicy[] = [];
  const others: UpdatePolicy[] = [];
  const refused: RefusedImage[] = [];
  const problems: Problem[] = [];
  let watched = 0;
  for (const application of applications) {
    const read = readApplicationPolicies(application, policyContext);
    const own = read.policies.filter(owns.policy);
    if (only?.(application) === false) {
      others.push(...own);
      continue;
    }
    const faulty = owns.application(application) ? read : { refused: [], problems: [] };
    policies.push(...own);
    refused.push(...faulty.refused);
    problems.push(...faulty.problems);
    if (own.length + faulty.refused.length + faulty.problems.length > 0) watched += 1;
  }
  return { policies: [...policies, ...companionsOf(policies, others)], refused, problems, watched };
}

function companionsOf(
  policies: readonly UpdatePolicy[],
  others: readonly UpdatePolicy[],
): readonly UpdatePolicy[] {
  const branches = new Set(policies.flatMap((policy) => pushBranchOf(policy) ?? []));
  return others.filter((policy) => branches.has(pushBranchOf(policy) ?? ''));
}

/** Equal for policies that may push to one branch beside their base; `undefined` for those that do not. */
function pushBranchOf({ target }: UpdatePolicy): string | undefined {
  if (target.method !== 'git' || target.place.push === undefined) return undefined;
  return JSON.stringify([target.place.remote, target.place.push]);
}
