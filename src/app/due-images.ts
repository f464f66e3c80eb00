import { notDue, type LastEvaluation } from '../core/due.ts';
import type { Decision } from '../core/decision.ts';
import type { UpdatePolicy } from '../core/policy.ts';
import type { DueFacts } from '../core/reason.ts';
import { imageIdentity } from './image-identity.ts';

interface Decided {
  readonly policy: UpdatePolicy;
  readonly decision: Decision;
}

/** An image that is not looked at, so that nothing is known of its target. */
interface Waiting extends Decided {
  readonly present: undefined;
}

/** Remembers when images with an interval of their own were looked at. Forgets all of it with the process. */
export interface DueImages {
  /** Those to look at now, and the rest with the reason why not. `regardless` of what is remembered, all are. */
  sort(
    policies: readonly UpdatePolicy[],
    at: { readonly now: number; readonly regardless: boolean },
  ): { readonly due: readonly UpdatePolicy[]; readonly waiting: readonly Waiting[] };
  /** What was decided for those that were due. One that failed, or is only about to be written, is due in the next cycle again. */
  remember(decided: readonly Decided[], now: number): void;
}

export function createDueImages(): DueImages {
  const looks = new Map<string, LastEvaluation>();
  return {
    sort(policies, { now, regardless }) {
      if (!regardless) forgetOthers(looks, policies);
      const due: UpdatePolicy[] = [];
      const waiting: Waiting[] = [];
      for (const policy of policies) {
        const question = { last: looks.get(imageIdentity(policy)), policy: wishOf(policy), now };
        const facts = regardless ? undefined : notDue(policy.interval, question);
        if (facts === undefined) due.push(policy);
        else waiting.push(waitingFor(policy, facts));
      }
      return { due, waiting };
    },
    remember(decided, now) {
      for (const { policy, decision } of decided) {
        if (policy.interval === undefined) continue;
        if (decision.outcome === 'failed' || decision.outcome === 'update')
          looks.delete(imageIdentity(policy));
        else looks.set(imageIdentity(policy), { at: now, policy: wishOf(policy) });
      }
    },
  };
}

function waitingFor(policy: UpdatePolicy, facts: DueFacts): Waiting {
  const decision = { outcome: 'skipped', code: 'not-due', facts, candidate: undefined } as const;
  return { policy, present: undefined, decision };
}

/** Images that nobody wants any more are not remembered for ever. */
function forgetOthers(looks: Map<string, LastEvaluation>, policies: readonly UpdatePolicy[]): void {
  const wanted = new Set(policies.map(imageIdentity));
  for (const key of looks.keys()) if (!wanted.has(key)) looks.delete(key);
}

/** Everything that a person says of the image; what runs at the moment is not part of it. */
function wishOf({ live: _live, declared: _declared, ...wish }: UpdatePolicy): string {
  return JSON.stringify(wish);
}
