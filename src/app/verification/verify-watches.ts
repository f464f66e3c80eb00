import { setImmediate as immediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isDoneWithin } from '../../async/is-done-within.ts';
import type { CheckSpec } from '../../core/verification/check-spec.ts';
import { isLongOver } from '../../core/verification/due-measurements.ts';
import { hasEnded, stepVerification } from '../../core/verification/machine.ts';
import { observedEvents, type ObservedWrite } from '../../core/verification/observed-write.ts';
import type { VerificationEvent, VerificationTerms } from '../../core/verification/verification-state.ts';
import { asLynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Measuring } from './measure.ts';
import type { ObserveWrite, WatchRun } from './watch-services.ts';
import type { Watch } from './watches.ts';

export interface WatchOptions extends WatchRun {
  readonly clock: Clock;
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
  options: WatchOptions,
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
  for (const watch of observed) passTime(watch, options);
  return answers;
}

/** So long may pass between two looks; after a longer time the clock was moved on, or the process stood still. */
const LONGEST_GAP = 300_000;

/** Lets time pass, as far as somebody looked. */
function passTime(watch: Watch, { clock, termsOf }: WatchOptions): void {
  const now = clock.now();
  const gap = now - watch.lookedAt;
  watch.lookedAt = now;
  if (gap > LONGEST_GAP) watch.unobserved += gap;
  const observed = { terms: termsOf(watch), now: now - watch.unobserved };
  watch.state = stepVerification(watch.state, { kind: 'time-passed' }, observed).state;
}

function step(
  watch: Watch,
  event: VerificationEvent,
  { clock, termsOf }: Pick<WatchOptions, 'clock' | 'termsOf'>,
): void {
  watch.state = stepVerification(watch.state, event, { terms: termsOf(watch), now: clock.now() }).state;
}

async function observe(watch: Watch, options: WatchOptions): Promise<boolean> {
  const { clock, log, signal, termsOf } = options;
  try {
    const observed = await options.observe(watch.write, signal);
    const now = clock.now();
    watch.observed = observed;
    const syncedAt = observed.stage === 'written' ? undefined : observed.syncedAt;
    watch.isLate ??= watch.isFound && isLongOver(termsOf(watch), { syncedAt, now });
    for (const event of observedEvents(observed, seenSince(watch, observed, now)))
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
  options: WatchOptions,
): Promise<ReadonlyMap<string, Answers>> {
  const { clock, measuring, termsOf, patience, signal } = options;
  const answers = new Map<string, Answers>();
  const until = performance.now() + patience;
  const running = new Set<Promise<void>>();
  let next = watches;
  for (;;) {
    for (const watch of next) take(watch, answers, options);
    for (const watch of next.filter(isDeployed)) {
      const checks = checksOf(watch, termsOf);
      for (const measurement of measuring.begin(watch, { checks, now: clock.now(), signal })) {
        const ended: Promise<void> = measurement.then(() => void running.delete(ended));
        running.add(ended);
      }
    }
    // Whatever ends first goes on, so that nobody waits for whoever is slow.
    const left = until - performance.now();
    const goesOn = running.size > 0 && left > 0 && (await isDoneWithin(Promise.race(running), left));
    signal.throwIfAborted();
    if (!goesOn) return answers;
    await immediate();
    next = watches.filter(({ arrived }) => arrived.length > 0);
  }
}

/** While something else is deployed, a measurement says nothing of the write. */
function isDeployed({ observed }: Watch): boolean {
  return observed?.stage === 'healthy' || observed?.stage === 'synced';
}

function checksOf(watch: Watch, termsOf: WatchOptions['termsOf']): readonly CheckSpec[] {
  return hasEnded(watch.state) ? [] : termsOf(watch).checks;
}

/** What has arrived of measurements. */
function take(watch: Watch, answers: Map<string, Answers>, options: WatchOptions): void {
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
