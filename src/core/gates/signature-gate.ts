import type { Gate } from './gate.ts';

/** A version is written when a signature of its digest fits the key that its policy names. */
export const SIGNATURE_GATE: Gate<'signature'> = {
  applies: ({ verification }) => verification !== undefined,
  bindsDigest: true,
  judge(candidate, answer, { verification }) {
    if (verification === undefined) return { kind: 'pass' };
    if (answer instanceof Error)
      return {
        kind: 'held',
        why: { code: 'gate-unavailable', facts: { gate: 'signature', candidate, error: answer } },
      };
    if (answer.kind === 'signed') return { kind: 'pass' };
    const facts = { candidate, key: verification.secret, flaws: answer.flaws };
    const code = answer.kind === 'unsigned' ? 'signature-missing' : 'signature-invalid';
    return { kind: 'turned-away', why: { code, facts } };
  },
};
