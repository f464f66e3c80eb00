import type { RefusedImage } from '../argocd/read-policies.ts';
import { formatName } from '../core/image/reference.ts';
import type { ChangeSet } from '../core/change.ts';
import type { Plan, Refusal } from '../core/plan/plan.ts';
import type { UpdatePolicy } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { CycleCosts, CycleReport, ImageResult } from '../core/report.ts';
import { inForce } from '../core/select.ts';
import type { LynceusError } from '../errors.ts';
import type { CommitResult } from '../ports/writer.ts';
import type { Verdict } from './decide-images.ts';
import type { CycleDependencies } from './dependencies.ts';
import type { ReadApplications } from './read-applications.ts';
import type { ReadPolicies } from './read-policies.ts';

/** What the stages of a cycle left behind. */
export interface CycleTrace {
  readonly options: { readonly cycle: string; readonly dryRun: boolean };
  readonly begin: { readonly at: number; readonly costs: CycleCosts };
  readonly read: ReadApplications;
  readonly wishes: ReadPolicies;
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan;
  readonly written: readonly Written[];
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
  };
}

export interface Written {
  readonly set: ChangeSet;
  readonly result: CommitResult;
}

/** Every image with the one ending it had. */
function imageResults({ verdicts, wishes, plan, written }: CycleTrace): readonly ImageResult[] {
  const refusals = new Map(plan.refused.map((one) => [identity(one.wanted.policy), one]));
  const endings = new Map<string, Ending>();
  for (const { result } of written) for (const [key, ending] of endingsOf(result)) endings.set(key, ending);
  const decided = verdicts.map((verdict) => toResult(verdict, { refusals, endings }));
  return [...decided, ...wishes.refused.map(fromRefused)].sort(byOwner);
}

function diffsOf(written: readonly Written[]): CycleReport['diffs'] {
  return written.flatMap(({ set, result }) => {
    const { ending, commit, diff } = result;
    if (diff === '' || ending.kind === 'failed' || ending.kind === 'unchanged') return [];
    return [{ branch: ending.branch, remote: set.place.remote, message: commit.message, diff }];
  });
}

interface Ending {
  readonly result: CommitResult;
  readonly refusal: LynceusError | undefined;
}

function endingsOf(result: CommitResult): readonly [string, Ending][] {
  const refusals = new Map(result.refused.map(({ change, error }) => [identity(change), error]));
  const changes = result.commit.files.flatMap((file) => file.changes);
  return changes.map((change) => [identity(change), { result, refusal: refusals.get(identity(change)) }]);
}

/** Tells apart two images of one Application, also when neither has an alias. */
function identity({
  application,
  alias,
  image,
  slot,
}: Pick<UpdatePolicy, 'application' | 'alias' | 'image' | 'slot'>): string {
  return JSON.stringify([application.namespace, application.name, alias, formatName(image), slot]);
}

function toResult(
  verdict: Verdict,
  {
    refusals,
    endings,
  }: { readonly refusals: ReadonlyMap<string, Refusal>; readonly endings: ReadonlyMap<string, Ending> },
): ImageResult {
  const base = describe(verdict);
  const { decision } = verdict;
  if (decision.outcome !== 'update') return { ...base, outcome: decision.outcome };
  const key = identity(verdict.policy);
  const refusal = refusals.get(key);
  if (refusal !== undefined)
    return { ...base, outcome: 'failed', code: refusal.code, reason: refusal.message };
  const ending = endings.get(key);
  if (ending === undefined)
    return {
      ...base,
      outcome: 'failed',
      code: 'aborted',
      reason: 'the cycle ended before the change was written',
    };
  return { ...base, ...afterWriting(ending, base.reason) };
}

function afterWriting(
  { result, refusal }: Ending,
  reason: string,
): Partial<ImageResult> & Pick<ImageResult, 'outcome'> {
  if (refusal !== undefined) return { outcome: 'failed', code: refusal.code, reason: refusal.line };
  const { ending } = result;
  switch (ending.kind) {
    case 'failed':
      return { outcome: 'failed', code: ending.error.code, reason: ending.error.line };
    case 'unchanged':
      return {
        outcome: 'current',
        code: 'already-proposed',
        reason: `branch ${ending.branch} already says so: ${reason}`,
        branch: ending.branch,
      };
    case 'shown':
      return { outcome: 'update', branch: ending.branch };
    case 'pushed':
      return { outcome: 'updated', commit: ending.sha, branch: ending.branch };
  }
}

function describe({ policy, present, decision }: Verdict): ImageResult {
  const { target } = policy;
  return {
    application: policy.application,
    alias: policy.alias,
    image: formatName(policy.image),
    outcome: 'failed',
    code: decision.code,
    reason: decision.reason,
    current: present?.kind === 'read' ? inForce(present.presence, policy) : undefined,
    candidate: decision.outcome === 'update' ? decision.to : decision.candidate,
    place: target.method === 'git' ? { git: target.place, file: target.file } : undefined,
    path: present?.path,
    commit: undefined,
    branch: undefined,
  };
}

function fromRefused({ application, alias, image, problems }: RefusedImage): ImageResult {
  const first: Problem | undefined = problems[0];
  return {
    application,
    alias,
    image,
    outcome: 'failed',
    code: first?.code ?? 'annotation-invalid',
    reason: problems.map(({ message }) => message).join('; '),
    current: undefined,
    candidate: undefined,
    place: undefined,
    path: undefined,
    commit: undefined,
    branch: undefined,
  };
}

function byOwner(a: ImageResult, b: ImageResult): number {
  const left = [a.application.namespace, a.application.name];
  const right = [b.application.namespace, b.application.name];
  for (const [index, part] of left.entries()) {
    const other = right[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
