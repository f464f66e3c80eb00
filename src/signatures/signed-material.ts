import {
  bundleFromJSON,
  envelopeFromJSON,
  isBundleWithDsseEnvelope,
  type TransparencyLogEntry,
} from '@sigstore/bundle';
import { dsse, pem, X509Certificate } from '@sigstore/core';
import { objectField, parseJson, parseJsonObject, textField } from '../http/json.ts';
import type { CosignProofs, SignatureMaterial } from '../ports/signatures.ts';

/** Bytes that somebody signed, and what comes with their signature. */
export interface SignedMaterial {
  /** What the signature is of. */
  readonly signed: Buffer;
  readonly signatures: readonly Buffer[];
  readonly payload: Buffer;
  /** Media type of the payload; `undefined` for simple signing. */
  readonly payloadType: string | undefined;
  /** Reads what a signature without a key has, and throws for what cannot be read; `undefined` where there is no certificate. */
  readonly keyless: ReadEvidence | undefined;
}

type ReadEvidence = () => KeylessEvidence;

export interface KeylessEvidence {
  readonly certificate: X509Certificate;
  readonly entries: readonly TransparencyLogEntry[];
  /** Timestamps of RFC 3161, in DER. */
  readonly timestamps: readonly Buffer[];
}

type Fetched = Exclude<SignatureMaterial, { kind: 'attestation' }>;

/** Reads what was found beside an image. Throws for what cannot be read, whatever is wrong with it. */
export function readMaterial(material: Fetched): SignedMaterial {
  switch (material.kind) {
    case 'simple-signing': {
      const { payload, signature, proofs } = material;
      const signatures = [Buffer.from(signature, 'base64')];
      return { signed: payload, signatures, payload, payloadType: undefined, keyless: evidenceOf(proofs) };
    }
    case 'envelope':
      return ofEnvelope(envelopeFromJSON(parseJson(material.bytes)), evidenceOf(material.proofs));
    case 'bundle':
      return readBundle(material.bytes);
  }
}

function readBundle(bytes: Buffer): SignedMaterial {
  // Parsed by ourselves first, which bounds how deep and how large it is.
  const bundle = bundleFromJSON(parseJson(bytes));
  if (!isBundleWithDsseEnvelope(bundle)) throw new Error('it holds no DSSE envelope');
  const { content, tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const stamps = timestampVerificationData?.rfc3161Timestamps ?? [];
  const timestamps = stamps.map(({ signedTimestamp }) => Buffer.from(signedTimestamp));
  const [der] = content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates : [];
  const leaf = content.$case === 'certificate' ? content.certificate : der;
  const keyless =
    leaf &&
    ((): KeylessEvidence => ({
      certificate: X509Certificate.parse(Buffer.from(leaf.rawBytes)),
      entries: tlogEntries,
      timestamps,
    }));
  return ofEnvelope(bundle.content.dsseEnvelope, keyless);
}

function ofEnvelope(
  { payload, payloadType, signatures }: ReturnType<typeof envelopeFromJSON>,
  keyless: ReadEvidence | undefined,
): SignedMaterial {
  const signed = dsse.preAuthEncoding(payloadType, payload);
  return { signed, signatures: signatures.map(({ sig }) => sig), payload, payloadType, keyless };
}

function evidenceOf(proofs: CosignProofs | undefined): ReadEvidence | undefined {
  if (proofs === undefined || proofs.certificate === '') return undefined;
  const { certificate, entry, timestamp } = proofs;
  return () => ({
    certificate: X509Certificate.parse(pem.toDER(certificate)),
    entries: entry === '' ? [] : [entryOf(entry)],
    timestamps: timestamp === '' ? [] : [timestampOf(timestamp)],
  });
}

/** `RekorBundle` of cosign: an entry, and the promise of the log to include it. */
function entryOf(text: string): TransparencyLogEntry {
  const bundle = parseJsonObject(Buffer.from(text)) ?? {};
  const { body, integratedTime, logIndex, logID } = objectField(bundle, 'Payload');
  const promise = textField(bundle, 'SignedEntryTimestamp');
  if (typeof body !== 'string' || typeof logID !== 'string' || promise === '')
    throw new Error('its entry of a transparency log cannot be read');
  const canonicalizedBody = Buffer.from(body, 'base64');
  const entry = parseJsonObject(canonicalizedBody) ?? {};
  return {
    logIndex: numberText(logIndex),
    logId: { keyId: Buffer.from(logID, 'hex') },
    kindVersion: { kind: textField(entry, 'kind'), version: textField(entry, 'apiVersion') },
    integratedTime: numberText(integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(promise, 'base64') },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}

function numberText(value: unknown): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new Error('its entry of a transparency log has no number or time');
}

function timestampOf(text: string): Buffer {
  const stamp = textField(parseJsonObject(Buffer.from(text)) ?? {}, 'SignedRFC3161Timestamp');
  if (stamp === '') throw new Error('its timestamp cannot be read');
  return Buffer.from(stamp, 'base64');
}
