import { isDeepStrictEqual } from 'node:util';
import { notDue } from '../core/due.ts';
import type { Decision } from '../core/decision.ts';
import { imageKey } from '../core/identity/image.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { DueFacts } from '../core/reason.ts';

interface Decided {
  readonly policy: TrackedImage;
  readonly decision: Decision;
}

/** An image that is not evaluated, so that nothing is known of its target. */
interface Waiting extends Decided {
  readonly present: undefined;
}

/** Remembers when images with an interval of their own were evaluated. Forgets all of it with the process. */
export interface DueImages {
  /** Those to evaluate now, and the rest with the reason why not. `regardless` of what is remembered, all are. */
  select(
    policies: readonly TrackedImage[],
    at: { readonly now: number; readonly regardless: boolean },
  ): { readonly due: readonly TrackedImage[]; readonly waiting: readonly Waiting[] };
  /** What was decided for those that were due. One that failed, or is only about to be written, is due in the next cycle again. */
  remember(decided: readonly Decided[], now: number): void;
}

/** When an image was evaluated, and what was wanted then: a policy that has changed is evaluated at once. */
interface Evaluated {
  readonly at: number;
  readonly policy: TrackedImage;
}

export function createDueImages(): DueImages {
  const last = new Map<string, Evaluated>();
  /** As the Applications say it, which the evaluation completes. */
  const pending = new Map<string, TrackedImage>();
  return {
    select(policies, { now, regardless }) {
      if (!regardless) forgetOthers(last, policies);
      pending.clear();
      const due: TrackedImage[] = [];
      const waiting: Waiting[] = [];
      for (const policy of policies) {
        const before = last.get(imageKey(policy));
        const at = before !== undefined && wantsTheSame(before.policy, policy) ? before.at : undefined;
        const facts = regardless ? undefined : notDue(policy.policy.interval, { evaluatedAt: at, now });
        if (facts === undefined) due.push(policy);
        else waiting.push(waitingFor(policy, facts));
        pending.set(imageKey(policy), policy);
      }
      return { due, waiting };
    },
    remember(decided, now) {
      for (const { policy, decision } of decided) {
        const key = imageKey(policy);
        const wanted = pending.get(key);
        if (policy.policy.interval === undefined || wanted === undefined) continue;
        if (decision.outcome === 'failed' || decision.outcome === 'update') last.delete(key);
        else last.set(key, { at: now, policy: wanted });
      }
    },
  };
}

/** What runs at the moment is not part of what is wanted. */
function wantsTheSame(a: TrackedImage, b: TrackedImage): boolean {
  return isDeepStrictEqual({ ...a, observed: b.observed }, b);
}

function waitingFor(policy: TrackedImage, facts: DueFacts): Waiting {
  const decision = { outcome: 'skipped', code: 'not-due', facts, candidate: undefined } as const;
  return { policy, present: undefined, decision };
}

/** Images that nobody wants any more are not remembered for ever. */
function forgetOthers(last: Map<string, Evaluated>, policies: readonly TrackedImage[]): void {
  const wanted = new Set(policies.map(imageKey));
  for (const key of last.keys()) if (!wanted.has(key)) last.delete(key);
}
