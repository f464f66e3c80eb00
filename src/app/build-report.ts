import type { Plan } from '../core/plan/plan.ts';
import type { CycleCosts, CycleReport, RollbackResult } from '../core/report.ts';
import type { VerificationsOfCycle } from '../core/verification/verification-report.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { ChangeSet } from '../core/change.ts';
import type { Proposed } from './pull-requests/propose-changes.ts';
import type { Evaluation } from './decide-images.ts';
import type { CycleFilter } from './cycle-scope.ts';
import { imageResults } from './image-results.ts';
import type { ReadApplications } from './read-applications.ts';
import type { ReadPolicies } from './read-policies.ts';
import type { Written } from './apply-plan.ts';

interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly costs: CycleCosts;
}

/** The results of the stages of a cycle. */
export interface CycleTrace {
  readonly options: {
    readonly cycle: string;
    readonly dryRun: boolean;
    readonly only: CycleFilter | undefined;
  };
  readonly begin: Moment;
  readonly end: Moment;
  readonly read: ReadApplications;
  readonly policies: ReadPolicies;
  readonly evaluations: readonly Evaluation[];
  readonly plan: Plan;
  readonly written: Written;
  readonly requests: ReadonlyMap<ChangeSet, Proposed>;
  /** Absent for none. */
  readonly rollbacks?: readonly RollbackResult[];
  readonly verifications?: VerificationsOfCycle | undefined;
}

/** The report is derived from what happened, never counted by hand. */
export function buildReport(trace: CycleTrace): CycleReport {
  const { options, begin, end, read, policies } = trace;
  return {
    cycle: options.cycle,
    startedAt: begin.at,
    seconds: (end.at - begin.at) / 1000,
    dryRun: options.dryRun,
    ...(options.only === undefined ? {} : { partial: true }),
    applications: policies.watched,
    images: imageResults(trace),
    problems: [...read.problems, ...policies.problems],
    ...(policies.updaters.length === 0 ? {} : { updaters: policies.updaters }),
    ...(trace.rollbacks === undefined || trace.rollbacks.length === 0 ? {} : { rollbacks: trace.rollbacks }),
    ...(policies.leftOut === 0 ? {} : { leftOut: policies.leftOut }),
    failures: read.failures.map((error) => ({ code: error.code, message: error.line })),
    costs: {
      registryRequests: end.costs.registryRequests - begin.costs.registryRequests,
      gitFetches: end.costs.gitFetches - begin.costs.gitFetches,
      gitPushes: end.costs.gitPushes - begin.costs.gitPushes,
    },
    ...(trace.verifications === undefined ? {} : { verifications: trace.verifications }),
    diffs: diffsOf(trace.written),
    uids: uidsOf(read),
  };
}

/** By `applicationKey`, for the Events of an Application. */
function uidsOf({ applications }: ReadApplications): ReadonlyMap<string, string> {
  return new Map(
    applications.flatMap(({ namespace, name, uid }) =>
      uid === undefined ? [] : [[applicationKey({ namespace, name }), uid] as const],
    ),
  );
}

function diffsOf({ commits }: Written): CycleReport['diffs'] {
  return commits.flatMap(diffOf);
}

/** A result that cannot be read has none: its images say so. */
function diffOf({ set, result }: Written['commits'][number]): CycleReport['diffs'] {
  try {
    const { ending, commit, diff } = result;
    if (diff === '' || ending.kind === 'failed' || ending.kind === 'unchanged') return [];
    return [{ branch: ending.branch, remote: set.place.remote.written, message: commit.message, diff }];
  } catch {
    return [];
  }
}
