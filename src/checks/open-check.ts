import type { CheckSubject } from '../ports/checks.ts';

/** What one measurement found. */
export type Finding =
  | { readonly kind: 'success' | 'failure'; readonly detail: string }
  | {
      readonly kind: 'inconclusive';
      readonly detail: string;
      readonly isUnasked: boolean;
      readonly isPending?: boolean;
    };

/** The question of one check, read and ready to be asked. */
export interface OpenCheck {
  /** Whether the same question at the same time has the same answer. */
  readonly isReplayable: boolean;
  /** What is asked for a write, as one line for people each. Throws `template-invalid` where a value is missing. */
  questions(subject: CheckSubject, at: number): readonly string[];
  /** Throws `LynceusError` for what cannot be asked. */
  measure(subject: CheckSubject, at: number, signal: AbortSignal): Promise<Finding>;
}

const SEVERITY = { failure: 2, inconclusive: 1, success: 0 } as const;

/** What several findings are together: one failure is a failure, else one that is inconclusive is. */
export function worstOf(findings: readonly Finding[]): Finding {
  const [worst] = findings.toSorted((a, b) => SEVERITY[b.kind] - SEVERITY[a.kind]);
  return worst ?? { kind: 'inconclusive', detail: 'nothing was asked', isUnasked: true };
}

/** The same of several that are measured side by side. Throws what one of them throws, unless another one is a failure. */
export async function worstMeasured(measuring: readonly Promise<Finding>[]): Promise<Finding> {
  const settled = await Promise.allSettled(measuring);
  const found = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const worst = worstOf(found);
  const thrown = settled.find((one) => one.status === 'rejected');
  if (worst.kind === 'failure' || thrown === undefined) return worst;
  throw thrown.reason;
}

export function unasked(detail: string): Finding {
  return { kind: 'inconclusive', detail, isUnasked: true };
}

export function undecided(detail: string): Finding {
  return { kind: 'inconclusive', detail, isUnasked: false };
}
