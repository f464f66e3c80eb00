import type { RestoredText } from '../../core/change.ts';
import { recordedPlaceOf } from '../../core/overrides/find-hold.ts';
import { mergedRecords } from '../../core/overrides/merged-requests.ts';
import { indexHistory, type RecordedHistory } from '../../core/overrides/record-index.ts';
import { gitTargetOf, type GitPlace, type TrackedImage } from '../../core/policy.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { RollbackHold } from '../../core/reasons/rollback-hold.ts';
import type { Decision } from '../../core/selection/decision.ts';
import { decideRestore, type RestoreDecision } from '../../core/verification/decide-restore.ts';
import { isFailedImage, type FailedWrite } from '../../core/verification/failed-write.ts';
import type { HeldRollback } from '../../core/verification/judge-rollbacks.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import { fileRequestOf } from '../../edits/index.ts';
import type { FileState, WriterSession } from '../../ports/writer.ts';
import type { EndedRequests } from '../pull-requests/ended-requests.ts';
import type { Evaluation } from '../decide-images.ts';
import type { Present } from '../read-present.ts';

export interface DecidedRollbacks {
  /** Of the images that go back, or fail to. All others are decided as always. */
  readonly evaluations: readonly Evaluation[];
  readonly held: readonly HeldRollback[];
  /** What was taken back already. */
  readonly done: readonly FailedWrite[];
}

export interface RollbackOptions {
  /** What is to be taken back, as far as Git allows it. */
  readonly orders: readonly FailedWrite[];
  /** Asks hosts of pull requests what was merged; absent where none is asked. */
  readonly ended?: EndedRequests;
  readonly signal: AbortSignal;
}

type ReadPresent = Extract<Present, { readonly kind: 'read' }>;

interface OrderedImage {
  readonly tracked: TrackedImage;
  readonly present: ReadPresent;
  readonly failed: FailedWrite;
}

/**
 * Decides what the images of failed writes go back to. All images of a write go back; one that a person changed or holds since
 * stays as it is. None does where one of them has nothing to go back to, or its file cannot be read now: then it is asked again.
 */
export async function decideRollbacks(
  present: ReadonlyMap<TrackedImage, Present>,
  session: Pick<WriterSession, 'history' | 'readAt'>,
  { orders, ...options }: RollbackOptions,
): Promise<DecidedRollbacks> {
  const decided = await Promise.all(
    orders.map(async (failed): Promise<DecidedRollbacks> => {
      const images = imagesOf(failed, present);
      if (images === undefined || images.length === 0) return NOTHING;
      try {
        return concluded(
          await Promise.all(images.map((image) => decideImage(image, session, options))),
          failed,
        );
      } catch (thrown) {
        options.signal.throwIfAborted();
        return unread(images, asLynceusError(thrown));
      }
    }),
  );
  return joinDecided(decided.filter((_, index) => !isLeftAlone(orders[index], { orders, decided })));
}

/** Nothing goes back for a failure that is not taken back itself. */
function isLeftAlone(
  order: FailedWrite | undefined,
  all: { readonly orders: readonly FailedWrite[]; readonly decided: readonly DecidedRollbacks[] },
): boolean {
  if (order?.companion === undefined) return false;
  return !all.orders.some(
    ({ commit, companion }, index) =>
      commit === order.commit && companion === undefined && (all.decided[index]?.evaluations.length ?? 0) > 0,
  );
}

const NOTHING: DecidedRollbacks = { evaluations: [], held: [], done: [] };

export function joinDecided(all: readonly DecidedRollbacks[]): DecidedRollbacks {
  return {
    evaluations: all.flatMap(({ evaluations }) => evaluations),
    held: all.flatMap(({ held }) => held),
    done: all.flatMap(({ done }) => done),
  };
}

/** `undefined` where the file of one of them could not be read. */
function imagesOf(
  failed: FailedWrite,
  present: ReadonlyMap<TrackedImage, Present>,
): readonly OrderedImage[] | undefined {
  const images: OrderedImage[] = [];
  for (const [tracked, now] of present) {
    if (!isFailedImage(failed, tracked)) continue;
    if (now.kind === 'failed') return undefined;
    images.push({ tracked, present: now, failed });
  }
  return images;
}

interface DecidedImage extends OrderedImage {
  readonly decision: RestoreDecision;
  readonly restores?: RestoredText;
}

