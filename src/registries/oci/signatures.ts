import { SIGNATURE_STATEMENT } from '../../core/gates/signature-finding.ts';
import { isDigest, isTag } from '../../core/image/grammar.ts';
import { objectField, objectList, parseJsonObject, textField, type JsonObject } from '../../http/json.ts';
import { HttpFailure } from '../../http/failure.ts';
import type { HttpResponse } from '../../http/message.ts';
import { LynceusError } from '../../errors.ts';
import type { SignatureMaterial, SignaturePlace, SignatureSet } from '../../ports/signatures.ts';
import { getContent } from './absence.ts';
import { matchesDigest } from './content.ts';
import { ACCEPTED_MANIFESTS, isIndexType, isManifestType } from './manifest.ts';
import { nextPage } from './next-page.ts';
import type { RepositoryApi } from './repository-api.ts';

/*
 * Anybody who may push to an image repository decides what is beside its images, so each of these is a bound for a
 * stranger. A signature has one to two kilobytes, and an image has a few.
 */
const LARGEST_INDEX = 4 * 1024 * 1024;
const LARGEST_MANIFEST = 256 * 1024;
const LARGEST_SIGNATURE = 512 * 1024;
const MOST_MANIFESTS = 50;
const MOST_SIGNATURES = 100;
const MOST_PAGES = 10;

const BUNDLE =
  /^application\/vnd\.dev\.sigstore\.bundle\.v0\.3\+json$|^application\/vnd\.dev\.sigstore\.bundle\+json;version=0\.[1-3]$/;
/** A referrer of cosign 2 with layers of simple signing. */
const COSIGN_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Annotations of cosign: of a layer, and of the manifest of a bundle. */
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const PREDICATE_TYPE = 'dev.sigstore.bundle.predicateType';

/**
 * What may be signatures of a digest, in one place. Nothing there gives an empty set; what is larger than any signature is left
 * out, and the set says so.
 */
export async function signaturesIn(
  api: RepositoryApi,
  place: SignaturePlace,
  digest: string,
): Promise<SignatureSet> {
  const collection = createCollection(api);
  if (place === 'referrers') await addReferrers(collection, digest);
  else await addTagged(collection, place === 'referrers-tag' ? tagOf(digest) : `${tagOf(digest)}.sig`);
  const { materials, leftOut } = collection;
  return { materials, ...(leftOut === undefined ? {} : { leftOut }) };
}

