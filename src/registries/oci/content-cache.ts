import { LRUCache } from 'lru-cache';
import type { ImageConfig } from './image-config.ts';
import type { Manifest } from './manifest.ts';

/** What never changes: content under its digest. Bounded by bytes; whatever is missing is fetched again. */
export interface ContentCache {
  manifest(repository: string, digest: string): Manifest | undefined;
  keepManifest(repository: string, digest: string, manifest: Manifest, bytes: number): void;
  config(repository: string, digest: string): ImageConfig | undefined;
  keepConfig(repository: string, digest: string, config: ImageConfig, bytes: number): void;
  /** Whether this tag was read before, so that asking for its digest alone is likely to be enough. */
  wasRead(repository: string, tag: string): boolean;
  markRead(repository: string, tag: string): void;
}

/** Counted per entry besides the text it came from: keys and bookkeeping. */
const OVERHEAD = 300;

const MOST_TAGS = 100_000;

export const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;

/**
 * A cache for one process. The repository is part of every key: a registry that names the digest of another one's image
 * learns nothing of it. The login is not: whoever asks has shown the registry first that he may see the digest.
 */
export function createContentCache(bytes: number = DEFAULT_CACHE_BYTES): ContentCache {
  const manifests = new LRUCache<string, Manifest>({ maxSize: bytes / 2 });
  const configs = new LRUCache<string, ImageConfig>({ maxSize: bytes / 2 });
  const read = new LRUCache<string, true>({ max: MOST_TAGS });
  return {
    manifest: (repository, digest) => manifests.get(`${repository}@${digest}`),
    keepManifest(repository, digest, manifest, size) {
      manifests.set(`${repository}@${digest}`, manifest, { size: size + OVERHEAD });
    },
    config: (repository, digest) => configs.get(`${repository}@${digest}`),
    keepConfig(repository, digest, config, size) {
      configs.set(`${repository}@${digest}`, config, { size: size + OVERHEAD });
    },
    wasRead: (repository, tag) => read.has(`${repository}:${tag}`),
    markRead(repository, tag) {
      read.set(`${repository}:${tag}`, true);
    },
  };
}
