import pLimit from 'p-limit';
import type { ChosenImage } from '../core/change.ts';
import { failedDecision, inForce, type Decision } from '../core/decision.ts';
import { placeKey } from '../core/identity/branch.ts';
import { findHold, type HoldSource, type ProposedUpdate } from '../core/overrides/find-hold.ts';
import { indexHistory, type RecordedHistory } from '../core/overrides/record-index.ts';
import { gitTargetOf, type GitPlace } from '../core/policy.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { WriterSession } from '../ports/writer.ts';
import type { CycleRun } from './services.ts';
import type { Evaluation } from './decide-images.ts';

/** The records of a branch, or the error of reading its history. */
type ReadHistory = RecordedHistory | LynceusError;

/**
 * Holds updates that an annotation, a comment or the history of the branch objects to. Only updates are checked, and the
 * history of each branch is read once. A branch whose history cannot be read is not written: the update might undo a
 * rollback.
 */
export async function applyOverrides(
  evaluations: readonly Evaluation[],
  session: Pick<WriterSession, 'history'>,
  { concurrency, signal }: Pick<CycleRun, 'concurrency' | 'signal'>,
): Promise<readonly Evaluation[]> {
  const histories = await readHistories(evaluations, session, { concurrency, signal });
  return evaluations.map((evaluation) => {
    const update = updateOf(evaluation);
    if (update === undefined) return evaluation;
    return { ...evaluation, decision: contained(update, () => decideWith(evaluation, update, histories)) };
  });
}

/** The update that would be written; `undefined` when there is none. */
function updateOf({ tracked, present, decision }: Evaluation): ProposedUpdate | undefined {
  if (decision.outcome !== 'update' || present?.kind !== 'read') return undefined;
  const { presence } = present;
  const written = presence.kind === 'present' ? presence.image : undefined;
  const { to: candidate, stepBack } = decision;
  return { tracked, written, present: inForce(presence, tracked.observed), candidate, stepBack };
}

/** Anything thrown for one image is a failure of that image. */
function contained({ candidate }: ProposedUpdate, decide: () => Decision): Decision {
  try {
    return decide();
  } catch (thrown) {
    return failedDecision(asLynceusError(thrown), candidate);
  }
}

function decideWith(
  { present, decision }: Evaluation,
  update: ProposedUpdate,
  histories: ReadonlyMap<string, ReadHistory>,
): Decision {
  const { tracked, candidate } = update;
  const target = gitTargetOf(tracked);
  const read = target && histories.get(placeKey(target.place));
  const history = read === undefined || isFailure(read) ? [] : [fromHistory(present, read)];
  const objection = findHold(update, [...fromComment(present), ...history]);
  if (objection !== undefined) return { outcome: 'held', ...objection, candidate };
  if (read !== undefined && isFailure(read)) return unread(read, candidate);
  return decision;
}

function isFailure(history: ReadHistory): history is LynceusError {
  return history instanceof Error;
}

function unread(error: LynceusError, candidate: ChosenImage): Decision {
  return { outcome: 'failed', code: error.code, facts: { kind: 'history-unreadable', error }, candidate };
}

function fromComment(present: Evaluation['present']): readonly HoldSource[] {
  if (present?.kind !== 'read' || present.presence.kind !== 'present') return [];
  const { hold } = present.presence;
  return hold === undefined ? [] : [{ kind: 'comment', text: hold }];
}

function fromHistory(present: Evaluation['present'], history: RecordedHistory): HoldSource {
  return { kind: 'history', path: present?.path, history };
}

interface HistoryRequest {
  readonly place: GitPlace;
  readonly paths: Set<string>;
}

async function readHistories(
  evaluations: readonly Evaluation[],
  session: Pick<WriterSession, 'history'>,
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, ReadHistory>> {
  const limit = pLimit(concurrency);
  const histories = new Map<string, ReadHistory>();
  await Promise.all(
    [...historyRequestsOf(evaluations)].map(([key, { place, paths }]) =>
      limit(async () => {
        try {
          histories.set(key, indexHistory(await session.history(place, [...paths].toSorted(), signal)));
        } catch (thrown) {
          histories.set(key, asLynceusError(thrown));
        }
      }),
    ),
  );
  return histories;
}

/**
 * One request for each branch that is about to be written, where an image's rollback rule needs the history, or only that
 * can tell that a version is newer.
 */
function historyRequestsOf(evaluations: readonly Evaluation[]): ReadonlyMap<string, HistoryRequest> {
  const requests = new Map<string, HistoryRequest>();
  for (const { tracked, present, decision } of evaluations) {
    const target = gitTargetOf(tracked);
    if (decision.outcome !== 'update' || target === undefined) continue;
    if (tracked.policy.rollback === 'never-hold' && decision.stepBack === undefined) continue;
    const { place } = target;
    const request = requests.get(placeKey(place)) ?? { place, paths: new Set<string>() };
    requests.set(placeKey(place), request);
    if (present?.path !== undefined) request.paths.add(present.path);
  }
  return requests;
}
