import { imageKey } from '../../core/identity/image.ts';
import { isResultOf } from '../../core/verification/result-of.ts';
import { gitTargetOf, type TrackedImage } from '../../core/policy.ts';
import type { CheckSpec } from '../../core/verification/check-spec.ts';
import { nextDeadline, nextMeasurements } from '../../core/verification/due-measurements.ts';
import { hasEnded } from '../../core/verification/machine.ts';
import type { HealthTerms, VerificationTerms } from '../../core/verification/verification-state.ts';
import type { VerificationsOfCycle } from '../../core/verification/verification-report.ts';
import {
  FAILURE_ACTIONS,
  HEALTH_CHECK,
  type FailureAction,
  type InconclusiveAction,
} from '../../core/verification/verify-policy.ts';
import type { WatchedImage } from '../../core/verification/watched-write.ts';
import type { Checks } from '../../ports/checks.ts';
import type { Clock } from '../../ports/clock.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { Written } from '../apply-plan.ts';
import type { Evaluation } from '../decide-images.ts';
import type { CycleRun } from '../services.ts';
import { concludeWatches, type RollBackWrites } from './conclude-watches.ts';
import { findWrites, type SearchedHeads } from './find-writes.ts';
import { createMeasuring } from './measure.ts';
import { pushedWrites } from './pushed-writes.ts';
import { verifyWatches, type ObserveWrite } from './verify-watches.ts';
import { createWatches, type SearchedImage, type Watch } from './watches.ts';

/** Watches what was written until it is known what became of it. It keeps everything but the ends in memory. */
export interface Verifier {
  /** Looks in Git for the newest writes of images that are to be verified. Only an abort throws. */
  find(
    evaluations: readonly Evaluation[],
    session: Pick<WriterSession, 'heads' | 'history'>,
    run: Pick<CycleRun, 'log' | 'signal'>,
  ): Promise<void>;
  /** Begins to watch what was just pushed. */
  wrote(written: Pick<Written, 'commits'>, evaluations: readonly Evaluation[]): void;
  /** Looks at everything that is watched, and keeps what came to its end. Only an abort throws. */
  verify(options: VerifyCycle): Promise<VerificationsOfCycle>;
  /** When it is to be called again, in milliseconds since 1970; `undefined` while nothing is watched. */
  dueAt(): number | undefined;
  /** This process begins to lead: what it knew before may have been decided by another one. */
  takesLead(): void;
}

export interface VerifyCycle extends Pick<CycleRun, 'log' | 'concurrency' | 'signal'> {
  /** Every image that is known now; what is not among them is gone. `undefined` where not all could be read. */
  readonly known: readonly TrackedImage[] | undefined;
  readonly observe: ObserveWrite;
  /** Takes back what failed; absent: it is held instead. */
  readonly rollBack?: RollBackWrites;
}

export interface VerifierOptions {
  readonly clock: Clock;
  readonly results: WriteResults;
  readonly checks: Checks;
  readonly specs: readonly CheckSpec[];
  readonly health: HealthTerms;
  readonly onInconclusive: InconclusiveAction;
  /** Whether Argo CD says what is deployed; with Applications from files nobody does. */
  readonly hasStatus: boolean;
  /** How long measurements are waited for in a cycle, in milliseconds. */
  readonly patience?: number;
}

/** How often Argo CD's status is looked at, and at most how often anything is, in milliseconds. */
const LOOK_EVERY = 15_000;
const LOOK_AGAIN = 2_000;
const PATIENCE = 5_000;

