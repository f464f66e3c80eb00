import type { ChosenImage } from '../change.ts';
import type { PresentImage, TrackedImage } from '../policy.ts';
import { eachPresent } from '../presence.ts';
import type { PinFacts, ReasonOf, StepBack } from '../reasons/reason.ts';
import { editedFileKey, fileKey } from '../identity/file.ts';
import { slotKey } from '../identity/slot.ts';
import { findDowngrade } from './downgrade.ts';
import type { FoundRecord, RecordedHistory } from './record-index.ts';
import { findRollback } from './rollback.ts';
import type { ImagePause } from './pause.ts';
import { findWriting, type Writing } from './find-writing.ts';

/**
 * Where people hold an image, beside its annotations. A new way to hold one is a new kind here and a new case in
 * `holdIn`; what has to be fetched for it is fetched in `app/apply-overrides.ts`.
 */
export type HoldSource =
  /** The comment `# lynceus: hold` beside the value; `text` is the reason after it. */
  | { readonly kind: 'comment'; readonly text: string }
  /** The branch that is written. */
  | HistorySource;

export interface HistorySource {
  readonly kind: 'history';
  /** Where the file was read; `undefined` when it was not there. */
  readonly path: string | undefined;
  readonly history: RecordedHistory;
  /** Whether no other image of the Application has this name, so that commits that name no place are about this one. */
  readonly isNameUnique?: boolean;
  /** Records of the image that are not in the messages of commits, see `mergedRecords`. */
  readonly merged?: readonly FoundRecord[];
}

/** A version that would be written. */
export interface ProposedUpdate {
  readonly tracked: TrackedImage;
  /** What the target has; `undefined` when it does not contain the image. */
  readonly written: PresentImage | undefined;
  /** What is in force: what the target has, else what the Application's own spec has. */
  readonly present: PresentImage | undefined;
  readonly candidate: ChosenImage;
  /** How it is, or may be, older than what is in force; absent when it is newer. */
  readonly stepBack?: StepBack | undefined;
}

/** Why a version is not written. */
export type HoldReason = ReasonOf<'paused' | 'pinned' | 'rolled-back' | 'downgrade' | 'gate-unavailable'>;

/**
 * The first reason to hold an image: a pause, its annotation, then comment and history, then that the version is lower or older.
 * `undefined` when it may be written.
 */
export function findHold(proposal: ProposedUpdate, sources: readonly HoldSource[]): HoldReason | undefined {
  const { tracked, present, candidate } = proposal;
  if (tracked.policy.paused !== undefined) return pausedBy(tracked.policy.paused, candidate);
  if (tracked.policy.hold !== undefined)
    return pinned({ by: 'annotation', text: tracked.policy.hold, candidate });
  for (const one of sources) {
    const found = holdIn(proposal, one);
    if (found !== undefined) return found;
  }
  if (tracked.policy.allowDowngrade) return undefined;
  const { strategy } = tracked.policy;
  const { stepBack } = proposal;
  const writing =
    stepBack && sources.map((one) => writingIn(proposal, one)).find((found) => found !== undefined);
  return firstFound(present, (one) =>
    findDowngrade({ strategy, present: one, candidate, stepBack, writing }),
  );
}

function writingIn({ tracked, written }: ProposedUpdate, source: HoldSource): Writing | undefined {
  const place = source.kind === 'history' ? recordedPlaceOf(tracked, source) : undefined;
  return place === undefined ? undefined : findWriting(place, written);
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
  source: HistorySource,
): HoldReason | undefined {
  const { strategy, rollback } = tracked.policy;
  const place = recordedPlaceOf(tracked, source);
  if (place === undefined) return undefined;
  const facts = firstFound(written, (present) =>
    findRollback({ ...place, strategy, rule: rollback, present, candidate }),
  );
  return facts === undefined ? undefined : { code: 'rolled-back', facts };
}

/** Where records of an image are in the history of its branch; `undefined` for one that is not in Git. */
export function recordedPlaceOf(
  { application, image, destination: { target, slot } }: TrackedImage,
  { path, history, isNameUnique = false, merged = [] }: Omit<HistorySource, 'kind'>,
) {
  if (target.method !== 'git') return undefined;
  const file = { file: editedFileKey(target.file, path), namedFile: fileKey(target.file) };
  const peer = isNameUnique ? { peer: { application: application.name, image: image.name } } : {};
  return { ...file, ...peer, merged, key: slotKey(slot), path, history };
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

function pausedBy(pause: ImagePause, candidate: ChosenImage): HoldReason {
  if (pause.by === 'unknown')
    return { code: 'gate-unavailable', facts: { gate: 'pause', candidate, error: pause.error } };
  return { code: 'paused', facts: { candidate, pause } };
}

function pinned(facts: PinFacts): HoldReason {
  return { code: 'pinned', facts };
}
