import pLimit from 'p-limit';
import { isDoneWithin } from '../../async/is-done-within.ts';
import type { CheckSpec } from '../../core/verification/check-spec.ts';
import { isLongOver } from '../../core/verification/due-measurements.ts';
import { hasEnded, stepVerification } from '../../core/verification/machine.ts';
import { eventsOf, type ObservedWrite } from '../../core/verification/observed-write.ts';
import type { VerificationEvent, VerificationTerms } from '../../core/verification/verification-state.ts';
import type { WatchedWrite } from '../../core/verification/watched-write.ts';
import { asLynceusError } from '../../errors.ts';
import type { CycleRun } from '../services.ts';
import type { Measuring } from './measure.ts';
import type { Watch } from './watches.ts';

/** What Argo CD says of a write now. Throws `LynceusError` when that cannot be found out. */
export type ObserveWrite = (write: WatchedWrite, signal: AbortSignal) => Promise<ObservedWrite>;

export interface VerifyOptions extends Pick<CycleRun, 'clock' | 'log' | 'concurrency' | 'signal'> {
  readonly observe: ObserveWrite;
  readonly measuring: Measuring;
  readonly termsOf: (watch: Watch) => VerificationTerms;
  /** How long measurements are waited for, in milliseconds; what is not here by then is looked at the next time. */
  readonly patience: number;
}

/** How many measurements of a check were made, and how many of them had no answer. */
export interface Answers {
  readonly made: number;
  readonly unasked: number;
}

/**
 * Looks at every watched write once: what Argo CD says of it, what its checks measure, and what the time does. Returns how the
 * checks answered, by their names. Only an abort throws.
 */
export async function verifyWatches(
  watches: readonly Watch[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, Answers>> {
  const { concurrency, signal } = options;
  const going = watches.filter(({ state }) => !hasEnded(state));
  const limit = pLimit(concurrency);
  const observed = new Set<Watch>();
  await Promise.all(
    going.map((watch) =>
      limit(async () => {
        if (await observe(watch, options)) observed.add(watch);
      }),
    ),
  );
  signal.throwIfAborted();
  const answers = await measureAll(going, options);
  // No deadline passes for what could not be looked at.
  for (const watch of observed) step(watch, { kind: 'time-passed' }, options);
  return answers;
}

function step(
  watch: Watch,
  event: VerificationEvent,
  { clock, termsOf }: Pick<VerifyOptions, 'clock' | 'termsOf'>,
): void {
  watch.state = stepVerification(watch.state, event, { terms: termsOf(watch), now: clock.now() }).state;
}

async function observe(watch: Watch, options: VerifyOptions): Promise<boolean> {
  const { clock, log, signal, termsOf } = options;
  try {
    const observed = await options.observe(watch.write, signal);
    const now = clock.now();
    watch.observed = observed;
    const syncedAt = observed.stage === 'written' ? undefined : observed.syncedAt;
    watch.isLate ??= watch.isFound && isLongOver(termsOf(watch), { syncedAt, now });
    for (const event of eventsOf(observed, seenSince(watch, observed, now)))
      step(watch, watch.isLate ? notBefore(event, watch.watchedSince) : event, options);
    return true;
  } catch (thrown) {
    signal.throwIfAborted();
    const { application, commit } = watch.write;
    const err = asLynceusError(thrown);
    log.debug('what is deployed of a write could not be found out', {
      application: application.name,
      commit,
      err,
    });
    return false;
  }
}

/** Since when it has the health that it has, as far as this process saw it. */
function seenSince(watch: Watch, observed: ObservedWrite, now: number): number {
  if (observed.stage === 'written') return 0;
  const { health } = observed;
  if (watch.seen?.health !== health) watch.seen = { health, at: watch.seen === undefined ? 0 : now };
  return watch.seen.at;
}

/** What is long over is measured from now on. */
function notBefore(event: VerificationEvent, time: number): VerificationEvent {
  return event.kind === 'healthy' ? { ...event, since: Math.max(event.since, time) } : event;
}

/** Measures until nothing more is due, or time is up. */
async function measureAll(
  watches: readonly Watch[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, Answers>> {
  const { clock, measuring, termsOf, patience, signal } = options;
  const answers = new Map<string, Answers>();
  const until = performance.now() + patience;
  for (;;) {
    for (const watch of watches) take(watch, answers, options);
    // While something else is deployed, a measurement says nothing of the write.
    const deployed = watches.filter(
      ({ observed }) => observed?.stage === 'healthy' || observed?.stage === 'synced',
    );
    const now = clock.now();
    const begun = deployed.flatMap((watch) =>
      measuring.begin(watch, { checks: checksOf(watch, termsOf), now, signal }),
    );
    const left = until - performance.now();
    const isDone = begun.length > 0 && left > 0 && (await isDoneWithin(Promise.all(begun), left));
    signal.throwIfAborted();
    if (!isDone) break;
  }
  for (const watch of watches) take(watch, answers, options);
  return answers;
}

function checksOf(watch: Watch, termsOf: VerifyOptions['termsOf']): readonly CheckSpec[] {
  return hasEnded(watch.state) ? [] : termsOf(watch).checks;
}

/** What has arrived of measurements. */
function take(watch: Watch, answers: Map<string, Answers>, options: VerifyOptions): void {
  const { arrived } = watch;
  watch.arrived = [];
  for (const event of arrived) {
    const { made, unasked } = answers.get(event.check) ?? { made: 0, unasked: 0 };
    const { measurement } = event;
    const isUnasked =
      measurement.kind === 'inconclusive' && measurement.isUnasked && measurement.isPending !== true;
    answers.set(event.check, { made: made + 1, unasked: unasked + (isUnasked ? 1 : 0) });
    step(watch, event, options);
  }
}
