import type { ReadObjects } from './objects.ts';
import { parseTree, type ReadObject } from './parse.ts';
import { resolvePath, type KnownDirectory, type Resolution } from './paths.ts';

/** Where a path leads, once everything it needs is known. */
export type FoundPath = Exclude<Resolution, { readonly kind: 'needs' }>;

/** Finds out where paths lead in the tree of one commit. Each folder and link is read once. */
export interface TreeReader {
  resolve(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, FoundPath>>;
}

const LARGEST_FOLDER = 32 * 1024 * 1024;
/** The longest path a file system takes. */
const LONGEST_LINK = 4096;

export function createTreeReader(sha: string, readObjects: ReadObjects): TreeReader {
  const directories = new Map<string, KnownDirectory>();
  const links = new Map<string, string | undefined>();

  async function learnDirectories(paths: readonly string[], signal: AbortSignal): Promise<void> {
    const unknown = paths.filter((path) => !directories.has(path));
    const names = unknown.map((path) => `${sha}:${path}`);
    const objects = await readObjects({ names, type: 'tree', largest: LARGEST_FOLDER }, signal);
    for (const [index, path] of unknown.entries()) {
      directories.set(path, directoryOf(objects[index], sha.length / 2));
    }
  }

  async function learnLinks(hashes: readonly string[], signal: AbortSignal): Promise<void> {
    const names = hashes.filter((hash) => !links.has(hash));
    const objects = await readObjects({ names, type: 'blob', largest: LONGEST_LINK }, signal);
    for (const [index, hash] of names.entries()) links.set(hash, objects[index]?.bytes?.toString());
  }

  return {
    async resolve(paths, signal) {
      const found = new Map<string, FoundPath>();
      const open = new Set(paths);
      while (open.size > 0) {
        const folders = new Set<string>();
        const hashes = new Set<string>();
        for (const path of open) {
          const resolution = resolvePath(path, { directories, links });
          if (resolution.kind !== 'needs') {
            found.set(path, resolution);
            open.delete(path);
            continue;
          }
          for (const folder of resolution.directories) folders.add(folder);
          for (const hash of resolution.links) hashes.add(hash);
        }
        await learnDirectories([...folders], signal);
        await learnLinks([...hashes], signal);
      }
      return found;
    },
  };
}

function directoryOf(object: ReadObject | undefined, hashBytes: number): KnownDirectory {
  if (object?.bytes !== undefined) return parseTree(object.bytes, hashBytes);
  return object?.info.kind === 'object' && object.info.type === 'tree' ? 'too large' : 'absent';
}
