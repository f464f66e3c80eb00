import type { SignatureDemand } from '../reasons/signature-flaw.ts';
import type { Gate } from './gate.ts';
import { signaturePoliciesOf } from './configured-policy.ts';
import type { SignaturePolicy } from './signature-policy.ts';

/** A version is written when its digest has the signatures and attestations that each of its policies asks for. */
export const SIGNATURE_GATE: Gate<'signature'> = {
  applies: (policy) => signaturePoliciesOf(policy).length > 0,
  bindsDigest: true,
  judge(candidate, answer) {
    if (answer instanceof Error)
      return {
        kind: 'held',
        why: { code: 'gate-unavailable', facts: { gate: 'signature', candidate, error: answer } },
      };
    const { policy, finding } = answer;
    if (finding.kind === 'signed') return { kind: 'pass' };
    const { attestation, flaws } = finding;
    const facts = {
      candidate,
      asked: demandOf(policy),
      ...(attestation === undefined ? {} : { attestation }),
      flaws,
    };
    const code = finding.kind === 'unsigned' ? 'signature-missing' : 'signature-invalid';
    return { kind: 'turned-away', why: { code, facts } };
  },
};

function demandOf({ name, keys }: SignaturePolicy): SignatureDemand {
  const [first] = keys;
  return name === undefined && first?.kind === 'secret' ? first : { kind: 'policy', name: name ?? '' };
}
