import type { Plan } from '../core/plan/plan.ts';
import type { CycleCosts, CycleReport } from '../core/report.ts';
import type { ChangeSet } from '../core/change.ts';
import type { Proposed } from './proposals/propose-changes.ts';
import type { Verdict } from './decide-images.ts';
import type { CycleDependencies } from './dependencies.ts';
import { imageResults } from './image-results.ts';
import type { ReadApplications } from './read-applications.ts';
import type { ReadPolicies } from './read-policies.ts';
import type { Written } from './apply-plan.ts';

/** What the stages of a cycle left behind. */
export interface CycleTrace {
  readonly options: { readonly cycle: string; readonly dryRun: boolean };
  readonly begin: { readonly at: number; readonly costs: CycleCosts };
  readonly read: ReadApplications;
  readonly wishes: ReadPolicies;
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan;
  readonly written: Written;
  readonly requests: ReadonlyMap<ChangeSet, Proposed>;
}

/** The report is derived from what happened, never counted by hand. */
export function buildReport(
  trace: CycleTrace,
  { clock, costs }: Pick<CycleDependencies, 'clock' | 'costs'>,
): CycleReport {
  const { options, begin, read, wishes } = trace;
  const now = costs();
  return {
    cycle: options.cycle,
    startedAt: begin.at,
    seconds: (clock.now() - begin.at) / 1000,
    dryRun: options.dryRun,
    applications: wishes.watched,
    images: imageResults(trace),
    problems: [...read.problems, ...wishes.problems],
    failures: read.failures.map((error) => ({ code: error.code, message: error.line })),
    costs: {
      registryRequests: now.registryRequests - begin.costs.registryRequests,
      gitFetches: now.gitFetches - begin.costs.gitFetches,
      gitPushes: now.gitPushes - begin.costs.gitPushes,
    },
    diffs: diffsOf(trace.written),
    uids: uidsOf(read),
  };
}

/** By namespace and name: what ties an Event to its Application. */
function uidsOf({ applications }: ReadApplications): ReadonlyMap<string, string> {
  return new Map(
    applications.flatMap(({ namespace, name, uid }) =>
      uid === undefined ? [] : [[`${namespace}/${name}`, uid] as const],
    ),
  );
}

function diffsOf({ commits }: Written): CycleReport['diffs'] {
  return commits.flatMap(({ set, result }) => {
    const { ending, commit, diff } = result;
    if (diff === '' || ending.kind === 'failed' || ending.kind === 'unchanged') return [];
    return [{ branch: ending.branch, remote: set.place.remote, message: commit.message, diff }];
  });
}
