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
type Told = RecordedHistory | LynceusError;

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
    const proposal = proposalOf(evaluation);
    if (proposal === undefined) return evaluation;
    return { ...evaluation, decision: contained(proposal, () => judge(evaluation, proposal, histories)) };
  });
}

/** What would be written; `undefined` when nothing would. */
function proposalOf({ policy, present, decision }: Evaluation): ProposedUpdate | undefined {
  if (decision.outcome !== 'update' || present?.kind !== 'read') return undefined;
  const { presence } = present;
  const written = presence.kind === 'present' ? presence.image : undefined;
  return { policy, written, present: inForce(presence, policy.observed), candidate: decision.to };
}

/** Whatever is thrown for one image is its own failure. */
function contained({ candidate }: ProposedUpdate, decide: () => Decision): Decision {
  try {
    return decide();
  } catch (thrown) {
    return failedDecision(asLynceusError(thrown), candidate);
  }
}

function judge(
  { present, decision }: Evaluation,
  proposal: ProposedUpdate,
  histories: ReadonlyMap<string, Told>,
): Decision {
  const { policy, candidate } = proposal;
  const told =
    policy.destination.target.method === 'git'
      ? histories.get(placeKey(policy.destination.target.place))
      : undefined;
  const history = told === undefined || isFailure(told) ? [] : [fromHistory(present, told)];
  const objection = findHold(proposal, [...fromComment(present), ...history]);
  if (objection !== undefined) return { outcome: 'held', ...objection, candidate };
  if (told !== undefined && isFailure(told)) return unread(told, candidate);
  return decision;
}

function isFailure(told: Told): told is LynceusError {
  return told instanceof Error;
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

interface Question {
  readonly place: GitPlace;
  readonly paths: Set<string>;
}

async function readHistories(
  evaluations: readonly Evaluation[],
  session: Pick<WriterSession, 'history'>,
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Told>> {
  const limit = pLimit(concurrency);
  const told = new Map<string, Told>();
  await Promise.all(
    [...questionsOf(evaluations)].map(([key, { place, paths }]) =>
      limit(async () => {
        try {
          told.set(key, indexHistory(await session.history(place, [...paths].toSorted(), signal)));
        } catch (thrown) {
          told.set(key, asLynceusError(thrown));
        }
      }),
    ),
  );
  return told;
}

/** One question for each branch that is about to be written, where its history counts at all. */
function questionsOf(evaluations: readonly Evaluation[]): ReadonlyMap<string, Question> {
  const questions = new Map<string, Question>();
  for (const { policy, present, decision } of evaluations) {
    if (decision.outcome !== 'update' || policy.destination.target.method !== 'git') continue;
    if (policy.policy.rollback === 'never-hold') continue;
    const { place } = policy.destination.target;
    const question = questions.get(placeKey(place)) ?? { place, paths: new Set<string>() };
    questions.set(placeKey(place), question);
    if (present?.path !== undefined) question.paths.add(present.path);
  }
  return questions;
}
