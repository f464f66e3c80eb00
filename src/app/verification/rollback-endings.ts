import { applicationKey } from '../../core/identity/application.ts';
import { formatName } from '../../core/image/reference.ts';
import type { PlannedChange } from '../../core/change.ts';
import { versionText } from '../../core/presence.ts';
import { describeReason } from '../../core/reasons/describe-reason.ts';
import { describeRollbackHold } from '../../core/reasons/describe-rollback-hold.ts';
import type { RollbackHold } from '../../core/reasons/rollback-hold.ts';
import type { RollbackResult } from '../../core/report.ts';
import { isFailedImage, type FailedWrite } from '../../core/verification/failed-write.ts';
import type { HeldRollback } from '../../core/verification/judge-rollbacks.ts';
import type { BatchResults } from '../run-batches.ts';
import type { RollbackOutcome } from './watch-services.ts';

/** How one write was taken back, or why not. */
export interface EndedRollback {
  readonly failed: FailedWrite;
  readonly outcome: RollbackOutcome;
  readonly result: RollbackResult;
}

/** How each of these writes ended in a round that was to take them back. */
export function rollbackEndings(
  orders: readonly FailedWrite[],
  trace: BatchResults,
): readonly EndedRollback[] {
  return orders.map((failed) => {
    const { held, done } = trace.takenBack;
    const hold = held.find((one) => isSame(one.failed, failed))?.hold ?? closedIn(failed, trace);
    if (hold !== undefined) return heldRollback({ failed, hold });
    if (done.some((one) => isSame(one, failed))) return endedAs(failed, { outcome: 'written' }, []);
    const error = errorIn(failed, trace);
    if (error !== undefined) return notWritten(failed, error);
    const changes = changesIn(failed, trace);
    const [first] = changes;
    if (first === undefined) return notWritten(failed, 'its files could not be read');
    return endedAs(
      failed,
      first.ending,
      changes.map(({ change }) => change),
    );
  });
}

/** A write that is not taken back. */
export function heldRollback({ failed, hold }: HeldRollback): EndedRollback {
  const { code } = hold;
  const result = {
    outcome: 'held',
    code,
    reason: describeRollbackHold(hold),
    images: failedImages(failed),
  } as const;
  return { failed, outcome: { outcome: 'held', hold }, result: { ...identityOf(failed), ...result } };
}

function notWritten(failed: FailedWrite, why: string): EndedRollback {
  const hold: RollbackHold = { code: 'not-written', facts: { why } };
  const { outcome, result } = heldRollback({ failed, hold });
  return { failed, outcome, result: { ...result, outcome: 'failed' } };
}

type Ending = Pick<RollbackResult, 'commit' | 'branch' | 'pullRequest'> & {
  readonly outcome: 'written' | 'proposed' | 'shown';
};

function endedAs(failed: FailedWrite, ending: Ending, changes: readonly PlannedChange[]): EndedRollback {
  const images = changes.map(({ alias, image, from, to }) => ({
    alias,
    image: formatName(image),
    from: versionText(from) ?? '',
    to: versionText(to) ?? '',
  }));
  const { check, detail, commit } = failed;
  const { from, to } = images[0] ?? { from: failed.images[0]?.version ?? '', to: 'what was there before' };
  const reason = describeReason({ code: 'check-failed', facts: { check, detail, commit, from, to } });
  const result = { ...ending, code: 'check-failed', reason } as const;
  return {
    failed,
    outcome: outcomeOf(ending),
    result: { ...identityOf(failed), ...result, images: images.length === 0 ? failedImages(failed) : images },
  };
}

function outcomeOf({ outcome }: Ending): RollbackOutcome {
  switch (outcome) {
    case 'written':
      return { outcome: 'done' };
    case 'proposed':
      return { outcome: 'proposed' };
    case 'shown':
      return { outcome: 'held', hold: { code: 'not-written', facts: { why: 'it was only shown' } } };
  }
}

function isSame(a: FailedWrite, b: FailedWrite): boolean {
  return a.commit === b.commit && applicationKey(a.application) === applicationKey(b.application);
}

function isOf(
  { application, commit }: FailedWrite,
  { application: owner, rollback }: Pick<PlannedChange, 'application' | 'rollback'>,
): boolean {
  return rollback?.commit === commit && applicationKey(owner) === applicationKey(application);
}

interface EndedChange {
  readonly change: PlannedChange;
  readonly ending: Ending;
}

/** What was written of it. */
function changesIn(failed: FailedWrite, { written, requests }: BatchResults): readonly EndedChange[] {
  return written.commits.flatMap(({ set, result }): readonly EndedChange[] => {
    const { ending: how, commit } = result;
    if (how.kind === 'failed') return [];
    const proposed = requests.get(set);
    const pullRequest = proposed === undefined || proposed instanceof Error ? {} : { pullRequest: proposed };
    const outcome = how.kind === 'shown' ? 'shown' : set.pushBranch === undefined ? 'written' : 'proposed';
    const sha = how.kind === 'pushed' ? { commit: how.sha } : {};
    const ending = { outcome, branch: how.branch, ...sha, ...pullRequest } as const;
    const changes = commit.files.flatMap((file) => file.changes);
    return changes.filter((change) => isOf(failed, change)).map((change) => ({ change, ending }));
  });
}

/** The first failure of a part of it: then it is tried again as a whole. */
function errorIn(
  failed: FailedWrite,
  { evaluations, takenBack, plan, written, requests }: BatchResults,
): string | undefined {
  const images = new Set(takenBack.evaluations.map(({ tracked }) => tracked));
  const undecided = evaluations.flatMap(({ tracked, decision }) =>
    images.has(tracked) && decision.outcome === 'failed' && isFailedImage(failed, tracked)
      ? [describeReason(decision)]
      : [],
  );
  const refused = plan.refused.flatMap(({ update: { tracked, rollback }, reason }) =>
    isOf(failed, { application: tracked.application, ...(rollback === undefined ? {} : { rollback }) })
      ? [describeReason(reason)]
      : [],
  );
  const unwritten = written.commits.flatMap(({ set, result: { commit, ending, refused: left } }) => {
    const own = commit.files.flatMap((file) => file.changes).filter((change) => isOf(failed, change));
    if (own.length === 0) return [];
    if (ending.kind === 'failed') return [ending.error.line];
    const proposed = requests.get(set);
    if (proposed instanceof Error) return [proposed.line];
    return left.filter(({ change }) => own.includes(change)).map(({ error }) => error.line);
  });
  return [...undecided, ...refused, ...unwritten][0];
}

/** A request that would have taken it back, and that a person closed. */
function closedIn(failed: FailedWrite, { evaluations, takenBack }: BatchResults): RollbackHold | undefined {
  const images = new Set(takenBack.evaluations.map(({ tracked }) => tracked));
  for (const { tracked, decision } of evaluations) {
    if (decision.outcome !== 'held' || decision.code !== 'proposal-closed') continue;
    if (!images.has(tracked) || !isFailedImage(failed, tracked)) continue;
    return { code: 'proposal-closed', facts: { url: decision.facts.url } };
  }
  return undefined;
}

function identityOf({ application, check, detail, commit }: FailedWrite) {
  return { application, check, detail, failedCommit: commit };
}

function failedImages({ images }: FailedWrite): RollbackResult['images'] {
  return images.map(({ alias, image, version }) => ({ alias, image, from: version }));
}
