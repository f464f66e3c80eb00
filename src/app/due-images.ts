import { isDeepStrictEqual } from 'node:util';
import { notDue } from '../core/due.ts';
import { waitsUntil, type Decision } from '../core/selection/decision.ts';
import { imageKey } from '../core/identity/image.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { DueFacts } from '../core/reasons/reason.ts';

interface Decided {
  readonly tracked: TrackedImage;
  readonly decision: Decision;
}

/** An image that is not evaluated in this cycle: its target is not read. */
interface Waiting extends Decided {
  readonly present: undefined;
}

/** Remembers when images with an interval of their own were evaluated. Forgets all of it with the process. */
export interface DueImages {
  /** Those to evaluate now, and the rest with the reason why not. With `regardless` all are due. */
  select(
    images: readonly TrackedImage[],
    at: { readonly now: number; readonly regardless: boolean },
  ): { readonly due: readonly TrackedImage[]; readonly waiting: readonly Waiting[] };
  /** The decisions of those that were due. An image that failed, or that has an update, is due again in the next cycle. */
  remember(decided: readonly Decided[], now: number): void;
}

/** When an image was evaluated, and with which policy: a policy that has changed is evaluated at once. */
interface Evaluated {
  readonly at: number;
  /** It waits for this time, whatever its interval is; absent where it does not. */
  readonly until?: number | undefined;
  readonly tracked: TrackedImage;
}

export function createDueImages(): DueImages {
  const last = new Map<string, Evaluated>();
  /** As read from the Applications: the evaluation resolves branches in its copy. */
  const pending = new Map<string, TrackedImage>();
  return {
    select(images, { now, regardless }) {
      if (!regardless) forgetOthers(last, images);
      pending.clear();
      const due: TrackedImage[] = [];
      const waiting: Waiting[] = [];
      for (const tracked of images) {
        const before = last.get(imageKey(tracked));
        const isKnown =
          before !== undefined && isSamePolicy(before.tracked, tracked) && now < (before.until ?? Infinity);
        const at = isKnown ? before.at : undefined;
        const facts = regardless ? undefined : notDue(tracked.policy.interval, { evaluatedAt: at, now });
        if (facts === undefined) due.push(tracked);
        else waiting.push(waitingFor(tracked, facts));
        pending.set(imageKey(tracked), tracked);
      }
      return { due, waiting };
    },
    remember(decided, now) {
      for (const { tracked, decision } of decided) {
        const key = imageKey(tracked);
        const asRead = pending.get(key);
        if (tracked.policy.interval === undefined || asRead === undefined) continue;
        if (decision.outcome === 'failed' || decision.outcome === 'update') last.delete(key);
        else last.set(key, { at: now, until: waitsUntil(decision), tracked: asRead });
      }
    },
  };
}

/** Observations are not compared. */
function isSamePolicy(a: TrackedImage, b: TrackedImage): boolean {
  return isDeepStrictEqual({ ...a, observed: b.observed }, b);
}

function waitingFor(tracked: TrackedImage, facts: DueFacts): Waiting {
  const decision = { outcome: 'skipped', code: 'not-due', facts, candidate: undefined } as const;
  return { tracked, present: undefined, decision };
}

/** Images that are no longer tracked are forgotten. */
function forgetOthers(last: Map<string, Evaluated>, images: readonly TrackedImage[]): void {
  const keys = new Set(images.map(imageKey));
  for (const key of last.keys()) if (!keys.has(key)) last.delete(key);
}
