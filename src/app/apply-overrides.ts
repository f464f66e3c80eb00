import pLimit from 'p-limit';
import type { ChosenImage } from '../core/change.ts';
import { failedDecision, inForce, type Decision } from '../core/selection/decision.ts';
import { placeKey } from '../core/identity/branch.ts';
import {
  findHold,
  recordedPlaceOf,
  type HistorySource,
  type HoldSource,
  type ProposedUpdate,
} from '../core/overrides/find-hold.ts';
import { uniqueNames, type IsNameUnique } from '../core/overrides/unique-names.ts';
import { indexHistory, type RecordedHistory } from '../core/overrides/record-index.ts';
import { knownRecords } from '../core/overrides/rollback.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { gitTargetOf, type GitPlace, type TrackedImage } from '../core/policy.ts';
import type { VerificationFailure } from '../core/reasons/reason.ts';
import { findFailedWrite } from '../core/verification/find-failed-write.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { HistoryRequest, WriterSession } from '../ports/writer.ts';
import { fileRequestOf } from '../edits/index.ts';
import type { CycleRun } from './services.ts';
import type { KnownEnds } from './verification/watch-services.ts';
import type { Evaluation } from './decide-images.ts';

/** The records of a branch, or the error of reading its history. */
type ReadHistory = RecordedHistory | LynceusError;

/** What is known of a branch that is to be written. */
interface BranchRecords {
  readonly recent: ReadHistory;
  /** Further back; read when `recent` has no record of a place that is to be written. */
  readonly far?: ReadHistory;
}

/**
 * Holds updates that an annotation, a comment or the history of the branch objects to. Only updates are checked, and the
 * history of each branch is read once, and once more where it is not enough for all of them. What depends on a history that
 * cannot be read is not written: the update might undo a rollback.
 */
export async function applyOverrides(
  evaluations: readonly Evaluation[],
  session: Pick<WriterSession, 'history'>,
  { concurrency, signal, trailers = true, known = [], mayBeTakenBack = () => false, ends }: OverrideOptions,
): Promise<OverriddenEvaluations> {
  const all = [...known, ...evaluations.map(({ tracked }) => tracked)];
  const isNameUnique = trailers ? uniqueNames(all) : () => false;
  const requests = historyRequestsOf(evaluations, isNameUnique, mayBeTakenBack);
  const histories = await readHistories(requests, session, { concurrency, signal });
  const sources = new Map<TrackedImage, HistorySource>();
  const decided = evaluations.map((evaluation) => {
    const update = updateOf(evaluation);
    if (update === undefined) return evaluation;
    const decide = () => decideWith(evaluation, update, { histories, isNameUnique, sources, ends });
    return { ...evaluation, decision: contained(update, decide) };
  });
  return { evaluations: decided, sources };
}

export interface OverriddenEvaluations {
  readonly evaluations: readonly Evaluation[];
  /** The history that each update was decided by. */
  readonly sources: ReadonlyMap<TrackedImage, HistorySource>;
}

interface OverrideOptions extends Pick<CycleRun, 'concurrency' | 'signal'> {
  /** Whether our commits have records: without them they cannot be told from those of Argo CD Image Updater. */
  readonly trailers?: boolean;
  /** Further images of the same Applications. */
  readonly known?: readonly TrackedImage[];
  /** Whether a check may take back a version of the image: that holds whatever its rule for rollbacks is. Absent: none may. */
  readonly mayBeTakenBack?: (tracked: TrackedImage) => boolean;
  /** How writes ended; absent: nothing is held for it. */
  readonly ends?: KnownEnds | undefined;
}

