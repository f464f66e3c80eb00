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

/** Stage 2: what every Application wants, or why it cannot be had; of that only what this process is to write. */
export function readPolicies(
  applications: readonly Application[],
  { policyContext, owns }: Pick<CycleDependencies, 'policyContext' | 'owns'>,
): ReadPolicies {
  const policies: UpdatePolicy[] = [];
  const refused: RefusedImage[] = [];
  const problems: Problem[] = [];
  let watched = 0;
  for (const application of applications) {
    const read = readApplicationPolicies(application, policyContext);
    const own = read.policies.filter(owns.policy);
    const faulty = owns.application(application) ? read : { refused: [], problems: [] };
    policies.push(...own);
    refused.push(...faulty.refused);
    problems.push(...faulty.problems);
    if (own.length + faulty.refused.length + faulty.problems.length > 0) watched += 1;
  }
  return { policies, refused, problems, watched };
}
