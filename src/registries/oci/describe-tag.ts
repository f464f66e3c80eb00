import { isDigest } from '../../core/image/grammar.ts';
import { platformSatisfies, type Platform } from '../../core/image/platform.ts';
import type { ImageFacts, TagFacts, TagNeeds } from '../../core/tags/facts.ts';
import { LynceusError } from '../../errors.ts';
import {
  imageConfigOf,
  digestOfTag,
  manifestOf,
  manifestOfTag,
  type ContentSource,
  type NamedManifest,
} from './content.ts';
import { isIndexType, isManifestType, type IndexEntry } from './manifest.ts';

/** The spec allows an index in an index in an index; no tool makes one. */
const DEEPEST_INDEX = 3;

/** Manifests and configurations fetched for one tag. */
const MOST_FETCHES = 200;

interface Walk {
  readonly source: ContentSource;
  /** `name:tag`, for messages. */
  readonly what: string;
  /** Platforms whose build time and labels are wanted; an empty list is all of them, `undefined` none. */
  readonly wanted: readonly Platform[] | undefined;
  fetches: number;
}

/**
 * What is behind a tag, with as few requests as its needs allow: a HEAD for the digest alone, one manifest for the
 * platforms of an index, a manifest and a configuration more for each image whose build time is wanted. A digest in the
 * place of the tag is taken for what the tag has.
 */
export async function describeTag(source: ContentSource, tag: string, needs: TagNeeds): Promise<TagFacts> {
  if (!needs.images && needs.created === undefined)
    return { ...(await digestOfTag(source, tag)), images: undefined };
  const byDigest = isDigest(tag);
  const named = byDigest
    ? { digest: tag, manifest: await manifestOf(source, tag) }
    : await manifestOfTag(source, tag);
  const what = `${source.api.name}${byDigest ? '@' : ':'}${tag}`;
  const walk: Walk = { source, what, wanted: needs.created, fetches: 0 };
  const { manifest, ...of } = named;
  const facts = { ...of, images: await imagesOf(walk, named, 1) };
  return manifest.kind === 'artifact' ? { ...facts, artifactType: manifest.type } : facts;
}

async function imagesOf(
  walk: Walk,
  { digest, manifest }: NamedManifest,
  depth: number,
): Promise<readonly ImageFacts[]> {
  switch (manifest.kind) {
    case 'artifact':
      return [];
    case 'refused':
      throw unusable(walk, depth === 1 ? manifest.reason : `has a part ${digest} that ${manifest.reason}`);
    case 'image': {
      count(walk);
      const config = await part(walk, manifest.config.digest, (of) => imageConfigOf(walk.source, of));
      return [{ digest, ...config }];
    }
    case 'index': {
      if (depth > DEEPEST_INDEX) throw tooDeep(walk);
      const images = await Promise.all(manifest.entries.map((entry) => imagesOfEntry(walk, entry, depth)));
      return images.flat();
    }
  }
}

async function imagesOfEntry(walk: Walk, entry: IndexEntry, depth: number): Promise<readonly ImageFacts[]> {
  if (entry.isArtifact || !(isIndexType(entry.mediaType) || isManifestType(entry.mediaType))) return [];
  const { platform, digest } = entry;
  const isImage = isManifestType(entry.mediaType) && platform !== undefined;
  if (isImage && !isWanted(walk, platform)) return [{ digest, platform, created: undefined, labels: {} }];
  count(walk);
  const manifest = await part(walk, digest, (of) => manifestOf(walk.source, of));
  const images = await imagesOf(walk, { digest, manifest }, depth + 1);
  // The index decides where an image runs: a configuration often leaves the variant out.
  return isImage ? images.map((image) => ({ ...image, platform })) : images;
}

function isWanted({ wanted }: Walk, platform: Platform): boolean {
  return (
    wanted !== undefined && (wanted.length === 0 || wanted.some((one) => platformSatisfies(one, platform)))
  );
}

/** A part that is proven not to be there makes the whole unusable; there is nothing to wait for. */
async function part<T>(walk: Walk, digest: string, get: (digest: string) => Promise<T>): Promise<T> {
  try {
    return await get(digest);
  } catch (thrown) {
    if (!(thrown instanceof LynceusError) || thrown.code !== 'registry-not-found' || thrown.retryable)
      throw thrown;
    throw unusable(walk, `lacks a part: ${thrown.message}`);
  }
}

function count(walk: Walk): void {
  walk.fetches += 1;
  if (walk.fetches <= MOST_FETCHES) return;
  throw new LynceusError(
    'registry-response-too-large',
    `${walk.what} consists of more than ${MOST_FETCHES} manifests and configurations`,
  );
}

function tooDeep(walk: Walk): LynceusError {
  return unusable(walk, `is an index that nests deeper than ${DEEPEST_INDEX} levels`);
}

/** The registry has told what it is, and that can never be run. */
function unusable({ what }: Walk, reason: string): LynceusError {
  return new LynceusError('registry-response-invalid', `${what} ${reason}`, { retryable: false });
}
