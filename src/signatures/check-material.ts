import type { AttestationRule } from '../core/gates/signature-policy.ts';
import { SIGNATURE_STATEMENT } from '../core/gates/signature-finding.ts';
import type { SignatureFlaw } from '../core/reasons/signature-flaw.ts';
import {
  isJsonObject,
  objectField,
  objectList,
  parseJsonObject,
  textField,
  type JsonObject,
} from '../http/json.ts';
import { messageOf } from '../errors.ts';
import type { SignatureMaterial } from '../ports/signatures.ts';
import { findKeylessFlaw, type KeylessCriteria } from './check-keyless.ts';
import { fitsKey } from './fits-key.ts';
import { findProvenanceFlaw } from './provenance.ts';
import { readMaterial, type SignedMaterial } from './signed-material.ts';

export type MaterialCheck =
  | { readonly kind: 'signed' }
  /** It claims nothing of what is asked for. */
  | { readonly kind: 'other' }
  /** It is not what is asked for, or does not count. */
  | { readonly kind: 'flawed'; readonly flaw: SignatureFlaw };

/** What a signature must be of, and who may have made it. */
export interface Expected {
  readonly digest: string;
  readonly pem: readonly string[];
  /** Absent: keys alone are trusted. */
  readonly keyless?: KeylessCriteria;
  /** The statement that is wanted about the image; absent means its signature. */
  readonly attestation?: AttestationRule;
}

/**
 * Whether something is the signature of a digest, or the statement about it that is wanted, by somebody who may have made it. By a
 * key nothing else is asked for: neither logs nor timestamps. Never throws.
 */
export function checkMaterial(material: SignatureMaterial, expected: Expected): MaterialCheck {
  try {
    if (material.kind === 'attestation')
      return expected.attestation === undefined
        ? flawed({ kind: 'attestation', type: material.type })
        : { kind: 'other' };
    return checkRead(readMaterial(material), expected);
  } catch (thrown) {
    return flawed({ kind: 'malformed', detail: messageOf(thrown).slice(0, LONGEST_DETAIL) });
  }
}

const LONGEST_DETAIL = 200;

function checkRead(material: SignedMaterial, expected: Expected): MaterialCheck {
  const { payloadType, payload } = material;
  const { attestation } = expected;
  const statement = payloadType === IN_TOTO ? parseJsonObject(payload) : undefined;
  const type = statement === undefined ? '' : textField(statement, 'predicateType');
  // What it says of itself is believed only where it then does not count.
  if (attestation === undefined && type !== '' && type !== SIGNATURE_STATEMENT)
    return flawed({ kind: 'attestation', type });
  if (attestation !== undefined && !attestation.types.includes(type)) return { kind: 'other' };
  const flaw = findSignerFlaw(material, expected);
  if (flaw !== undefined) return flawed(flaw);
  if (payloadType === undefined) return checkSimpleSigning(payload, expected.digest);
  if (statement === undefined)
    return flawed({ kind: 'malformed', detail: 'what is signed is no in-toto statement' });
  if (type === '') return flawed({ kind: 'attestation', type });
  const about = named(subjectsOf(statement, expected.digest.split(':')[0] ?? ''), expected.digest);
  if (about.kind !== 'signed' || attestation === undefined) return about;
  const wrong = findProvenanceFlaw(objectField(statement, 'predicate'), attestation);
  return wrong === undefined ? about : flawed(wrong);
}

/** Media type of what a DSSE envelope holds (in-toto attestation framework, "Envelope"). */
const IN_TOTO = 'application/vnd.in-toto+json';

function findSignerFlaw(
  material: SignedMaterial,
  { pem, keyless }: Pick<Expected, 'pem' | 'keyless'>,
): SignatureFlaw | undefined {
  const { signed, signatures } = material;
  if (signatures.some((signature) => fitsKey(signed, signature, pem))) return undefined;
  if (material.keyless === undefined) return { kind: pem.length === 0 ? 'keyed' : 'other-key' };
  if (keyless === undefined) return { kind: 'keyless' };
  return findKeylessFlaw(material, material.keyless(), keyless);
}

/** Types of the payload that cosign and its forerunner write (containers/image, "Atomic signature"). */
const SIMPLE_TYPES: ReadonlySet<string> = new Set([
  'cosign container image signature',
  'atomic container signature',
]);

/** The payload is signed as it stands; what it says counts once the signature fits. */
function checkSimpleSigning(payload: Buffer, digest: string): MaterialCheck {
  const critical = objectField(parseJsonObject(payload) ?? {}, 'critical');
  const type = textField(critical, 'type');
  if (!SIMPLE_TYPES.has(type))
    return flawed({ kind: 'malformed', detail: `its type is ${JSON.stringify(type.slice(0, 80))}` });
  return named([textField(objectField(critical, 'image'), 'docker-manifest-digest')], digest);
}

/** The digests of the subjects of a statement, of one algorithm. */
function subjectsOf(statement: JsonObject, algorithm: string): readonly string[] {
  return (objectList(statement['subject']) ?? []).flatMap(({ digest }) => {
    const encoded = isJsonObject(digest) ? textField(digest, algorithm) : '';
    return encoded === '' ? [] : [`${algorithm}:${encoded}`];
  });
}

function named(digests: readonly string[], digest: string): MaterialCheck {
  if (digests.includes(digest)) return { kind: 'signed' };
  return flawed({ kind: 'other-digest', digest: digests[0] ?? '' });
}

function flawed(flaw: SignatureFlaw): MaterialCheck {
  return { kind: 'flawed', flaw };
}
