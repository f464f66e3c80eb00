import { createHash } from 'node:crypto';
import { joinKey } from '../../core/identity/key.ts';
import { isDigest } from '../../core/image/grammar.ts';
import { LynceusError } from '../../errors.ts';
import { HttpFailure } from '../../http/failure.ts';
import type { HttpResponse } from '../../http/message.ts';
import { getContent } from './absence.ts';
import type { Flights } from '../../async/flights.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContentCache } from './content-cache.ts';
import { readImageConfig, type ImageConfig } from './image-config.ts';
import { ACCEPTED_MANIFESTS, readManifest, type Manifest, type RefusedManifest } from './manifest.ts';
import type { RepositoryApi } from './repository-api.ts';

/** The OCI distribution spec wants registries to take manifests of 4 MiB; hardly any takes more. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
const LARGEST_CONFIG = 8 * 1024 * 1024;

/** Manifests and image configurations of one repository; each is checked against its digest before it is believed. */
export interface ContentSource {
  readonly api: RepositoryApi;
  readonly cache: ContentCache;
  readonly flights: ContentFlights;
  readonly clock: Pick<Clock, 'now'>;
  /** An administrator configured that no tag of this registry ever moves. */
  readonly immutableTags: boolean;
  /** What a tag had when it was asked for last will do. */
  readonly remembered: boolean;
}

/** Several tags have one image, and are read at the same time: it is fetched once. */
export interface ContentFlights {
  readonly manifests: Flights<Manifest>;
  readonly configs: Flights<ImageConfig>;
}

/** What a tag has; with `askedAt`, in milliseconds since 1970, what it had then. */
export interface NamedDigest {
  readonly digest: string;
  readonly askedAt?: number;
}

export interface NamedManifest extends NamedDigest {
  readonly manifest: Manifest;
}

/**
 * The digest that a tag has. Costs one HEAD, and one GET more where that does not answer it; nothing when it is
 * known and tags never move, or what it was will do.
 */
export async function digestOfTag(source: ContentSource, tag: string): Promise<NamedDigest> {
  const known = knownDigest(source, tag);
  if (known !== undefined) return known;
  const digest = (await askDigest(source, tag)) ?? (await fetchTag(source, tag)).digest;
  return { digest };
}

/** What a tag has. Costs one GET, or one HEAD when it still is what it was; nothing when `digestOfTag` costs nothing. */
export async function manifestOfTag(source: ContentSource, tag: string): Promise<NamedManifest> {
  const known = knownDigest(source, tag);
  if (known !== undefined) return await manifestNamed(source, tag, known);
  // Asking for the digest first only pays when what is behind it is likely to be known.
  const digest = isLikelyKnown(source, tag) ? await askDigest(source, tag) : undefined;
  return digest === undefined ? await fetchTag(source, tag) : await manifestNamed(source, tag, { digest });
}

function knownDigest(
  { api, cache, immutableTags, remembered }: ContentSource,
  tag: string,
): NamedDigest | undefined {
  if (!immutableTags && !remembered) return undefined;
  const last = cache.lastDigest(tagPlaceKey(api), tag);
  return immutableTags && last !== undefined ? { digest: last.digest } : last;
}

/** A tag that never moves can still be deleted and made again, and what HEAD names need not be there. */
async function manifestNamed(source: ContentSource, tag: string, named: NamedDigest): Promise<NamedManifest> {
  try {
    return { ...named, manifest: await manifestOf(source, named.digest) };
  } catch (error) {
    if (!(error instanceof LynceusError) || error.code !== 'registry-not-found' || error.retryable)
      throw error;
    return await fetchTag(source, tag);
  }
}

function isLikelyKnown({ api, cache }: ContentSource, tag: string): boolean {
  const last = cache.lastDigest(tagPlaceKey(api), tag);
  return last !== undefined && cache.manifest(api.name, last.digest) !== undefined;
}

/** Unlike a digest, a tag means something only in its registry, and an image name may be sent to another one. */
function tagPlaceKey({ apiHost, name }: RepositoryApi): string {
  return `${apiHost} ${name}`;
}

export async function manifestOf(source: ContentSource, digest: string): Promise<Manifest> {
  const { api, cache, flights } = source;
  const known = cache.manifest(api.name, digest);
  if (known !== undefined) return known;
  return await flights.manifests.join(flightKey(api, digest), api.signal, (signal) =>
    fetchManifest({ ...source, api: api.stoppedBy(signal) }, digest),
  );
}

export async function imageConfigOf(source: ContentSource, digest: string): Promise<ImageConfig> {
  const { api, cache, flights } = source;
  const known = cache.config(api.name, digest);
  if (known !== undefined) return known;
  return await flights.configs.join(flightKey(api, digest), api.signal, (signal) =>
    fetchConfig({ ...source, api: api.stoppedBy(signal) }, digest),
  );
}

function flightKey({ name, caller }: RepositoryApi, digest: string): string {
  return joinKey(name, digest, caller);
}

async function fetchManifest(source: ContentSource, digest: string): Promise<Manifest> {
  const { api, cache } = source;
  const what = `the manifest ${api.name}@${digest}`;
  try {
    const response = await getContent(api, { kind: 'manifest', ...manifestRequest(digest) }, what);
    return keepManifest(source, response, { digest, what, isNamed: true });
  } catch (thrown) {
    if (!isTooLarge(thrown)) throw thrown;
    cache.keepManifest(api.name, digest, TOO_LARGE);
    throw tooLarge(what, thrown);
  }
}

