import type { Records } from '../cache/records.ts';
import type { ImageConfig } from './image-config.ts';
import type { IndexEntry, Manifest } from './manifest.ts';

/** Content under its digest, which never changes, and what tags had when they were asked last. */
export interface ContentCache {
  manifest(repository: string, digest: string): Manifest | undefined;
  keepManifest(repository: string, digest: string, manifest: Manifest): void;
  config(repository: string, digest: string): ImageConfig | undefined;
  keepConfig(repository: string, digest: string, config: ImageConfig): void;
  /** What the tag had when it was asked for last. It may have moved since. */
  lastDigest(place: string, tag: string): LastDigest | undefined;
  keepDigest(place: string, tag: string, last: LastDigest): void;
}

export interface LastDigest {
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

/**
 * That a tag has not moved is no reason to write the cache file after every cycle. Who begins with a file that is this much
 * behind asks for a few tags sooner than would be needed.
 */
const WRITE_TIMES_AFTER = 600_000;

/** Of the way in which bytes are read: records of another way are not believed. */
const READING = 2;

/**
 * The repository is part of every key: a registry that names the digest of another one's image learns nothing of it.
 * The login is not: the registry has accepted it first, by showing the digest.
 */
export function createContentCache(records: Records): ContentCache {
  /** When times that are otherwise nothing new were last a reason to write them down. */
  let timesWritten = -Infinity;

  return {
    manifest(repository, digest) {
      const text = records.get(`manifest ${READING} ${repository}@${digest}`);
      return text === undefined ? undefined : manifestFrom(text);
    },
    keepManifest(repository, digest, manifest) {
      records.set(`manifest ${READING} ${repository}@${digest}`, JSON.stringify(manifest));
    },
    config(repository, digest) {
      const text = records.get(`config ${READING} ${repository}@${digest}`);
      return text === undefined ? undefined : configFrom(text);
    },
    keepConfig(repository, digest, config) {
      records.set(`config ${READING} ${repository}@${digest}`, JSON.stringify(config));
    },
    lastDigest(place, tag) {
      const [digest, askedAt = 0] = records.get(tagKey(place, tag))?.split(' ') ?? [];
      return digest === undefined ? undefined : { digest, askedAt: Number(askedAt) };
    },
    keepDigest(place, tag, { digest, askedAt }) {
      const key = tagKey(place, tag);
      const isKnown = records.get(key)?.split(' ')[0] === digest;
      const isOld = Math.abs(askedAt - timesWritten) >= WRITE_TIMES_AFTER;
      if (isKnown && isOld) timesWritten = askedAt;
      records[isKnown && !isOld ? 'replace' : 'set'](key, `${digest} ${askedAt}`);
    },
  };
}

function tagKey(place: string, tag: string): string {
  return `tag ${place}:${tag}`;
}

/** JSON leaves out what is `undefined`. */
type Kept<T> = { readonly [K in keyof T]?: T[K] };

function manifestFrom(text: string): Manifest {
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.kind !== 'index') return manifest;
  const entries: readonly (Omit<IndexEntry, 'platform'> & Kept<Pick<IndexEntry, 'platform'>>)[] =
    manifest.entries;
  return { kind: 'index', entries: entries.map((entry) => ({ ...entry, platform: entry.platform })) };
}

function configFrom(text: string): ImageConfig {
  const { platform, created, labels = {} } = JSON.parse(text) as Kept<ImageConfig>;
  return { platform, created, labels };
}
