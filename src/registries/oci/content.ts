import { LynceusError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { ContentCache } from './content-cache.ts';
import { digestFromHeader, digestOf, matchesDigest } from './digest.ts';
import { readImageConfig, type ImageConfig } from './image-config.ts';
import { ACCEPTED_MANIFESTS, readManifest, type Manifest } from './manifest.ts';
import type { RepositoryApi } from './repository-api.ts';

/** The OCI distribution spec wants registries to take manifests of 4 MiB; hardly any takes more. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
const LARGEST_CONFIG = 8 * 1024 * 1024;

/** Manifests and image configurations of one repository; each is checked against its digest before it is believed. */
export interface ContentSource {
  readonly api: RepositoryApi;
  readonly cache: ContentCache;
}

export interface NamedManifest {
  readonly digest: string;
  readonly manifest: Manifest;
}

/** The digest that a tag has now. Costs one HEAD, and one GET more where the registry does not tell it there. */
export async function digestOfTag(source: ContentSource, tag: string): Promise<string> {
  return (await askDigest(source, tag)) ?? (await fetchTag(source, tag)).digest;
}

/** What a tag has now. Costs one GET, or one HEAD when it still is what it was. */
export async function manifestOfTag(source: ContentSource, tag: string): Promise<NamedManifest> {
  const { api, cache } = source;
  // Asking for the digest first only pays when what is behind it is likely to be known.
  const digest = cache.wasRead(api.name, tag) ? await askDigest(source, tag) : undefined;
  const named =
    digest === undefined
      ? await fetchTag(source, tag)
      : { digest, manifest: await manifestOf(source, digest) };
  cache.markRead(api.name, tag);
  return named;
}

export async function manifestOf(source: ContentSource, digest: string): Promise<Manifest> {
  const { api, cache } = source;
  const known = cache.manifest(api.name, digest);
  if (known !== undefined) return known;
  const what = `the manifest ${api.name}@${digest}`;
  const response = await api.ask({ kind: 'manifest', ...manifestQuestion(digest) });
  if (response.status !== 200) throw api.refuse(response, what);
  return keepManifest(source, response, { digest, what });
}

export async function configOf({ api, cache }: ContentSource, digest: string): Promise<ImageConfig> {
  const known = cache.config(api.name, digest);
  if (known !== undefined) return known;
  const what = `the image configuration ${api.name}@${digest}`;
  const question = { rest: `blobs/${digest}`, accept: '*/*', maxBytes: LARGEST_CONFIG };
  const response = await api.ask({ kind: 'blob', ...question });
  if (response.status !== 200) throw api.refuse(response, what);
  if (!matchesDigest(response.body, digest)) throw damaged(api, { digest, what });
  const config = readImageConfig(response.body);
  if (config === undefined) throw invalid(`${api.registry}: ${what} is not a JSON object`);
  cache.keepConfig(api.name, digest, config, response.body.length);
  return config;
}

/** The digest by HEAD; `undefined` when the registry does not tell it that way. */
async function askDigest({ api }: ContentSource, tag: string): Promise<string | undefined> {
  const response = await api.ask({ kind: 'manifest', method: 'HEAD', ...manifestQuestion(tag) });
  if (response.status === 200) return digestFromHeader(response.headers['docker-content-digest']);
  if (response.status === 405 || response.status === 501) return undefined;
  throw api.refuse(response, `the tag ${api.name}:${tag}`);
}

async function fetchTag(source: ContentSource, tag: string): Promise<NamedManifest> {
  const { api } = source;
  const response = await api.ask({ kind: 'manifest', ...manifestQuestion(tag) });
  if (response.status !== 200) throw api.refuse(response, `the tag ${api.name}:${tag}`);
  const digest = digestFromHeader(response.headers['docker-content-digest']) ?? digestOf(response.body);
  const what = `the manifest of ${api.name}:${tag}`;
  return { digest, manifest: keepManifest(source, response, { digest, what }) };
}

interface Named {
  readonly digest: string;
  /** For messages. */
  readonly what: string;
}

function keepManifest(
  { api, cache }: ContentSource,
  response: HttpResponse,
  { digest, what }: Named,
): Manifest {
  if (!matchesDigest(response.body, digest)) throw damaged(api, { digest, what });
  const reading = readManifest(response.body, response.headers['content-type']);
  if (reading.kind === 'refused') throw invalid(`${api.registry}: ${what} ${reading.reason}`);
  cache.keepManifest(api.name, digest, reading.manifest, response.body.length);
  return reading.manifest;
}

function manifestQuestion(reference: string) {
  return { rest: `manifests/${reference}`, accept: ACCEPTED_MANIFESTS, maxBytes: LARGEST_MANIFEST };
}

function damaged(api: RepositoryApi, { digest, what }: Named): LynceusError {
  return invalid(`${api.registry}: ${what} is not what its digest ${digest} says`);
}

function invalid(message: string): LynceusError {
  return new LynceusError('registry-response-invalid', message);
}