async function fetchConfig({ api, cache }: ContentSource, digest: string): Promise<ImageConfig> {
  const what = `the image configuration ${api.name}@${digest}`;
  const blob = { rest: `blobs/${digest}`, accept: '*/*', maxBytes: LARGEST_CONFIG };
  const response = await getContent(api, { kind: 'blob', ...blob }, what);
  if (!matchesDigest(response.body, digest)) throw damaged(api, { digest, what });
  const config = readImageConfig(response.body);
  if (config === undefined)
    throw new LynceusError('registry-response-invalid', `${api.registry}: ${what} is not a JSON object`, {
      retryable: false,
    });
  cache.keepConfig(api.name, digest, config);
  return config;
}

/**
 * The digest by HEAD; `undefined` when that does not tell it. Only a GET is believed that there is nothing: many
 * registries and proxies refuse a HEAD of what they have. A registry that wants a pause or is down is not asked twice.
 */
async function askDigest(source: ContentSource, tag: string): Promise<string | undefined> {
  const { api } = source;
  const response = await api.ask({ kind: 'manifest', method: 'HEAD', ...manifestRequest(tag) });
  if (response.status === 200) {
    const digest = digestFromHeader(response.headers['docker-content-digest']);
    if (digest !== undefined) keepDigest(source, tag, digest);
    return digest;
  }
  if (BUSY_OR_DOWN.has(response.status)) throw api.refuse(response, `the tag ${api.name}:${tag}`);
  return undefined;
}

const BUSY_OR_DOWN = new Set([429, 502, 503, 504]);

async function fetchTag(source: ContentSource, tag: string): Promise<NamedManifest> {
  const { api } = source;
  const response = await getTag(source, tag);
  const named = digestFromHeader(response.headers['docker-content-digest']);
  const digest = named ?? digestOf(response.body);
  const what = `the manifest of ${api.name}:${tag}`;
  const manifest = keepManifest(source, response, { digest, what, isNamed: named !== undefined });
  keepDigest(source, tag, digest);
  return { digest, manifest };
}

function keepDigest({ api, cache, clock }: ContentSource, tag: string, digest: string): void {
  cache.keepDigest(tagPlaceKey(api), tag, { digest, askedAt: clock.now() });
}

async function getTag(source: ContentSource, tag: string): Promise<HttpResponse> {
  const { api, cache } = source;
  const what = `the tag ${api.name}:${tag}`;
  try {
    return await getContent(api, { kind: 'manifest', ...manifestRequest(tag) }, what);
  } catch (thrown) {
    if (!isTooLarge(thrown)) throw thrown;
    // So that it is not read again and again.
    const digest = await askDigest(source, tag);
    if (digest !== undefined) cache.keepManifest(api.name, digest, TOO_LARGE);
    throw tooLarge(what, thrown);
  }
}

const TOO_LARGE: RefusedManifest = { kind: 'refused', reason: `has more than ${LARGEST_MANIFEST} bytes` };

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof HttpFailure && thrown.kind === 'too-large';
}

function tooLarge(what: string, cause: unknown): LynceusError {
  return new LynceusError('registry-response-too-large', `${what} ${TOO_LARGE.reason}`, { cause });
}

interface Named {
  readonly digest: string;
  /** For messages. */
  readonly what: string;
  /** Whether the registry named the digest, so that these bytes are what it has. */
  readonly isNamed: boolean;
}

/**
 * What cannot be run is kept too, when it is what the registry has beyond doubt: it has the digest that was named, or
 * says itself that it is a manifest. Anything else may be the page of a proxy.
 */
function keepManifest(
  { api, cache }: ContentSource,
  response: HttpResponse,
  { digest, what, isNamed }: Named,
): Manifest {
  const { manifest, isSchema1, isDeclared } = readManifest(response.body, response.headers['content-type']);
  // The digest of schema 1 is that of a part of it.
  if (!isSchema1 && !matchesDigest(response.body, digest)) throw damaged(api, { digest, what });
  if (manifest.kind === 'refused' && !isNamed && !isDeclared)
    throw invalid(`${api.registry}: ${what} ${manifest.reason}`);
  cache.keepManifest(api.name, digest, manifest);
  return manifest;
}

function manifestRequest(reference: string) {
  return { rest: `manifests/${reference}`, accept: ACCEPTED_MANIFESTS, maxBytes: LARGEST_MANIFEST };
}

function damaged(api: RepositoryApi, { digest, what }: Pick<Named, 'digest' | 'what'>): LynceusError {
  return invalid(`${api.registry}: ${what} does not match its digest ${digest}`);
}

function invalid(message: string): LynceusError {
  return new LynceusError('registry-response-invalid', message);
}

const ALGORITHMS = new Set(['sha256', 'sha384', 'sha512']);

/** `sha256:…` of these bytes. */
function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Whether the bytes have the digest. `false` as well for an algorithm that is not known here: what cannot be
 * checked is not believed.
 */
export function matchesDigest(bytes: Buffer, digest: string): boolean {
  const [algorithm = '', encoded] = digest.split(':');
  return ALGORITHMS.has(algorithm) && createHash(algorithm).update(bytes).digest('hex') === encoded;
}

/** The digest a registry names in `Docker-Content-Digest`; `undefined` when there is none, or none that could be checked. */
function digestFromHeader(header: string | undefined): string | undefined {
  const digest = header?.trim() ?? '';
  return isDigest(digest) && ALGORITHMS.has(digest.split(':')[0] ?? '') ? digest : undefined;
}
