import type { Plan } from '../core/plan/plan.ts';
import type { UpdatePolicy } from '../core/policy.ts';
import type { WriterSession } from '../ports/writer.ts';
import { decideImages, type Verdict } from './decide-images.ts';
import type { CycleDependencies, OnProgress } from './dependencies.ts';
import { makePlan } from './make-plan.ts';
import { readLabels } from './read-labels.ts';
import { readPresent } from './read-present.ts';
import { respectPeople } from './respect-people.ts';

/** What there is to be written, and the session in which it was found out. */
export interface Look {
  readonly session: WriterSession;
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan;
}

export interface LookOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Stages 3 to 7 once. The caller closes the session; nothing is written. */
export async function lookAround(
  policies: readonly UpdatePolicy[],
  dependencies: CycleDependencies,
  { onProgress, signal }: LookOptions,
): Promise<Look> {
  const session = dependencies.writer.open();
  try {
    const present = await readPresent(policies, session, { ...dependencies, onProgress, signal });
    const decided = await decideImages(present, dependencies, { onProgress, signal });
    const respected = await respectPeople(decided, session, { ...dependencies, signal });
    const verdicts = await readLabels(respected, dependencies, signal);
    // From here on things are written: an abort that came earlier must not look like a set of failures.
    signal.throwIfAborted();
    const plan = makePlan(verdicts, dependencies.plan);
    onProgress({ stage: 'plan', done: sizeOf(plan), total: sizeOf(plan) });
    return { session, verdicts, plan };
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}

/** At most so many times the window, however long images keep coming. */
const MOST_LOOKS = 8;

/**
 * Looks around until what is to be written has stayed the same for the length of the collect window, so that images
 * that are built together are written together. A window of 0, and a plan that is empty, take one look.
 */
export async function lookUntilQuiet(
  look: () => Promise<Look>,
  { collect, clock }: Pick<CycleDependencies, 'collect' | 'clock'>,
  signal: AbortSignal,
): Promise<Look> {
  let last = await look();
  for (let looks = 1; looks <= MOST_LOOKS && collect > 0 && sizeOf(last.plan) > 0; looks += 1) {
    await last.session.close();
    await clock.sleep(collect, signal);
    const next = await look();
    const quiet = wishesOf(next.plan) === wishesOf(last.plan);
    last = next;
    if (quiet) break;
  }
  return last;
}

function sizeOf({ changeSets, applications }: Plan): number {
  return changeSets.length + applications.length;
}

function wishesOf({ changeSets, applications }: Plan): string {
  return JSON.stringify([changeSets, applications]);
}