async function decideImage(
  image: OrderedImage,
  session: Pick<WriterSession, 'history' | 'readAt'>,
  { ended, signal }: Omit<RollbackOptions, 'orders'>,
): Promise<DecidedImage> {
  const { tracked, present, failed } = image;
  const { presence, path } = present;
  const hold = tracked.policy.hold ?? (presence.kind === 'present' ? presence.hold : undefined);
  const now = presence.kind === 'present' ? presence.image : undefined;
  const decideWith = (history: RecordedHistory, requests: readonly PullRequest[] = []): RestoreDecision =>
    decideRestore({
      commit: failed.commit,
      place: recordedPlaceOf(tracked, {
        path,
        history,
        merged: mergedRecords(tracked, requests, history),
      }),
      present: now,
      hold,
    });
  const target = gitTargetOf(tracked);
  if (target === undefined) return { ...image, decision: decideWith(indexHistory([])) };
  const paths = path === undefined ? fileRequestOf(target.file).candidates : [path];
  const read = async (reach: 'recent' | 'far') =>
    indexHistory(await session.history(target.place, { paths, reach }, signal));
  const recent = await read('recent');
  let decision = decideWith(recent);
  if (isUnknown(decision)) {
    const requests = (await ended?.(target.place, signal)) ?? [];
    decision = decideWith(recent, requests);
    if (isUnknown(decision)) decision = decideWith(await read('far'), requests);
  }
  if (decision.kind !== 'restore' || path === undefined) return { ...image, decision };
  const restores = await textsOf(decision, { place: target.place, path, session, signal });
  return { ...image, decision, ...(restores === undefined ? {} : { restores }) };
}

function isUnknown(decision: RestoreDecision): boolean {
  return decision.kind === 'held' && decision.hold.code === 'no-record';
}

interface TextOptions {
  readonly place: GitPlace;
  readonly path: string;
  readonly session: Pick<WriterSession, 'readAt'>;
  readonly signal: AbortSignal;
}

/** What the file said before and after the commit; `undefined` where that cannot be read: then the version alone is restored. */
async function textsOf(
  { wrote, record }: Extract<RestoreDecision, { kind: 'restore' }>,
  { place, path, session, signal }: TextOptions,
): Promise<RestoredText | undefined> {
  const { sha, parent } = record.commit;
  if (parent === undefined) return undefined;
  const textAt = async (revision: string): Promise<FileState | undefined> =>
    (await session.readAt(place, { revision, requests: [{ candidates: [path] }] }, signal))[0];
  try {
    const [before, after] = [await textAt(parent), await textAt(sha)];
    if (before?.kind !== 'text' || after?.kind !== 'text') return undefined;
    return { before: before.text, after: after.text, wrote };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** What a person did to one image leaves the others alone. */
function concluded(images: readonly DecidedImage[], failed: FailedWrite): DecidedRollbacks {
  const holds = images.flatMap(({ decision }) => (decision.kind === 'held' ? [decision.hold] : []));
  const [first] = holds;
  const blocking = holds.find((hold) => !isByPerson(hold));
  if (first !== undefined && (blocking !== undefined || holds.length === images.length))
    return { ...NOTHING, held: [{ failed, hold: blocking ?? first }] };
  if (!images.some(({ decision }) => decision.kind === 'restore')) return { ...NOTHING, done: [failed] };
  return { ...NOTHING, evaluations: images.flatMap(evaluationOf) };
}

function isByPerson({ code }: RollbackHold): boolean {
  return code === 'changed-meanwhile' || code === 'held-by-person';
}

function evaluationOf({ tracked, present, failed, decision, restores }: DecidedImage): readonly Evaluation[] {
  if (decision.kind !== 'restore') return [];
  const { check, detail, commit, companion } = failed;
  const { from = '', to = '' } = decision.record.record;
  const update: Decision = {
    outcome: 'update',
    code: 'check-failed',
    // The record is of what failed: it is gone through from its end.
    facts: {
      check,
      detail,
      commit,
      from: to,
      to: from,
      ...(companion === undefined ? {} : { isCompanion: true }),
    },
    to: decision.to,
    labels: {},
  };
  return [{ tracked, present, decision: update, ...(restores === undefined ? {} : { restores }) }];
}

/** They are neither taken back nor updated: it is not known what is there. */
function unread(images: readonly OrderedImage[], error: LynceusError): DecidedRollbacks {
  const facts = { kind: 'history-unreadable', error } as const;
  const decision: Decision = { outcome: 'failed', code: error.code, facts, candidate: undefined };
  return { ...NOTHING, evaluations: images.map(({ tracked, present }) => ({ tracked, present, decision })) };
}
