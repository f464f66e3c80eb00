import type { RefusedImage } from '../argocd/read-policies.ts';
import { imageKey } from '../core/identity/image.ts';
import { formatName } from '../core/image/reference.ts';
import type { ChangeSet, PlannedChange } from '../core/change.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { ImageResult } from '../core/report.ts';
import { inForce, type Decision } from '../core/decision.ts';
import { describeReason } from '../core/describe-reason.ts';
import { asLynceusError } from '../errors.ts';
import type { ApplicationWriteResult } from '../ports/application-writer.ts';
import type { CommitResult } from '../ports/writer.ts';
import type { Written } from './apply-plan.ts';
import type { Proposed } from './pull-requests/propose-changes.ts';
import type { Evaluation } from './decide-images.ts';
import type { ReadPolicies } from './read-policies.ts';

/** What becomes of an image that was to be updated: the part of its result that only writing can tell. */
type Ending = Pick<ImageResult, 'outcome'> & Partial<ImageResult>;

/** Every image with the one ending it had, in the order of their Applications. */
export function imageResults(trace: {
  readonly evaluations: readonly Evaluation[];
  readonly wanted: Pick<ReadPolicies, 'refused'>;
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
    ...trace.plan.refused.map(({ wanted, code, message }): [string, Ending] => [
      imageKey(wanted.tracked),
      { outcome: 'failed', code, reason: message },
    ]),
  ]);
  const decided = trace.evaluations.map((evaluation) => toResult(evaluation, endings));
  return [...decided, ...trace.wanted.refused.map(fromRefused)].sort(byOwner);
}

/** A result that cannot be read is the failure of its own changes: the report of all others goes out. */
function contained(
  changes: readonly PlannedChange[],
  endingsOf: () => readonly [string, Ending][],
): readonly [string, Ending][] {
  try {
    return endingsOf();
  } catch (thrown) {
    return changes.map((change) => [imageKey(change), failedBy(thrown)]);
  }
}

function failedBy(thrown: unknown): Ending & Pick<ImageResult, 'code' | 'reason'> {
  const { code, line } = asLynceusError(thrown);
  return { outcome: 'failed', code, reason: line };
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
      return failedBy(ending.error);
    case 'unchanged': {
      const { branch } = ending;
      const reason = describeReason({ code: 'already-proposed', facts: { on: 'branch', branch } });
      return { outcome: 'current', code: 'already-proposed', reason, branch };
    }
    case 'shown':
      return { outcome: 'update', branch: ending.branch };
    case 'pushed':
      return { outcome: 'updated', commit: ending.sha, branch: ending.branch };
  }
}

/** What is on the branch counts only together with its request. */
function inRequest(ending: Ending, proposed: Proposed): Ending {
  if (proposed instanceof Error) return { ...ending, ...failedBy(proposed) };
  const { action, url } = proposed;
  if (ending.outcome !== 'current') return { ...ending, pullRequest: proposed };
  const reason = describeReason({ code: 'already-proposed', facts: { on: 'pull-request', url } });
  if (action === 'keep') return { ...ending, reason, pullRequest: proposed };
  // The branch was there already, its request was not, or said something else.
  return {
    outcome: 'updated',
    pullRequest: proposed,
    ...(ending.branch === undefined ? {} : { branch: ending.branch }),
  };
}

function endingsOfApplication({ set, ending, refused }: ApplicationWriteResult): readonly [string, Ending][] {
  const all = set.changes.map((change): [string, Ending] => [imageKey(change), endingOfApplication(ending)]);
  return [...all, ...endingsOfRefused(refused)];
}

function endingOfApplication(ending: ApplicationWriteResult['ending']): Ending {
  switch (ending.kind) {
    case 'failed':
      return failedBy(ending.error);
    case 'unchanged':
      return { outcome: 'current', code: 'up-to-date', reason: 'the Application already says so' };
    case 'shown':
      return { outcome: 'update' };
    case 'written':
      return { outcome: 'updated' };
  }
}

/** What was left out of a write that otherwise went well; said last, so it counts. */
function endingsOfRefused(refused: CommitResult['refused']): readonly [string, Ending][] {
  return refused.map(({ change, error }) => [imageKey(change), failedBy(error)]);
}

function toResult(evaluation: Evaluation, endings: ReadonlyMap<string, Ending>): ImageResult {
  const base = describe(evaluation);
  const { decision } = evaluation;
  if (decision.outcome !== 'update') return { ...base, outcome: decision.outcome };
  const ending = endings.get(imageKey(evaluation.tracked));
  if (ending !== undefined) return { ...base, ...ending };
  return { ...base, code: 'aborted', reason: 'the cycle ended before the change was written' };
}

/** What is known before anything is written; a failure until something better is known. */
function describe({ tracked, present, decision }: Evaluation): ImageResult {
  const { target } = tracked.destination;
  return {
    application: tracked.application,
    alias: tracked.alias,
    image: formatName(tracked.image),
    outcome: 'failed',
    ...reasonOf(decision),
    current: present?.kind === 'read' ? inForce(present.presence, tracked.observed) : undefined,
    candidate: decision.outcome === 'update' ? decision.to : decision.candidate,
    writer: target.method === 'git' ? 'git' : 'argocd',
    place: target.method === 'git' ? { git: target.place, file: target.file } : undefined,
    path: present?.path,
    commit: undefined,
    branch: undefined,
  };
}

/** A reason that cannot be put into words is no reason to go without the report. */
function reasonOf(decision: Decision): Pick<ImageResult, 'code' | 'reason'> {
  try {
    return { code: decision.code, reason: describeReason(decision) };
  } catch (thrown) {
    return { code: decision.code, reason: asLynceusError(thrown).line };
  }
}

function fromRefused({ application, alias, image, problems }: RefusedImage): ImageResult {
  return {
    application,
    alias,
    image,
    outcome: 'failed',
    code: problems[0]?.code ?? 'annotation-invalid',
    reason: problems.map(({ message }) => message).join('; '),
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

function byOwner(a: ImageResult, b: ImageResult): number {
  const left = [a.application.namespace, a.application.name];
  const right = [b.application.namespace, b.application.name];
  for (const [index, part] of left.entries()) {
    const other = right[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
