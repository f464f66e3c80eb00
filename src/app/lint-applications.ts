import type { Problem } from '../core/problem.ts';
import type { CycleDependencies } from './dependencies.ts';
import { readApplications } from './read-applications.ts';
import { EVERYTHING } from './own-shard.ts';
import { readPolicies } from './read-policies.ts';

export interface LintResult {
  /** Applications that ask for updates. */
  readonly applications: number;
  readonly images: number;
  readonly problems: readonly Problem[];
}

/**
 * Checks annotations offline, as if the Applications were in a cluster: the live Application is a fine target there.
 * Throws `LynceusError` when the manifests cannot be read at all.
 */
export async function lintApplications(
  dependencies: Pick<CycleDependencies, 'sources' | 'selects' | 'policyContext'>,
  signal: AbortSignal,
): Promise<LintResult> {
  const read = await readApplications(dependencies, signal);
  const [failure] = read.failures;
  if (failure !== undefined) throw failure;
  const policyContext = { ...dependencies.policyContext, canWriteApplications: true };
  const wishes = readPolicies(read.applications, { policyContext, owns: EVERYTHING, only: undefined });
  return {
    applications: wishes.watched,
    images: wishes.policies.length + wishes.refused.length,
    problems: [...read.problems, ...wishes.problems],
  };
}
