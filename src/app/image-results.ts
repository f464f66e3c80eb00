import type { RefusedImage } from '../argocd/policy-reading.ts';
import { imageKey } from '../core/identity/image.ts';
import { compareParts } from '../core/identity/key.ts';
import { formatName } from '../core/image/reference.ts';
import type { ChangeSet, PlannedChange } from '../core/change.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { FailureReason, Reason } from '../core/reasons/reason.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { ImageBasis, ImageResult } from '../core/report.ts';
import { inForce, waitsUntil, type Decision } from '../core/selection/decision.ts';
import { describeReason } from '../core/reasons/describe-reason.ts';
import { describeWarning } from '../core/reasons/describe-warning.ts';
import type { Warning } from '../core/reasons/warning.ts';
import type { ApplicationWriteResult } from '../ports/application-writer.ts';
import type { CommitResult } from '../ports/writer.ts';
import type { Written } from './apply-plan.ts';
import type { Proposed } from './pull-requests/propose-changes.ts';
import type { Evaluation } from './decide-images.ts';
import type { ReadPolicies } from './read-policies.ts';

/** How the write of one image ended. Without a reason it is that of the decision. */
type Ending = Pick<ImageResult, 'outcome'> &
  Partial<Pick<ImageResult, 'commit' | 'branch' | 'pullRequest'>> & {
    readonly reason?: Reason;
    /** What the write itself gives reason to say. */
    readonly notes?: readonly Warning[];
  };

/** The result of every image, in the order of their Applications. */
export function imageResults(trace: {
  readonly evaluations: readonly Evaluation[];
  readonly policies: Pick<ReadPolicies, 'refused'>;
  readonly plan: Plan;
  readonly written: Written;
  readonly requests: ReadonlyMap<ChangeSet, Proposed>;
}): readonly ImageResult[] {
  const endings = new Map([
    ...trace.written.commits.flatMap(({ set, result }) =>
      contained(changesOf(result), () => endingsOfCommit(result, trace.requests.get(set))),
    ),
    ...trace.written.applications.flatMap((result) =>
      contained(result.set.changes, () => endingsOfApplication(result)),
    ),
    ...trace.plan.refused.map(({ update, reason }): [string, Ending] => [
      imageKey(update.tracked),
      { outcome: 'failed', reason },
    ]),
  ]);
  const decided = trace.evaluations.map((evaluation) => toResult(evaluation, endings));
  return [...decided, ...trace.policies.refused.map(fromRefused)].sort(byOwner);
}

/** A result that cannot be read is the failure of its own changes: the report of all others goes out. */
function contained(
  changes: readonly PlannedChange[],
  endingsOf: () => readonly [string, Ending][],
): readonly [string, Ending][] {
  try {
    return endingsOf();
  } catch (thrown) {
    const ending = failed(asLynceusError(thrown));
    return changes.map((change) => [imageKey(change), ending]);
  }
}

function changesOf({ commit }: CommitResult): readonly PlannedChange[] {
  return commit.files.flatMap((file) => file.changes);
}

function endingsOfCommit(result: CommitResult, proposed: Proposed | undefined): readonly [string, Ending][] {
  const { ending, refused } = result;
  const changes = changesOf(result);
  const inBranch = endingOfCommit(ending);
  const whole =
    proposed === undefined || inBranch.outcome === 'failed' ? inBranch : inRequest(inBranch, proposed);
  const all = changes.map((change): [string, Ending] => [imageKey(change), whole]);
  return [...all, ...endingsOfRefused(refused)];
}

function endingOfCommit(ending: CommitResult['ending']): Ending {
  switch (ending.kind) {
    case 'failed':
      return failed(ending.error);
    case 'unchanged': {
      const { branch, others } = ending;
      const facts = { on: 'branch', branch, ...(others === undefined ? {} : { others }) } as const;
      return {
        outcome: 'current',
        reason: { code: 'already-proposed', facts },
        branch,
      };
    }
    case 'shown':
      return { outcome: 'update', branch: ending.branch };
    case 'pushed':
      return { outcome: 'updated', commit: ending.sha, branch: ending.branch };
  }
}

/** A pushed branch counts only together with its request. */
function inRequest(ending: Ending, proposed: Proposed): Ending {
  if (proposed instanceof Error) return { ...ending, ...failed(proposed) };
  const { action, url } = proposed;
  if (ending.outcome !== 'current') return { ...ending, pullRequest: proposed };
  const { others } = ending.reason?.code === 'already-proposed' ? ending.reason.facts : {};
  const facts = { on: 'pull-request', url, ...(others === undefined ? {} : { others }) } as const;
  const reason: Reason = { code: 'already-proposed', facts };
  if (action === 'keep') return { ...ending, reason, pullRequest: proposed };
  // The branch was there already; its request was missing or had other text.
  return {
    outcome: 'updated',
    pullRequest: proposed,
    ...(ending.branch === undefined ? {} : { branch: ending.branch }),
  };
}

