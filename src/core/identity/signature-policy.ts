import type {
  AttestationRule,
  KeylessSigner,
  KeyPlace,
  SignaturePolicy,
  TextRule,
  TrustRootPlace,
} from '../gates/signature-policy.ts';
import { joinKey } from './key.ts';

/** Equal for policies that ask for the same, whatever their names are. What is at the places of keys is no part of it. */
export function signaturePolicyKey(policy: SignaturePolicy): string {
  const { keys, signers, requireSignature, attestations, require, trustRoot } = policy;
  return joinKey(
    joinKey(...keys.map(placeKey)),
    joinKey(...signers.map(signerKey)),
    String(requireSignature),
    joinKey(...attestations.map(attestationKey)),
    joinKey(String(require.log), String(require.timestamp), String(require.sct)),
    placeKey(trustRoot),
  );
}

/** Of the place of keys, or of a trust root. */
function placeKey(place: KeyPlace | TrustRootPlace): string {
  switch (place.kind) {
    case 'public':
      return joinKey(place.kind);
    case 'file':
      return joinKey(place.kind, place.path);
    case 'secret':
      return joinKey(place.kind, place.secret.namespace, place.secret.name, place.secret.field);
    case 'config-map':
      return joinKey(place.kind, place.configMap.namespace, place.configMap.name, place.configMap.field);
  }
}

function signerKey({ issuer, identity }: KeylessSigner): string {
  return joinKey(ruleKey(issuer), ruleKey(identity));
}

function attestationKey({ types, builder, sourceRepository }: AttestationRule): string {
  return joinKey(
    joinKey(...types),
    builder && ruleKey(builder),
    sourceRepository && ruleKey(sourceRepository),
  );
}

function ruleKey(rule: TextRule): string {
  return joinKey(rule.kind, rule.kind === 'exact' ? rule.text : rule.expression);
}
