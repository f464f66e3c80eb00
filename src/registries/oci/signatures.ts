import { SIGNATURE_STATEMENT } from '../../core/gates/signature-finding.ts';
import { isDigest, isTag } from '../../core/image/grammar.ts';
import { objectList, parseJsonObject, textField, type JsonObject } from '../../http/json.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { SignatureSet, SignaturesRequest } from '../../ports/signatures.ts';
import { matchesDigest } from './content.ts';
import { isIndexType, isManifestType } from './manifest.ts';
import { nextPage } from './next-page.ts';
import type { RepositoryApi } from './repository-api.ts';
import {
  addLayers,
  createCollection,
  getPart,
  invalidAnswer,
  isBundleType,
  isTooLarge,
  leaveOut,
  passOver,
  statedType,
  tooLarge,
  type Collection,
} from './signature-layers.ts';

/*
 * Anybody who may push to an image repository decides what is beside its images, so each of these is a bound for a
 * stranger.
 */
const LARGEST_INDEX = 4 * 1024 * 1024;
const LARGEST_MANIFEST = 256 * 1024;
const MOST_MANIFESTS = 50;
const MOST_PAGES = 10;

/** Referrers of cosign 2, with layers of its own. */
const COSIGN_ARTIFACTS: ReadonlySet<string> = new Set([
  'application/vnd.dev.cosign.artifact.sig.v1+json',
  'application/vnd.dev.cosign.artifact.att.v1+json',
]);

/**
 * What may be signatures of a digest, in one place. Nothing there gives an empty set; what is larger than any signature is left
 * out, and the set says so.
 */
export async function signaturesIn(
  api: RepositoryApi,
  { place, digest, attestations = [] }: Pick<SignaturesRequest, 'place' | 'digest' | 'attestations'>,
): Promise<SignatureSet> {
  const collection = createCollection(api, new Set(attestations));
  if (place === 'referrers') await addReferrers(collection, digest);
  else await addTagged(collection, `${tagOf(digest)}${TAG_ENDS[place]}`);
  const { materials, leftOut } = collection;
  return { materials, ...(leftOut === undefined ? {} : { leftOut }) };
}

const TAG_ENDS = { 'referrers-tag': '', 'signature-tag': '.sig', 'attestation-tag': '.att' } as const;

/** OCI distribution spec, "Referrers Tag Schema". */
function tagOf(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
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
    if (entries === undefined) throw invalidAnswer(`${api.registry}: ${what} are no index`);
    found.push(...entries.filter(isSignatureEntry));
    const next = nextPage(response);
    if (next.kind === 'astray')
      throw invalidAnswer(`${api.registry}: the link to more of ${what} ${next.why}`);
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
  return isBundleType(type) || COSIGN_ARTIFACTS.has(type);
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
    throw invalidAnswer(`${api.registry}: the manifest of ${api.name}:${tag} is not a JSON object`);
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
    if (passOver(collection, entry)) continue;
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
      throw invalidAnswer(`${api.registry}: ${what} does not match its digest`);
    const content = parseJsonObject(response.body);
    if (content !== undefined) await addLayers(collection, content);
  }
}

function rank(entry: JsonObject): number {
  const type = statedType(entry);
  if (type === SIGNATURE_STATEMENT) return 0;
  return type === '' ? 1 : 2;
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
