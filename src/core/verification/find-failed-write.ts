import type { PlaceInHistory } from '../overrides/rollback.ts';
import type { PresentImage, TrackedImage } from '../policy.ts';
import type { VerificationFailure } from '../reasons/reason.ts';
import { findWrite } from './find-write.ts';
import { isResultOf } from './result-of.ts';
import type { InconclusiveAction } from './verify-policy.ts';
import type { WriteResult } from './write-result.ts';

export interface FailedWriteInput {
  readonly tracked: TrackedImage;
  readonly place: PlaceInHistory;
  /** What the file has. */
  readonly present: PresentImage | undefined;
  /** Of the Application. */
  readonly results: readonly WriteResult[];
  readonly onInconclusive: InconclusiveAction;
}

/** Whether the image may be held for what its checks found; then the history of its branch is needed. */
export function holdsOnFailure(
  { policy: { verify } }: Pick<TrackedImage, 'policy'>,
  onInconclusive: InconclusiveAction,
): boolean {
  return verify !== undefined && (verify.onFailure !== 'notify' || onInconclusive === 'hold');
}

/**
 * Why nothing is written to an image after its newest write failed; `undefined` when something may be. It ends when a person
 * releases the image, or when the file has something else: then another write is the newest, or a person decided.
 */
export function findFailedWrite({
  tracked,
  place,
  present,
  results,
  onInconclusive,
}: FailedWriteInput): VerificationFailure | undefined {
  const { verify } = tracked.policy;
  if (verify === undefined) return undefined;
  const found = findWrite(place, present);
  // What a rollback restored is only told.
  if (found === undefined || found.isReleased || found.kind === 'rollback') return undefined;
  const ending = results.find((one) => isResultOf(one, tracked) && one.commit === found.commit)?.ending;
  if (ending === undefined || ending.outcome === 'verified') return undefined;
  const action = ending.outcome === 'failed' ? verify.onFailure : onInconclusive;
  if (action === 'notify') return undefined;
  const { outcome, check = '', detail = '', at } = ending;
  return { outcome, version: found.to, check, detail, at };
}
