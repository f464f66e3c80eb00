import type { Application } from '../argocd/application.ts';
import {
  readPolicies as readApplicationPolicies,
  type PolicyContext,
  type RefusedImage,
} from '../argocd/read-policies.ts';
import type { UpdatePolicy } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';

export interface ReadPolicies {
  readonly policies: readonly UpdatePolicy[];
  readonly refused: readonly RefusedImage[];
  readonly problems: readonly Problem[];
  /** Applications that asked for anything at all. */
  readonly watched: number;
}

/** Stage 2: what every Application wants, or why it cannot be had. */
export function readPolicies(applications: readonly Application[], context: PolicyContext): ReadPolicies {
  const policies: UpdatePolicy[] = [];
  const refused: RefusedImage[] = [];
  const problems: Problem[] = [];
  let watched = 0;
  for (const application of applications) {
    const read = readApplicationPolicies(application, context);
    policies.push(...read.policies);
    refused.push(...read.refused);
    problems.push(...read.problems);
    if (read.policies.length + read.refused.length + read.problems.length > 0) watched += 1;
  }
  return { policies, refused, problems, watched };
}
