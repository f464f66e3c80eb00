import type { ChosenImage } from '../change.ts';
import type { PresentImage, TrackedImage } from '../policy.ts';
import { eachPresent } from '../presence.ts';
import type { PinFacts, ReasonOf } from '../reason.ts';
import { fileKey } from '../identity/file.ts';
import { slotKey } from '../identity/slot.ts';
import { findDowngrade } from './downgrade.ts';
import type { RecordedHistory } from './record-index.ts';
import { findRollback } from './rollback.ts';

/**
 * Where people hold an image, beside its annotations. A new way to hold one is a new kind here and a new case in
 * `holdIn`; what has to be fetched for it is fetched in `app/apply-overrides.ts`.
 */
export type HoldSource =
  /** The comment `# lynceus: hold` beside the value; `text` is the reason after it. */
  | { readonly kind: 'comment'; readonly text: string }
  /** The branch that is written. */
  | { readonly kind: 'history'; readonly path: string | undefined; readonly history: RecordedHistory };

/** A version that would be written. */
export interface ProposedUpdate {
  readonly tracked: TrackedImage;
  /** What the target has; `undefined` when it does not contain the image. */
  readonly written: PresentImage | undefined;
  /** What is in force: what the target has, else what the Application's own spec has. */
  readonly present: PresentImage | undefined;
  readonly candidate: ChosenImage;
}

/** Why a version is not written. */
export type HoldReason = ReasonOf<'pinned' | 'rolled-back' | 'downgrade'>;

/**
 * The first reason to hold an image: its annotation, then comment and history, then that the version is lower.
 * `undefined` when it may be written.
 */
export function findHold(proposal: ProposedUpdate, sources: readonly HoldSource[]): HoldReason | undefined {
  const { tracked, present, candidate } = proposal;
  if (tracked.policy.hold !== undefined)
    return pinned({ by: 'annotation', text: tracked.policy.hold, candidate });
  for (const one of sources) {
    const found = holdIn(proposal, one);
    if (found !== undefined) return found;
  }
  if (tracked.policy.allowDowngrade) return undefined;
  return firstFound(present, (one) => findDowngrade(tracked.policy.strategy, one, candidate));
}

function holdIn(proposal: ProposedUpdate, sources: HoldSource): HoldReason | undefined {
  switch (sources.kind) {
    case 'comment':
      return pinned({ by: 'comment', text: sources.text, candidate: proposal.candidate });
    case 'history':
      return inHistory(proposal, sources);
  }
}

function inHistory(
  { tracked, written, candidate }: ProposedUpdate,
  { path, history }: Extract<HoldSource, { kind: 'history' }>,
): HoldReason | undefined {
  const {
    destination: { target, slot },
    policy: { strategy, rollback },
  } = tracked;
  if (target.method !== 'git' || rollback === 'never-hold') return undefined;
  const place = { file: fileKey(target.file), key: slotKey(slot), path };
  const facts = firstFound(written, (present) =>
    findRollback({ ...place, strategy, rule: rollback, present, candidate, history }),
  );
  return facts === undefined ? undefined : { code: 'rolled-back', facts };
}

/** What one of several keys must not lose, none of them does. */
function firstFound<Found>(
  image: PresentImage | undefined,
  find: (one: PresentImage | undefined) => Found | undefined,
): Found | undefined {
  return eachPresent(image)
    .map(find)
    .find((found) => found !== undefined);
}

function pinned(facts: PinFacts): HoldReason {
  return { code: 'pinned', facts };
}
