import type { Problem } from '../core/problem.ts';
import type { ApplicationServices } from './services.ts';
import { readApplications } from './read-applications.ts';
import { EVERYTHING } from './ownership.ts';
import { readAllPolicies } from './read-policies.ts';

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
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<LintResult> {
  const read = await readApplications(services, signal);
  const [failure] = read.failures;
  if (failure !== undefined) throw failure;
  const policyContext = { ...services.policyContext, canWriteApplications: true };
  const policies = readAllPolicies(read.applications, policyContext, { owns: EVERYTHING, only: undefined });
  return {
    applications: policies.watched,
    images: policies.images.length + policies.refused.length,
    problems: [...read.problems, ...policies.problems],
  };
}
