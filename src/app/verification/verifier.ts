import { applicationKey } from '../../core/identity/application.ts';
import { imageKey } from '../../core/identity/image.ts';
import { formatName } from '../../core/image/reference.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { nextDeadline, nextMeasurements } from '../../core/verification/due-measurements.ts';
import type { RunningVerification } from '../../core/status/verification-status.ts';
import { hasEnded } from '../../core/verification/machine.ts';
import { isResultOf } from '../../core/verification/result-of.ts';
import type { WatchedImage } from '../../core/verification/watched-write.ts';
import type { Checks } from '../../ports/checks.ts';
import type { Clock } from '../../ports/clock.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import { concludeWatches } from './conclude-watches.ts';
import { findWrites, type SearchedHeads } from './find-writes.ts';
import { createMeasuring, type Measuring } from './measure.ts';
import { pushedWrites } from './pushed-writes.ts';
import { verifyWatches, type Answers } from './verify-watches.ts';
import { createWatchTerms, type WatchSettings, type WatchTerms } from './watch-terms.ts';
import { createWatches, type SearchedImage, type Watch, type Watches } from './watches.ts';
import type { Verifier, WatchedName } from './watch-services.ts';

export interface VerifierOptions extends WatchSettings {
  readonly clock: Clock;
  readonly results: WriteResults;
  readonly checks: Checks;
  /** How long measurements are waited for in a cycle, in milliseconds. */
  readonly patience?: number;
}

/** How often Argo CD's status is looked at, and at most how often anything is, in milliseconds. */
const LOOK_EVERY = 15_000;
const LOOK_AGAIN = 2_000;
const PATIENCE = 5_000;

export function createVerifier({
  clock,
  results,
  checks,
  patience = PATIENCE,
  ...settings
}: VerifierOptions): Verifier {
  const terms = createWatchTerms(settings);
  const { termsOf } = terms;
  const watches = createWatches();
  const searched: SearchedHeads = new Map();
  const measuring = createMeasuring(checks);
  let leadingSince = clock.now();
  let latest = leadingSince;
  let lookedAt = leadingSince;

  function timeNow(): number {
    const now = clock.now();
    latest = Math.max(latest, now);
    return now;
  }

  function adopt(images: readonly SearchedImage[], isFound: boolean): void {
    const open = images.map((image) => withoutKnownEnd(image, results));
    watches.adopt(open, { now: timeNow(), isFound });
  }

  return {
    async find(images, session, run) {
      adopt(await findWrites(images, session, { ...run, searched, wants: terms.wants }), true);
    },
    wrote(commits, images) {
      adopt(pushedWrites(commits, images, { wants: terms.wants, now: timeNow() }), false);
    },
    async verify({ known, observe, rollBack, ...run }) {
      lookedAt = timeNow();
      refreshWatches(watches, known, { ...terms, searched });
      const all = watches.all();
      const answers = await verifyWatches(all, { ...run, clock, observe, measuring, termsOf, patience });
      const now = timeNow();
      const occasion = { now, latest, leadingSince, answers, results, termsOf, rollBack };
      const ended = await concludeWatches(all, { ...run, ...occasion });
      for (const watch of all) if (hasEnded(watch.state) && !ended.waiting.has(watch)) watches.remove(watch);
      return { running: watches.all().length, ended: ended.reports, unanswered: unansweredOf(answers) };
    },
    dueAt() {
      const all = watches.all();
      if (all.length === 0) return undefined;
      const soon = lookedAt + LOOK_AGAIN;
      if (all.some(({ arrived, measuring: now }) => arrived.length + now.size > 0)) return soon;
      return Math.max(
        soon,
        Math.min(lookedAt + LOOK_EVERY, ...all.flatMap((one) => timesOf(one, { termsOf, measuring }))),
      );
    },
    watched: (image) => watchedOf(watches, image),
    takesLead() {
      watches.clear();
      searched.clear();
      leadingSince = timeNow();
    },
  };
}

function watchedOf(
  watches: Watches,
  { namespace, application, alias, image }: WatchedName,
): RunningVerification | undefined {
  const key = applicationKey({ namespace, name: application });
  for (const { write, state } of watches.all()) {
    if (applicationKey(write.application) !== key) continue;
    const found = write.images.find(
      ({ tracked }) => tracked.alias === alias && formatName(tracked.image) === image,
    );
    if (found === undefined) continue;
    const { commit, writtenAt } = write;
    return { commit, writtenAt, checks: found.tracked.policy.verify?.checks ?? [], state };
  }
  return undefined;
}

/** Checks that asked, and had no answer at all. */
function unansweredOf(answers: ReadonlyMap<string, Answers>): readonly string[] {
  return [...answers].flatMap(([name, { made, unasked }]) => (made === unasked ? [name] : []));
}

/** How a write ended is found out once. */
function withoutKnownEnd(image: SearchedImage, results: Pick<WriteResults, 'of'>): SearchedImage {
  const { tracked, found } = image;
  if (found === undefined) return image;
  const kept = results
    .of(tracked.application)
    .find((one) => isResultOf(one, tracked) && one.commit === found.commit);
  return kept?.ending === undefined ? image : { ...image, found: undefined };
}

/** With what is wanted and observed now, and without what is gone, paused or no longer to be verified. */
function refreshWatches(
  watches: Watches,
  known: readonly TrackedImage[],
  { wants, searched }: Pick<WatchTerms, 'wants'> & { readonly searched: SearchedHeads },
): void {
  const byKey = new Map(known.map((tracked) => [imageKey(tracked), tracked]));
  for (const watch of watches.all()) {
    const images = watch.write.images.flatMap((image): readonly WatchedImage[] => {
      const now = byKey.get(imageKey(image.tracked));
      if (now !== undefined && wants({ tracked: now }))
        return [{ ...image, tracked: { ...now, destination: image.tracked.destination } }];
      searched.delete(imageKey(image.tracked));
      return [];
    });
    if (images.length === 0) watches.remove(watch);
    else watch.write = { ...watch.write, images };
  }
}

/** When something of a watch may happen by time. */
function timesOf(
  watch: Watch,
  { termsOf, measuring }: Pick<WatchTerms, 'termsOf'> & { readonly measuring: Measuring },
): readonly number[] {
  const terms = termsOf(watch);
  const { state, watchedSince } = watch;
  const next = nextMeasurements(state, { ...terms, isReplayable: measuring.isReplayable, watchedSince });
  const deadline = nextDeadline(state, terms);
  return [...next.map(({ at }) => at), ...(deadline === undefined ? [] : [deadline])];
}