/** The update that would be written; `undefined` when there is none. */
export function updateOf({ tracked, present, decision }: Evaluation): ProposedUpdate | undefined {
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

interface Known {
  readonly histories: ReadonlyMap<string, BranchRecords>;
  readonly isNameUnique: IsNameUnique;
  readonly sources: Map<TrackedImage, HistorySource>;
  readonly ends: KnownEnds | undefined;
}

function decideWith(
  { present, decision }: Evaluation,
  update: ProposedUpdate,
  { histories, isNameUnique, sources, ends }: Known,
): Decision {
  const { tracked, candidate } = update;
  const target = gitTargetOf(tracked);
  const place = { path: present?.path, isNameUnique: isNameUnique(tracked) };
  const read = target && historyFor(tracked, place, histories.get(placeKey(target.place)));
  const source =
    read === undefined || isFailure(read)
      ? undefined
      : ({ kind: 'history', history: read, ...place } as const);
  if (source !== undefined) sources.set(tracked, source);
  const objection = findHold(update, [...fromComment(present), ...(source === undefined ? [] : [source])]);
  if (objection !== undefined) return { outcome: 'held', ...objection, candidate };
  const failure = source && ends && failureOf(update, source, ends);
  if (failure !== undefined)
    return { outcome: 'held', code: 'verification-failed', facts: { candidate, failure }, candidate };
  if (read !== undefined && isFailure(read)) return unreadHistory(read, candidate);
  return decision;
}

/** What the checks of the version in force came to, where that holds the image. */
export function failureOf(
  { tracked, written }: ProposedUpdate,
  source: HistorySource,
  { results, onInconclusive }: KnownEnds,
): VerificationFailure | undefined {
  const place = recordedPlaceOf(tracked, source);
  const known = { present: written, results: results.of(tracked.application), onInconclusive };
  return place && findFailedWrite({ tracked, place, ...known });
}

interface RecordedPlace {
  readonly path: string | undefined;
  readonly isNameUnique: boolean;
}

/** The part of the history that an image is decided by: what is further back only where the recent part has nothing of it. */
function historyFor(
  tracked: TrackedImage,
  place: RecordedPlace,
  records: BranchRecords | undefined,
): ReadHistory | undefined {
  if (records === undefined) return undefined;
  const { recent, far } = records;
  return isFailure(recent) || far === undefined || isRecorded(tracked, place, recent) ? recent : far;
}

function isRecorded(tracked: TrackedImage, place: RecordedPlace, history: RecordedHistory): boolean {
  const recorded = recordedPlaceOf(tracked, { ...place, history });
  return recorded === undefined || knownRecords(recorded).length > 0;
}

function isFailure(history: ReadHistory): history is LynceusError {
  return history instanceof Error;
}

/** Whether a version was taken back is not known, so it is not written. */
export function unreadHistory(error: LynceusError, candidate: ChosenImage): Decision {
  return { outcome: 'failed', code: error.code, facts: { kind: 'history-unreadable', error }, candidate };
}

function fromComment(present: Evaluation['present']): readonly HoldSource[] {
  if (present?.kind !== 'read' || present.presence.kind !== 'present') return [];
  const { hold } = present.presence;
  return hold === undefined ? [] : [{ kind: 'comment', text: hold }];
}

interface BranchRequest {
  readonly place: GitPlace;
  readonly paths: Set<string>;
  readonly isEnough: (history: RecordedHistory) => boolean;
}

async function readHistories(
  requests: ReadonlyMap<string, BranchRequest>,
  session: Pick<WriterSession, 'history'>,
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, BranchRecords>> {
  const limit = pLimit(concurrency);
  const histories = new Map<string, BranchRecords>();
  const read = async (
    { place, paths }: BranchRequest,
    reach: HistoryRequest['reach'],
  ): Promise<ReadHistory> => {
    try {
      return indexHistory(await session.history(place, { paths: [...paths].toSorted(), reach }, signal));
    } catch (thrown) {
      return asLynceusError(thrown);
    }
  };
  await Promise.all(
    [...requests].map(([key, request]) =>
      limit(async () => {
        const recent = await read(request, 'recent');
        const isEnough = isFailure(recent) || seems(() => request.isEnough(recent));
        histories.set(key, isEnough ? { recent } : { recent, far: await read(request, 'far') });
      }),
    ),
  );
  return histories;
}

/** What cannot be told here fails where it is decided, for its image alone. */
function seems(isEnough: () => boolean): boolean {
  try {
    return isEnough();
  } catch {
    return false;
  }
}

/**
 * One request for each branch that is about to be written, where an image's rollback rule needs the history, or only that
 * can tell that a version is newer.
 */
function historyRequestsOf(
  evaluations: readonly Evaluation[],
  isNameUnique: IsNameUnique,
  mayBeTakenBack: (tracked: TrackedImage) => boolean,
): ReadonlyMap<string, BranchRequest> {
  const wanted = evaluations.flatMap(({ tracked, present, decision }) => {
    const target = gitTargetOf(tracked);
    if (decision.outcome !== 'update' || target === undefined) return [];
    const { stepBack } = decision;
    const isIgnored = tracked.policy.rollback === 'never-hold' && !mayBeTakenBack(tracked);
    if (isIgnored && stepBack === undefined) return [];
    return [{ tracked, place: target.place, file: target.file, path: present?.path }];
  });
  return new Map(
    [...groupBy(wanted, ({ place }) => placeKey(place))].flatMap(([key, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const paths = new Set(group.flatMap(({ path, file }) => path ?? fileRequestOf(file).candidates));
      const isEnough = (history: RecordedHistory) =>
        group.every(({ tracked, path }) =>
          isRecorded(tracked, { path, isNameUnique: isNameUnique(tracked) }, history),
        );
      return [[key, { place: first.place, paths, isEnough }] as const];
    }),
  );
}
