import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { SIGNATURE_STATEMENT } from '../core/gates/signature-finding.ts';
import type { SignatureFlaw } from '../core/reasons/reason.ts';
import {
  isJsonObject,
  objectField,
  objectList,
  parseJson,
  parseJsonObject,
  textField,
  type JsonObject,
} from '../http/json.ts';
import { messageOf } from '../errors.ts';
import type { SignatureMaterial } from '../ports/signatures.ts';
import { fitsKey } from './fits-key.ts';

export type MaterialCheck =
  | { readonly kind: 'signed' }
  /** It is no signature, or none that counts. */
  | { readonly kind: 'flawed'; readonly flaw: SignatureFlaw };

/** What a signature must be of, and which keys may have made it. */
export interface Expected {
  readonly digest: string;
  readonly pem: readonly string[];
}

/**
 * Whether a signature names the digest and fits one of the keys. Transparency logs, timestamps and certificates do not count:
 * the key alone is trusted. Never throws.
 */
export function checkMaterial(material: SignatureMaterial, expected: Expected): MaterialCheck {
  try {
    switch (material.kind) {
      case 'attestation':
        return flawed({ kind: 'attestation', type: material.type });
      case 'simple-signing':
        return checkSimpleSigning(material, expected);
      case 'bundle':
        return checkBundle(material.bytes, expected);
    }
  } catch (thrown) {
    return flawed({ kind: 'malformed', detail: messageOf(thrown).slice(0, LONGEST_DETAIL) });
  }
}

const LONGEST_DETAIL = 200;

/** Types of the payload that cosign and its forerunner write (containers/image, "Atomic signature"). */
const SIMPLE_TYPES: ReadonlySet<string> = new Set([
  'cosign container image signature',
  'atomic container signature',
]);

/** The payload is signed as it stands; what it says counts once the signature fits. */
function checkSimpleSigning(
  { payload, signature }: Extract<SignatureMaterial, { kind: 'simple-signing' }>,
  { digest, pem }: Expected,
): MaterialCheck {
  if (!fitsKey(payload, Buffer.from(signature, 'base64'), pem)) return flawed({ kind: 'other-key' });
  const critical = objectField(parseJsonObject(payload) ?? {}, 'critical');
  const type = textField(critical, 'type');
  if (!SIMPLE_TYPES.has(type))
    return flawed({ kind: 'malformed', detail: `its type is ${JSON.stringify(type.slice(0, 80))}` });
  return named([textField(objectField(critical, 'image'), 'docker-manifest-digest')], digest);
}

/** Media type of what a DSSE envelope holds (in-toto attestation framework, "Envelope"). */
const IN_TOTO = 'application/vnd.in-toto+json';

function checkBundle(bytes: Buffer, { digest, pem }: Expected): MaterialCheck {
  // Parsed by ourselves first, which bounds how deep and how large it is.
  const bundle = bundleFromJSON(parseJson(bytes));
  if (!isBundleWithDsseEnvelope(bundle))
    return flawed({ kind: 'malformed', detail: 'it holds no DSSE envelope' });
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  const signed = dsse.preAuthEncoding(payloadType, payload);
  const fits = signatures.some(({ sig }) => fitsKey(signed, sig, pem));
  if (!fits) {
    const isKeyless = bundle.verificationMaterial.content.$case !== 'publicKey';
    return flawed({ kind: isKeyless ? 'keyless' : 'other-key' });
  }
  const statement = payloadType === IN_TOTO ? parseJsonObject(payload) : undefined;
  if (statement === undefined)
    return flawed({ kind: 'malformed', detail: 'what is signed is no in-toto statement' });
  const type = textField(statement, 'predicateType');
  if (type !== SIGNATURE_STATEMENT) return flawed({ kind: 'attestation', type });
  return named(subjectsOf(statement, digest.split(':')[0] ?? ''), digest);
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