export function createVerifier(options: VerifierOptions): Verifier {
  const { clock, results, specs, health, onInconclusive, hasStatus, patience = PATIENCE } = options;
  const watches = createWatches();
  const searched: SearchedHeads = new Map();
  const measuring = createMeasuring(options.checks);
  let leadingSince = clock.now();
  let latest = leadingSince;
  let lookedAt = leadingSince;

  function tick(): number {
    const now = clock.now();
    latest = Math.max(latest, now);
    return now;
  }

  function wants({ tracked }: Pick<Evaluation, 'tracked'>): boolean {
    const { verify, paused } = tracked.policy;
    if (verify === undefined || paused !== undefined || gitTargetOf(tracked) === undefined) return false;
    // Without a status there is nothing to know of health.
    return hasStatus || specsOf(verify.checks).length > 0;
  }

  function specsOf(names: readonly string[]): readonly CheckSpec[] {
    return specs.filter(({ name }) => name !== HEALTH_CHECK && names.includes(name));
  }

  function termsOf({ write, isLate = false }: Watch): VerificationTerms {
    const policies = write.images.flatMap(({ tracked }) => tracked.policy.verify ?? []);
    const isOnlyTold = isLate || write.kind === 'rollback';
    return {
      writtenAt: write.writtenAt,
      checks: specsOf(policies.flatMap(({ checks }) => checks)),
      onFailure: isOnlyTold ? 'notify' : strongest(policies.map(({ onFailure }) => onFailure)),
      onInconclusive: isOnlyTold ? 'notify' : onInconclusive,
      isAutomated: write.images[0]?.tracked.observed.deployment?.isAutomated ?? false,
      health,
    };
  }

  function adopt(images: readonly SearchedImage[], isFound: boolean): void {
    watches.adopt(images.map(withoutKnownEnd), { now: tick(), isFound });
  }

  /** A verdict is asked for once. */
  function withoutKnownEnd(image: SearchedImage): SearchedImage {
    const { tracked, found } = image;
    if (found === undefined) return image;
    const kept = results
      .of(tracked.application)
      .find((one) => isResultOf(one, tracked) && one.commit === found.commit);
    return kept?.ending === undefined ? image : { ...image, found: undefined };
  }

  /** With what is wanted and observed now, and without what is gone, paused or no longer to be verified. */
  function refresh(known: readonly TrackedImage[]): void {
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
  function timesOf(watch: Watch): readonly number[] {
    const terms = termsOf(watch);
    const { isReplayable } = measuring;
    const next = nextMeasurements(watch.state, { ...terms, isReplayable, watchedSince: watch.watchedSince });
    const deadline = nextDeadline(watch.state, terms);
    return [...next.map(({ at }) => at), ...(deadline === undefined ? [] : [deadline])];
  }

  return {
    async find(evaluations, session, run) {
      adopt(await findWrites(evaluations, session, { ...run, searched, wants }), true);
    },
    wrote(written, evaluations) {
      adopt(pushedWrites(written, evaluations, { wants, now: tick() }), false);
    },
    async verify({ known, observe, rollBack, ...run }) {
      lookedAt = tick();
      if (known !== undefined) refresh(known);
      const all = watches.all();
      const answers = await verifyWatches(all, { ...run, clock, observe, measuring, termsOf, patience });
      const ended = await concludeWatches(all, {
        ...run,
        now: tick(),
        latest,
        leadingSince,
        answers,
        results,
        termsOf,
        rollBack,
      });
      for (const watch of all.filter(({ state }) => hasEnded(state)))
        if (!ended.waiting.has(watch)) watches.remove(watch);
      const unanswered = [...answers].flatMap(([name, { made, unasked }]) =>
        made === unasked ? [name] : [],
      );
      return { running: watches.all().length, ended: ended.reports, unanswered };
    },
    dueAt() {
      const all = watches.all();
      if (all.length === 0) return undefined;
      if (all.some(({ arrived, measuring: now }) => arrived.length + now.size > 0))
        return lookedAt + LOOK_AGAIN;
      return Math.max(lookedAt + LOOK_AGAIN, Math.min(lookedAt + LOOK_EVERY, ...all.flatMap(timesOf)));
    },
    takesLead() {
      watches.clear();
      searched.clear();
      leadingSince = tick();
    },
  };
}

function strongest(actions: readonly FailureAction[]): FailureAction {
  return (
    FAILURE_ACTIONS[Math.max(0, ...actions.map((action) => FAILURE_ACTIONS.indexOf(action)))] ?? 'notify'
  );
}
