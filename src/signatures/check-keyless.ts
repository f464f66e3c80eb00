import { RFC3161Timestamp } from '@sigstore/core';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { PolicyError, VerificationError, Verifier, type SignedEntity } from '@sigstore/verify';
import type { KeylessProofs, KeylessSigner, TextRule } from '../core/gates/signature-policy.ts';
import { fitsRule, ruleText } from '../core/gates/text-rule.ts';
import type { SignatureFlaw } from '../core/reasons/signature-flaw.ts';
import { certifiedNameOf, mayCertifyCode } from './certified-name.ts';
import { createContent } from './signature-content.ts';
import type { KeylessEvidence, SignedMaterial } from './signed-material.ts';
import type { TrustRoot } from './trust-root/trust-root.ts';

/** Who may have signed without a key, and by what that is proven. */
export interface KeylessCriteria {
  readonly signers: readonly KeylessSigner[];
  readonly require: KeylessProofs;
  readonly trustRoot: TrustRoot;
}

/**
 * Why a signature with a certificate does not count; `undefined` when it does: the certificate is of an authority of the trust root, was valid
 * when it was used, which a log or an authority says, and names one of the signers (Sigstore client specification, "Verification").
 * Throws for what cannot be read.
 */
export function findKeylessFlaw(
  material: SignedMaterial,
  evidence: KeylessEvidence,
  { signers, require, trustRoot }: KeylessCriteria,
): SignatureFlaw | undefined {
  const [signature] = material.signatures;
  if (signature === undefined || material.signatures.length > 1)
    return { kind: 'malformed', detail: `it has ${material.signatures.length} signatures, expected one` };
  const { certificate } = evidence;
  if (!mayCertifyCode(certificate)) return { kind: 'certificate', detail: 'it is not one for signing code' };
  const entries = require.log ? evidence.entries.flatMap((entry) => trustRoot.knownEntry(entry) ?? []) : [];
  const stamps = evidence.timestamps
    .map((der) => RFC3161Timestamp.parse(Buffer.from(der)))
    .filter((stamp) => trustRoot.knowsTimestamp(stamp));
  if (require.log && entries.length === 0)
    return { kind: 'log', detail: noneOf(evidence.entries, ['entry', 'entries', 'a log']) };
  if ((require.timestamp || !require.log) && stamps.length === 0)
    return {
      kind: 'timestamp',
      detail: noneOf(evidence.timestamps, ['timestamp', 'timestamps', 'an authority']),
    };
  const entity: SignedEntity = {
    signature: createContent(material, signature),
    key: { $case: 'certificate', certificate },
    tlogEntries: entries,
    timestamps: [
      ...entries.filter(hasTime).map((tlogEntry) => ({ $case: 'transparency-log', tlogEntry }) as const),
      ...stamps.map((timestamp) => ({ $case: 'timestamp-authority', timestamp }) as const),
    ],
  };
  try {
    const verifier = new Verifier(trustRoot.material, {
      tlogThreshold: require.log ? 1 : 0,
      ctlogThreshold: require.sct ? 1 : 0,
      timestampThreshold: 1,
    });
    const { identity } = verifier.verify(entity);
    return signerFlaw(signers, {
      issuer: identity?.extensions?.issuer ?? '',
      name: certifiedNameOf(certificate) ?? '',
    });
  } catch (thrown) {
    return flawOf(thrown);
  }
}

function noneOf(found: readonly unknown[], [one, several, whose]: readonly [string, string, string]): string {
  if (found.length === 0) return `there is no ${one}`;
  return `none of its ${found.length} ${several} is of ${whose} that the trust root knows`;
}

/** Entries of Rekor 2 have none of their own. */
function hasTime({ integratedTime }: TransparencyLogEntry): boolean {
  return integratedTime !== '' && integratedTime !== '0';
}

/** The nearest miss is told: the issuer is right, and the identity is another. */
function signerFlaw(
  signers: readonly KeylessSigner[],
  { issuer, name }: { readonly issuer: string; readonly name: string },
): SignatureFlaw | undefined {
  const vouched = signers.filter((signer) => fitsRule(signer.issuer, issuer));
  if (vouched.length === 0)
    return { kind: 'issuer', found: issuer, expected: textsOf(signers.map((signer) => signer.issuer)) };
  if (vouched.some(({ identity }) => fitsRule(identity, name))) return undefined;
  return { kind: 'identity', found: name, expected: textsOf(vouched.map(({ identity }) => identity)) };
}

function textsOf(rules: readonly TextRule[]): readonly string[] {
  return [...new Set(rules.map(ruleText))];
}

function flawOf(thrown: unknown): SignatureFlaw {
  if (thrown instanceof PolicyError || !(thrown instanceof VerificationError)) throw thrown;
  const { code, message } = thrown;
  const detail = thrown.cause instanceof Error ? `${message}: ${thrown.cause.message}` : message;
  switch (code) {
    case 'SIGNATURE_ERROR':
      return { kind: 'other-key' };
    case 'CERTIFICATE_ERROR':
    case 'PUBLIC_KEY_ERROR':
      return { kind: 'certificate', detail };
    case 'TIMESTAMP_ERROR':
      return { kind: 'timestamp', detail };
    case 'NOT_IMPLEMENTED_ERROR':
    case 'TLOG_ERROR':
    case 'TLOG_INCLUSION_PROOF_ERROR':
    case 'TLOG_INCLUSION_PROMISE_ERROR':
    case 'TLOG_MISSING_INCLUSION_ERROR':
    case 'TLOG_BODY_ERROR':
      return { kind: 'log', detail };
  }
}