function endingsOfApplication({
  set,
  ending,
  refused,
  warnings: notes,
}: ApplicationWriteResult): readonly [string, Ending][] {
  const whole: Ending = { ...endingOfApplication(ending), notes };
  const all = set.changes.map((change): [string, Ending] => [imageKey(change), whole]);
  return [...all, ...endingsOfRefused(refused)];
}

function endingOfApplication(ending: ApplicationWriteResult['ending']): Ending {
  switch (ending.kind) {
    case 'failed':
      return failed(ending.error);
    case 'unchanged':
      return { outcome: 'current', reason: { code: 'up-to-date', facts: { on: 'application' } } };
    case 'shown':
      return { outcome: 'update' };
    case 'written':
      return { outcome: 'updated' };
  }
}

/** What was left out of a write that otherwise succeeded. These come last, so they override the ending of the commit. */
function endingsOfRefused(refused: CommitResult['refused']): readonly [string, Ending][] {
  return refused.map(({ change, error }) => [imageKey(change), failed(error)]);
}

function failed(error: LynceusError): Ending {
  return { outcome: 'failed', reason: { code: error.code, facts: { kind: 'error', error } } };
}

function heldUntil(decision: Decision): Pick<ImageResult, 'heldUntil'> {
  const until = waitsUntil(decision);
  return until === undefined ? {} : { heldUntil: until };
}

const UNWRITTEN: Ending = { outcome: 'failed', reason: { code: 'aborted', facts: { kind: 'unwritten' } } };

function toResult(evaluation: Evaluation, endings: ReadonlyMap<string, Ending>): ImageResult {
  const { tracked, present, decision, notes: decidedNotes = [] } = evaluation;
  const { target } = tracked.destination;
  const ending: Ending =
    decision.outcome === 'update'
      ? (endings.get(imageKey(tracked)) ?? UNWRITTEN)
      : { outcome: decision.outcome };
  const { reason = decision, notes = [], ...written } = ending;
  return {
    application: tracked.application,
    ...(tracked.updater === undefined ? {} : { updater: tracked.updater }),
    alias: tracked.alias,
    image: formatName(tracked.image),
    code: reason.code,
    reason: sentenceOf(reason),
    ...tenantMessageOf(reason),
    current: present?.kind === 'read' ? inForce(present.presence, tracked.observed) : undefined,
    candidate: decision.outcome === 'update' ? decision.to : decision.candidate,
    ...heldUntil(decision),
    writer: target.method === 'git' ? 'git' : 'argocd',
    place: target.method === 'git' ? { git: target.place, file: target.file } : undefined,
    path: present?.path,
    commit: undefined,
    branch: undefined,
    ...written,
    ...warningsOf(present, [...decidedNotes, ...notes]),
    basis: basisOf(evaluation, reason),
  };
}

function basisOf({ tracked, tags, times, turnedAway }: Evaluation, reason: Reason): ImageBasis {
  const { requester, policy, observed } = tracked;
  const { deployment, deployedSource } = observed;
  return {
    project: requester.project,
    reason,
    policy,
    ...(tags === undefined ? {} : { tags }),
    ...(turnedAway === undefined ? {} : { turnedAway }),
    ...(times === undefined ? {} : { times }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(deployedSource === undefined ? {} : { deployedSource }),
  };
}

function tenantMessageOf({ facts }: Reason): Pick<ImageResult, 'forTenants'> {
  const forTenants = facts !== undefined && 'error' in facts ? facts.error.forTenants : undefined;
  return forTenants === undefined ? {} : { forTenants };
}

function warningsOf(
  present: Evaluation['present'],
  notes: readonly Warning[],
): Pick<ImageResult, 'warnings'> {
  const warnings = [...(present?.kind === 'read' ? (present.warnings ?? []) : []), ...notes];
  if (warnings.length === 0) return {};
  return { warnings: warnings.map((one) => ({ code: one.code, message: describeWarning(one) })) };
}

/** A reason that cannot be put into words is no reason to go without the report. */
function sentenceOf(reason: Reason): string {
  try {
    return describeReason(reason);
  } catch (thrown) {
    return asLynceusError(thrown).line;
  }
}

function fromRefused({ application, updater, alias, image, problems }: RefusedImage): ImageResult {
  const code = problems[0]?.code ?? 'annotation-invalid';
  const reason: FailureReason = { code, facts: { kind: 'problems', problems } };
  return {
    application,
    ...(updater === undefined ? {} : { updater }),
    alias,
    image,
    outcome: 'failed',
    code,
    reason: describeReason(reason),
    problems,
    current: undefined,
    candidate: undefined,
    writer: undefined,
    place: undefined,
    path: undefined,
    commit: undefined,
    branch: undefined,
  };
}

function byOwner({ application: a }: ImageResult, { application: b }: ImageResult): number {
  return compareParts([a.namespace, a.name], [b.namespace, b.name]);
}
