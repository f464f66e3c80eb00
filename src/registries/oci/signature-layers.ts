import { SIGNATURE_STATEMENT } from '../../core/gates/signature-finding.ts';
import { isDigest } from '../../core/image/grammar.ts';
import { objectField, objectList, textField, type JsonObject } from '../../http/json.ts';
import { HttpFailure } from '../../http/failure.ts';
import type { HttpResponse } from '../../http/message.ts';
import { LynceusError } from '../../errors.ts';
import type { CosignProofs, SignatureMaterial } from '../../ports/signatures.ts';
import { getContent } from './absence.ts';
import { matchesDigest } from './content.ts';
import { ACCEPTED_MANIFESTS } from './manifest.ts';
import type { RepositoryApi } from './repository-api.ts';

/*
 * Anybody who may push to an image repository decides what is beside its images, so each of these is a bound for a
 * stranger. A signature has one to two kilobytes, provenance up to some hundred, and an image has a few of them.
 */
const LARGEST_SIGNATURE = 512 * 1024;
const LARGEST_ATTESTATION = 4 * 1024 * 1024;
/** Of all that is read in one place. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_SIGNATURES = 100;

const BUNDLE =
  /^application\/vnd\.dev\.sigstore\.bundle\.v0\.3\+json$|^application\/vnd\.dev\.sigstore\.bundle\+json;version=0\.[1-3]$/;
/** Layers of `cosign sign` and `cosign attest`. */
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const ENVELOPE = 'application/vnd.dsse.envelope.v1+json';

/** Annotations of cosign: of a layer, and of the manifest of a bundle. */
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const LOG_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';
const LAYER_PREDICATE_TYPE = 'predicateType';
const PREDICATE_TYPE = 'dev.sigstore.bundle.predicateType';

/** What is read in one place beside an image. */
export interface Collection {
  readonly api: RepositoryApi;
  readonly materials: SignatureMaterial[];
  leftOut: string | undefined;
  manifests: number;
  bytes: number;
  /** Types of the attestations that are fetched. */
  readonly wanted: ReadonlySet<string>;
}

export function createCollection(api: RepositoryApi, wanted: ReadonlySet<string>): Collection {
  return { api, materials: [], leftOut: undefined, manifests: 0, bytes: 0, wanted };
}

/** Whether a media type is that of a Sigstore bundle. */
export function isBundleType(type: string): boolean {
  return BUNDLE.test(type);
}

/** The type of the statement in a bundle, as its manifest says; `''` when it does not. */
export function statedType(described: JsonObject): string {
  return textField(objectField(described, 'annotations'), PREDICATE_TYPE);
}

/**
 * A bundle that says itself that it is an attestation is fetched only if such ones are wanted: it may be a bill of materials of
 * any size. Whether it was dealt with.
 */
export function passOver(collection: Collection, described: JsonObject): boolean {
  const type = statedType(described);
  if (type === '' || type === SIGNATURE_STATEMENT || collection.wanted.has(type)) return false;
  noteAttestation(collection, type);
  return true;
}

function noteAttestation({ materials }: Collection, type: string): void {
  if (materials.length < MOST_SIGNATURES) materials.push({ kind: 'attestation', type });
}

/** The layers of the manifest of one artifact. */
export async function addLayers(collection: Collection, manifest: JsonObject): Promise<void> {
  if (passOver(collection, manifest)) return;
  for (const layer of objectList(manifest['layers']) ?? [])
    await addLayer(collection, layer, statedType(manifest));
}

async function addLayer(collection: Collection, layer: JsonObject, stated: string): Promise<void> {
  const { api, materials, wanted } = collection;
  const digest = textField(layer, 'digest');
  const type = textField(layer, 'mediaType');
  const annotations = objectField(layer, 'annotations');
  const signature = textField(annotations, SIGNATURE);
  const read = readerOf(type, signature, proofsOf(annotations));
  if (!isDigest(digest) || read === undefined) return;
  if (type === ENVELOPE && !wanted.has(textField(annotations, LAYER_PREDICATE_TYPE)))
    return noteAttestation(collection, textField(annotations, LAYER_PREDICATE_TYPE));
  if (materials.length >= MOST_SIGNATURES)
    return leaveOut(collection, `there are more than ${MOST_SIGNATURES} signatures beside the image`);
  const isSignature = type === SIMPLE_SIGNING || stated === SIGNATURE_STATEMENT || wanted.size === 0;
  const largest = isSignature ? LARGEST_SIGNATURE : LARGEST_ATTESTATION;
  const room = MOST_BYTES - collection.bytes;
  const what = `the signature ${api.name}@${digest}`;
  const size = typeof layer['size'] === 'number' ? layer['size'] : 0;
  if (size > largest) return leaveOut(collection, tooLarge(what, largest));
  if (size > room || room <= 0)
    return leaveOut(collection, `there are more than ${MOST_BYTES} bytes beside the image`);
  const maxBytes = Math.min(largest, room);
  const response = await getPart(collection, { what, kind: 'blob', rest: `blobs/${digest}`, maxBytes });
  if (response === undefined) return;
  collection.bytes += response.body.length;
  if (!matchesDigest(response.body, digest))
    throw invalidAnswer(`${api.registry}: ${what} does not match its digest`);
  materials.push(read(response.body));
}

/** What the bytes of a layer are; `undefined` for what is no signature. */
function readerOf(
  type: string,
  signature: string,
  proofs: CosignProofs | undefined,
): ((bytes: Buffer) => SignatureMaterial) | undefined {
  const beside = proofs === undefined ? {} : { proofs };
  if (type === SIMPLE_SIGNING && signature !== '')
    return (payload) => ({ kind: 'simple-signing', payload, signature, ...beside });
  if (type === ENVELOPE) return (bytes) => ({ kind: 'envelope', bytes, ...beside });
  return isBundleType(type) ? (bytes) => ({ kind: 'bundle', bytes }) : undefined;
}

function proofsOf(annotations: JsonObject): CosignProofs | undefined {
  const certificate = textField(annotations, CERTIFICATE);
  if (certificate === '') return undefined;
  return {
    certificate,
    entry: textField(annotations, LOG_ENTRY),
    timestamp: textField(annotations, TIMESTAMP),
  };
}

interface PartRequest {
  readonly what: string;
  readonly kind: 'manifest' | 'blob';
  readonly rest: string;
  readonly maxBytes: number;
}

/** A part of what is beside the image; `undefined` when it is proven not to be there, or is too large to be a signature. */
export async function getPart(
  collection: Collection,
  { what, ...request }: PartRequest,
): Promise<HttpResponse | undefined> {
  const accept = request.kind === 'manifest' ? ACCEPTED_MANIFESTS : '*/*';
  try {
    return await getContent(collection.api, { ...request, accept }, what);
  } catch (thrown) {
    const isAbsent =
      thrown instanceof LynceusError && thrown.code === 'registry-not-found' && !thrown.retryable;
    if (isTooLarge(thrown)) leaveOut(collection, tooLarge(what, request.maxBytes));
    else if (!isAbsent) throw thrown;
    return undefined;
  }
}

export function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof HttpFailure && thrown.kind === 'too-large';
}

export function leaveOut(collection: Collection, why: string): void {
  collection.leftOut ??= why;
}

export function tooLarge(what: string, bytes: number): string {
  return `${what} has more than ${bytes} bytes`;
}

/** An answer that no registry should give. */
export function invalidAnswer(message: string): LynceusError {
  return new LynceusError('registry-response-invalid', message);
}
