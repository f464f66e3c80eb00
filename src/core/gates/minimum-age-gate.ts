import type { Gate } from './gate.ts';

/** A version is written once it is as old as its policy asks. A clock that was set back makes it too young. */
export const MINIMUM_AGE_GATE: Gate<'minimum-age'> = {
  applies: ({ minimumAge = 0 }) => minimumAge > 0,
  bindsDigest: false,
  judge(candidate, answer, { minimumAge: asked = 0 }) {
    if (answer instanceof Error)
      return {
        kind: 'held',
        why: { code: 'gate-unavailable', facts: { gate: 'minimum-age', candidate, error: answer } },
      };
    if (answer.kind === 'unknown')
      return { kind: 'held', why: { code: 'age-unknown', facts: { candidate, asked } } };
    const { since, clock, now } = answer;
    if (isOldEnough(since, { asked, now })) return { kind: 'pass' };
    const facts = { candidate, asked, age: now - since, since, clock, until: since + asked };
    return { kind: 'turned-away', why: { code: 'too-young', facts } };
  },
};

/** Whether what exists since then is as old as is asked, in milliseconds. */
export function isOldEnough(
  since: number,
  { asked, now }: { readonly asked: number; readonly now: number },
): boolean {
  return now - since >= asked;
}
