import type { Decision } from '../selection/decision.ts';

type Update = Extract<Decision, { outcome: 'update' }>;

/** The same update, which writes the digest that was judged together with the tag. */
export function withDigest(decision: Update, digest: string): Update {
  if (decision.code === 'check-failed') return decision;
  const to = { tag: decision.to.tag, digest, pinned: true } as const;
  const chosen = { chosen: to };
  switch (decision.code) {
    case 'first-write':
      return { ...decision, to, facts: { ...decision.facts, ...chosen } };
    case 'rewritten':
      return { ...decision, to, facts: { ...decision.facts, ...chosen } };
    case 'newer-version':
    case 'digest-moved':
      return { ...decision, to, facts: { ...decision.facts, ...chosen } };
  }
}
