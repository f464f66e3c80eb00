import type { ConfiguredPolicy } from '../core/gates/configured-policy.ts';
import type { AttestationRule, KeylessSigner, TextRule } from '../core/gates/signature-policy.ts';
import type { SignaturePolicyEntry } from '../settings/signature-policy.ts';
import type { TreePath } from './tree.ts';

export interface PolicyChecks {
  /** Adds a fault at a path. */
  readonly fault: (path: TreePath, message: string) => void;
  /** Whether what is at a path is a fault already. */
  readonly isFaulty: (path: TreePath) => boolean;
}

const AT: TreePath = ['gates', 'signatures'];

/** The policies of `gates.signatures`. What concerns several keys of one is checked here. */
export function configuredPolicies(
  entries: readonly SignaturePolicyEntry[],
  checks: PolicyChecks,
): readonly ConfiguredPolicy[] {
  const names = new Map<string, number>();
  return entries.map((entry, index) => {
    const other = names.get(entry.name);
    if (other !== undefined)
      checks.fault([...AT, index, 'name'], `is the name of gates.signatures[${other}] too`);
    else names.set(entry.name, index);
    return policyOf(entry, [...AT, index], checks);
  });
}

function policyOf(entry: SignaturePolicyEntry, at: TreePath, checks: PolicyChecks): ConfiguredPolicy {
  const { requireLog, requireTimestamp, requireSct, keyless, attestations, ...rest } = entry;
  if (rest.keys.length === 0 && keyless.length === 0)
    checks.fault(at, 'says nobody who may sign: name keys, or signers in keyless');
  if (!rest.requireSignature && attestations.length === 0)
    checks.fault([...at, 'requireSignature'], 'is false, and no attestation is asked for in its place');
  return {
    ...rest,
    signers: keyless.map((one, index) => signerOf(one, [...at, 'keyless', index], checks)),
    attestations: attestations.map((one, index) =>
      attestationOf(one, [...at, 'attestations', index], checks),
    ),
    require: { log: requireLog, timestamp: requireTimestamp, sct: requireSct },
  };
}

function signerOf(
  one: SignaturePolicyEntry['keyless'][number],
  at: TreePath,
  checks: PolicyChecks,
): KeylessSigner {
  const rule = (name: 'issuer' | 'identity'): TextRule => {
    const found = ruleOf(one, name, { at, checks });
    const isFaulty = [name, `${name}RegExp`].some((key) => checks.isFaulty([...at, key]));
    if (found === undefined && !isFaulty) checks.fault(at, `needs ${name} or ${name}RegExp`);
    return found ?? { kind: 'exact', text: '' };
  };
  return { issuer: rule('issuer'), identity: rule('identity') };
}

function attestationOf(
  one: SignaturePolicyEntry['attestations'][number],
  at: TreePath,
  checks: PolicyChecks,
): AttestationRule {
  const { type, types, isProvenance } = one.type;
  const builder = ruleOf(one, 'builder', { at, checks });
  const sourceRepository = ruleOf(one, 'sourceRepository', { at, checks });
  if (!isProvenance && (builder ?? sourceRepository) !== undefined)
    checks.fault(at, 'builder and sourceRepository are for the type slsaprovenance');
  return {
    type,
    types,
    ...(builder === undefined ? {} : { builder }),
    ...(sourceRepository === undefined ? {} : { sourceRepository }),
  };
}

/** `undefined` when neither the key nor that of its expression is there. */
function ruleOf<Name extends string>(
  one: { readonly [Key in Name | `${Name}RegExp`]?: string | undefined },
  name: Name,
  { at, checks }: { readonly at: TreePath; readonly checks: PolicyChecks },
): TextRule | undefined {
  const text = one[name];
  const expression = one[`${name}RegExp`];
  if (text !== undefined && expression !== undefined)
    checks.fault([...at, `${name}RegExp`], `is another way to say ${name}; keep one of them`);
  if (text !== undefined) return { kind: 'exact', text };
  return expression === undefined ? undefined : { kind: 'expression', expression };
}