/** OCI distribution spec, "Referrers Tag Schema". */
function tagOf(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

interface Collection {
  readonly api: RepositoryApi;
  readonly materials: SignatureMaterial[];
  leftOut: string | undefined;
  manifests: number;
}

function createCollection(api: RepositoryApi): Collection {
  return { api, materials: [], leftOut: undefined, manifests: 0 };
}

/**
 * Answers by which registries say that they have no list of referrers. That of go-containerregistry, which cosign uses, and of
 * those that do not know the method.
 */
const NO_REFERRERS: ReadonlySet<number> = new Set([400, 404, 405, 406, 501]);

async function addReferrers(collection: Collection, digest: string): Promise<void> {
  const { api } = collection;
  const what = `the referrers of ${api.name}@${digest}`;
  const found: JsonObject[] = [];
  let query = '';
  for (let page = 0; ; page += 1) {
    if (page === MOST_PAGES) {
      leaveOut(collection, `${what} have more than ${MOST_PAGES} pages`);
      break;
    }
    const response = await askBounded(collection, what, {
      kind: 'manifest',
      rest: `referrers/${digest}${query}`,
      accept: 'application/vnd.oci.image.index.v1+json',
      maxBytes: LARGEST_INDEX,
    });
    if (response === undefined) break;
    if (page === 0 && NO_REFERRERS.has(response.status)) return;
    if (response.status !== 200) throw api.refuse(response, what);
    const entries = objectList(parseJsonObject(response.body)?.['manifests']);
    // Some registries answer everything they do not know with a page.
    if (entries === undefined && page === 0 && !isJson(response)) return;
    if (entries === undefined) throw invalid(`${api.registry}: ${what} are no index`);
    found.push(...entries.filter(isSignatureEntry));
    const next = nextPage(response);
    if (next.kind === 'astray') throw invalid(`${api.registry}: the link to more of ${what} ${next.why}`);
    if (next.kind === 'none') break;
    query = next.query;
  }
  await addEntries(collection, found);
}

function isJson({ headers }: HttpResponse): boolean {
  return /\bjson\b/i.test(headers['content-type'] ?? '');
}

function isSignatureEntry(entry: JsonObject): boolean {
  const type = textField(entry, 'artifactType');
  return BUNDLE.test(type) || type === COSIGN_ARTIFACT;
}

async function addTagged(collection: Collection, tag: string): Promise<void> {
  if (!isTag(tag)) return;
  const { api } = collection;
  const response = await getPart(collection, {
    what: `the tag ${api.name}:${tag}`,
    kind: 'manifest',
    rest: `manifests/${tag}`,
    maxBytes: LARGEST_INDEX,
  });
  if (response === undefined) return;
  const content = parseJsonObject(response.body);
  if (content === undefined)
    throw invalid(`${api.registry}: the manifest of ${api.name}:${tag} is not a JSON object`);
  const entries = objectList(content['manifests']);
  if (entries === undefined) return await addLayers(collection, content);
  const bundles = entries.filter(
    (entry) => textField(entry, 'artifactType') === '' || isSignatureEntry(entry),
  );
  return await addEntries(collection, bundles);
}

/** The manifests that an index names: those first that claim to be signatures. */
async function addEntries(collection: Collection, entries: readonly JsonObject[]): Promise<void> {
  const { api } = collection;
  for (const entry of entries.toSorted((a, b) => rank(a) - rank(b))) {
    const digest = textField(entry, 'digest');
    const mediaType = textField(entry, 'mediaType');
    if (!isDigest(digest) || isIndexType(mediaType) || !(mediaType === '' || isManifestType(mediaType)))
      continue;
    if (addAttestation(collection, entry)) continue;
    if (collection.manifests === MOST_MANIFESTS) {
      leaveOut(collection, `there are more than ${MOST_MANIFESTS} artifacts beside the image`);
      return;
    }
    collection.manifests += 1;
    const what = `the manifest ${api.name}@${digest}`;
    const response = await getPart(collection, {
      what,
      kind: 'manifest',
      rest: `manifests/${digest}`,
      maxBytes: LARGEST_MANIFEST,
    });
    if (response === undefined) continue;
    if (!matchesDigest(response.body, digest))
      throw invalid(`${api.registry}: ${what} does not match its digest`);
    const content = parseJsonObject(response.body);
    if (content !== undefined) await addLayers(collection, content);
  }
}

function rank(entry: JsonObject): number {
  const type = textField(objectField(entry, 'annotations'), PREDICATE_TYPE);
  if (type === SIGNATURE_STATEMENT) return 0;
  return type === '' ? 1 : 2;
}

/** A bundle that says itself that it is an attestation need not be fetched: it may be a bill of materials of any size. */
function addAttestation({ materials }: Collection, described: JsonObject): boolean {
  const type = textField(objectField(described, 'annotations'), PREDICATE_TYPE);
  if (type === '' || type === SIGNATURE_STATEMENT) return false;
  if (materials.length < MOST_SIGNATURES) materials.push({ kind: 'attestation', type });
  return true;
}

async function addLayers(collection: Collection, manifest: JsonObject): Promise<void> {
  if (addAttestation(collection, manifest)) return;
  for (const layer of objectList(manifest['layers']) ?? []) await addLayer(collection, layer);
}

async function addLayer(collection: Collection, layer: JsonObject): Promise<void> {
  const { api, materials } = collection;
  const digest = textField(layer, 'digest');
  const type = textField(layer, 'mediaType');
  const signature = textField(objectField(layer, 'annotations'), SIGNATURE);
  const isSimple = type === SIMPLE_SIGNING && signature !== '';
  if (!isDigest(digest) || !(isSimple || BUNDLE.test(type))) return;
  if (materials.length >= MOST_SIGNATURES)
    return leaveOut(collection, `there are more than ${MOST_SIGNATURES} signatures beside the image`);
  const what = `the signature ${api.name}@${digest}`;
  const { size } = layer;
  if (typeof size === 'number' && size > LARGEST_SIGNATURE)
    return leaveOut(collection, tooLarge(what, LARGEST_SIGNATURE));
  const response = await getPart(collection, {
    what,
    kind: 'blob',
    rest: `blobs/${digest}`,
    maxBytes: LARGEST_SIGNATURE,
  });
  if (response === undefined) return;
  if (!matchesDigest(response.body, digest))
    throw invalid(`${api.registry}: ${what} does not match its digest`);
  materials.push(
    isSimple
      ? { kind: 'simple-signing', payload: response.body, signature }
      : { kind: 'bundle', bytes: response.body },
  );
}

interface PartRequest {
  readonly what: string;
  readonly kind: 'manifest' | 'blob';
  readonly rest: string;
  readonly maxBytes: number;
}

/** A part of what is beside the image; `undefined` when it is proven not to be there, or is too large to be a signature. */
async function getPart(
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

async function askBounded(
  collection: Collection,
  what: string,
  request: Parameters<RepositoryApi['ask']>[0],
): Promise<Awaited<ReturnType<RepositoryApi['ask']>> | undefined> {
  try {
    return await collection.api.ask(request);
  } catch (thrown) {
    if (!isTooLarge(thrown)) throw thrown;
    leaveOut(collection, tooLarge(what, request.maxBytes));
    return undefined;
  }
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof HttpFailure && thrown.kind === 'too-large';
}

function leaveOut(collection: Collection, why: string): void {
  collection.leftOut ??= why;
}

function tooLarge(what: string, bytes: number): string {
  return `${what} has more than ${bytes} bytes`;
}

function invalid(message: string): LynceusError {
  return new LynceusError('registry-response-invalid', message);
}
