import pLimit from 'p-limit';
import type { ChosenImage } from '../core/change.ts';
import { failedDecision, inForce, type Decision } from '../core/decision.ts';
import { placeKey } from '../core/identity/branch.ts';
import { findHold, type HoldSource, type ProposedUpdate } from '../core/overrides/find-hold.ts';
import { indexHistory, type RecordedHistory } from '../core/overrides/record-index.ts';
import type { GitPlace } from '../core/policy.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { WriterSession } from '../ports/writer.ts';
import type { CycleRun } from './services.ts';
import type { Evaluation } from './decide-images.ts';

/** What a branch tells of people, or why it could not be asked. */
type ReadHistory = RecordedHistory | LynceusError;

/**
 * Between deciding and planning: whether people mind what would be written. Only what is about to be written is looked
 * at, and each branch is asked once for its history. A branch whose history cannot be read is not written: not knowing
 * is no reason to undo what somebody did.
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

/** What would be written; `undefined` when nothing would. */
function updateOf({ tracked, present, decision }: Evaluation): ProposedUpdate | undefined {
  if (decision.outcome !== 'update' || present?.kind !== 'read') return undefined;
  const { presence } = present;
  const written = presence.kind === 'present' ? presence.image : undefined;
  return { tracked, written, present: inForce(presence, tracked.observed), candidate: decision.to };
}

/** Whatever is thrown for one image is its own failure. */
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
  const registered =
    tracked.destination.target.method === 'git'
      ? histories.get(placeKey(tracked.destination.target.place))
      : undefined;
  const history = registered === undefined || isFailure(registered) ? [] : [fromHistory(present, registered)];
  const objection = findHold(update, [...fromComment(present), ...history]);
  if (objection !== undefined) return { outcome: 'held', ...objection, candidate };
  if (registered !== undefined && isFailure(registered)) return unread(registered, candidate);
  return decision;
}

function isFailure(registered: ReadHistory): registered is LynceusError {
  return registered instanceof Error;
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
  const registered = new Map<string, ReadHistory>();
  await Promise.all(
    [...historyRequestsOf(evaluations)].map(([key, { place, paths }]) =>
      limit(async () => {
        try {
          registered.set(key, indexHistory(await session.history(place, [...paths].toSorted(), signal)));
        } catch (thrown) {
          registered.set(key, asLynceusError(thrown));
        }
      }),
    ),
  );
  return registered;
}

/** One question for each branch that is about to be written, where its history counts at all. */
function historyRequestsOf(evaluations: readonly Evaluation[]): ReadonlyMap<string, HistoryRequest> {
  const requests = new Map<string, HistoryRequest>();
  for (const { tracked, present, decision } of evaluations) {
    if (decision.outcome !== 'update' || tracked.destination.target.method !== 'git') continue;
    if (tracked.policy.rollback === 'never-hold') continue;
    const { place } = tracked.destination.target;
    const request = requests.get(placeKey(place)) ?? { place, paths: new Set<string>() };
    requests.set(placeKey(place), request);
    if (present?.path !== undefined) request.paths.add(present.path);
  }
  return requests;
}
