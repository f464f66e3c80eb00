import type { RestoredText } from '../core/change.ts';
import type { QueriedImage } from '../core/queries.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { TurnedAway } from '../core/reasons/reason.ts';
import type { Warning } from '../core/reasons/warning.ts';
import type { ImageTimes, TagCounts } from '../core/report.ts';
import { failedDecision, type Decision } from '../core/selection/decision.ts';
import { decideWithoutTags } from '../core/selection/select.ts';
import { asLynceusError } from '../errors.ts';
import { createAgeChecker, type CheckAge } from './check-age.ts';
import { createChooser, type Choice, type ChooseVersion } from './choose-versions.ts';
import { NO_LIMITS, type KeptPaces } from './cycle-limits.ts';
import { createSignatureChecker, type CheckSignature, type SignatureServices } from './check-signature.ts';
import { createTagFinder, type FindTags } from './find-tags.ts';
import { createRegistryTurns } from './registry-turns.ts';
import type { CycleRun, OnSearched, RegistryServices } from './services.ts';
import type { Present } from './read-present.ts';
import { decidePromoted } from './promotion/decide-promoted.ts';
import type { Promotions } from './promotion/promotions.ts';

/** One image and what was decided for it. */
export interface Evaluation {
  readonly tracked: TrackedImage;
  readonly present: Present | undefined;
  readonly decision: Decision;
  /** Absent where the registry was not asked. */
  readonly tags?: TagCounts;
  /** Absent where none is known. */
  readonly times?: ImageTimes;
  /** What a person should know about how it was decided; absent when there is nothing. */
  readonly notes?: readonly Warning[];
  /** What gates said of versions that would have been written before this one; absent where none was turned away. */
  readonly turnedAway?: readonly TurnedAway[];
  /** What its file is to say again, to the letter, where a check takes back what was written; absent where that is not known. */
  readonly restores?: RestoredText;
}

/** What all images of a cycle want to know of registries, asked once. */
export interface RegistryAnswers {
  readonly find: FindTags;
  readonly choose: ChooseVersion;
  readonly check: CheckSignature;
  /** What images may be promoted to; absent where none is promoted. */
  readonly promotions?: Promotions;
  readonly age: CheckAge;
  /** See `CycleServices`. */
  readonly onSearched?: OnSearched | undefined;
}

/** `images`: all that may be decided with it. */
export function createRegistryAnswers(
  images: readonly QueriedImage[],
  services: RegistryServices & SignatureServices & { readonly paces?: KeptPaces },
  { concurrency, limits = NO_LIMITS, clock, onProgress }: Omit<CycleRun, 'log' | 'signal'>,
): RegistryAnswers {
  const turns = createRegistryTurns({ concurrency, limits, paces: services.paces ?? new Map() });
  const age = createAgeChecker(services, turns);
  return {
    find: createTagFinder(images, services, { clock, onProgress, turns }),
    choose: createChooser(services, { turns, age }),
    age,
    check: createSignatureChecker(services, turns),
  };
}

/** Decides each image. A registry is only asked for images whose target could be read. */
export async function decideImages(
  present: ReadonlyMap<TrackedImage, Present>,
  answers: RegistryAnswers,
  { signal }: Pick<CycleRun, 'signal'>,
): Promise<readonly Evaluation[]> {
  return await Promise.all(
    [...present].map(async ([tracked, now]): Promise<Evaluation> => {
      const image = { tracked, present: now };
      let counted: Pick<Evaluation, 'tags' | 'times'> = {};
      const choose: ChooseVersion = async (...asked) => {
        const choice = await answers.choose(...asked);
        counted = countsOf(choice);
        return choice;
      };
      const decision =
        withoutTags(tracked, now) ?? (await decideByTags(image, { ...answers, choose }, { signal }));
      const notes =
        now.kind === 'read' ? await answers.promotions?.notesOf(tracked, now.presence, signal) : [];
      return {
        ...image,
        decision,
        ...counted,
        ...(notes === undefined || notes.length === 0 ? {} : { notes }),
      };
    }),
  );
}

function countsOf({ tagsSeen: seen, tagsConsidered: considered, newer, times }: Choice) {
  const tags: TagCounts = { seen, considered, ...(newer === undefined ? {} : { newer }) };
  return { tags, ...(times === undefined ? {} : { times }) };
}

/** An image whose target was read, or could not be. */
type UndecidedImage = Omit<Evaluation, 'decision' | 'present'> & { readonly present: Present };

/** Chooses among the tags of an image; among those that are left where gates turned some away. */
export async function decideByTags(
  { tracked, present }: UndecidedImage,
  answers: Pick<RegistryAnswers, 'find' | 'choose' | 'check' | 'promotions' | 'onSearched'>,
  { signal, turnedAway }: { readonly signal: AbortSignal; readonly turnedAway?: ReadonlySet<string> },
): Promise<Decision> {
  try {
    if (present.kind === 'failed') return failedDecision(present.error);
    const { application, image, policy, observed, destination } = tracked;
    const without = turnedAway === undefined ? {} : { turnedAway };
    const input = { image, policy, observed, slot: destination.slot, presence: present.presence, ...without };
    const waiting = { application, signal };
    const { find, check, promotions, onSearched } = answers;
    const choose: ChooseVersion = async (...asked) => {
      const choice = await answers.choose(...asked);
      if (choice.search !== undefined) onSearched?.(tracked, choice.search);
      return choice;
    };
    const promoted = await promotions?.of(tracked, signal);
    if (promoted !== undefined)
      return await decidePromoted(tracked, input, { promoted, find, choose, check, waiting });
    return (await choose(input, await find(tracked, waiting), waiting)).decision;
  } catch (thrown) {
    signal.throwIfAborted();
    return failedDecision(asLynceusError(thrown));
  }
}

/** Decides what needs no registry. Anything thrown for one image is a failure of that image. */
function withoutTags(tracked: TrackedImage, now: Present): Decision | undefined {
  if (now.kind === 'failed') return failedDecision(now.error);
  try {
    return decideWithoutTags(tracked, now.presence);
  } catch (thrown) {
    return failedDecision(asLynceusError(thrown));
  }
}
