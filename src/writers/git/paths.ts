import { readTreePath } from '../../core/git/tree-path.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import type { Tree } from './parse.ts';

/** What is known so far of one commit's tree. Asked for more with `needs`. */
export interface KnownTree {
  /** By path, `''` is the root. */
  readonly directories: ReadonlyMap<string, KnownDirectory>;
  /** Targets of symbolic links, by the hash of their blob; `undefined` inside: too long to be one. */
  readonly links: ReadonlyMap<string, string | undefined>;
}

/** `absent`: no folder of this name, or its object is not in the clone. */
export type KnownDirectory = Tree | 'absent' | 'too large';

/** What a path leads to. */
export type Resolution =
  | { readonly kind: 'file'; readonly path: string; readonly mode: string; readonly sha: string }
  /** Nothing is there; `path` is where a new file would go, links followed. */
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'refused'; readonly path: string; readonly error: LynceusError }
  /** It cannot be resolved without these. */
  | { readonly kind: 'needs'; readonly directories: readonly string[]; readonly links: readonly string[] };

const MOST_LINKS = 8;

/**
 * Follows a path through a tree, links included, without ever leaving the tree.
 *
 * `apps/../x.yaml` is `x.yaml`; `apps/../../x.yaml` and a link to `/etc/passwd` are refused with `target-outside`.
 */
export function resolvePath(path: string, known: KnownTree): Resolution {
  let at = normalise(path);
  let dangling = false;
  for (let hops = 0; hops <= MOST_LINKS; hops += 1) {
    if (at instanceof LynceusError) return { kind: 'refused', path, error: at };
    const step = walk(at, known);
    if (step.kind === 'missing' && dangling) return refused(path, 'is a symbolic link that leads nowhere');
    if (step.kind !== 'link') return step;
    dangling ||= step.last;
    at = normalise(step.path);
    if (!(at instanceof LynceusError)) continue;
    at =
      at.code === 'target-outside'
        ? outside(path)
        : unsupported(path, 'is a symbolic link to what is no file of ours');
  }
  return refused(path, `follows more than ${MOST_LINKS} symbolic links`);
}

/** The path without `.`, `..` and double slashes; an error when it is not inside, or cannot be a file of ours. */
function normalise(path: string): string | LynceusError {
  // oxlint-disable-next-line no-control-regex -- git is asked line by line
  if (/[\u0000-\u001f\u007f]/.test(path)) return unsupported(path, 'holds a control character');
  if (path.startsWith('/')) return outside(path);
  const read = readTreePath(path);
  if ('why' in read) return read.kind === 'outside' ? outside(path) : unsupported(path, read.why);
  return read.path === '' ? unsupported(path, 'names no file') : read.path;
}

/** `last`: the link is the end of the path, not a folder on the way. */
type Step = Resolution | { readonly kind: 'link'; readonly path: string; readonly last: boolean };

/** One way down from the root, until a file, a dead end or a link. */
function walk(path: string, known: KnownTree): Step {
  const parts = path.split('/');
  for (const [depth, part] of parts.entries()) {
    const directory = parts.slice(0, depth).join('/');
    const rest = parts.slice(depth + 1);
    const tree = known.directories.get(directory);
    if (tree === undefined) return { kind: 'needs', directories: foldersOf(parts), links: [] };
    if (tree === 'too large')
      return refused(path, `lies in a folder with too many files: ${quoted(directory)}`);
    if (tree === 'absent') throw lost(directory);
    const entry = tree.get(part);
    if (entry === undefined) return { kind: 'missing', path };
    const here = [directory, part].filter((text) => text !== '').join('/');
    if (entry.mode === '160000') return refused(path, `leads into the submodule ${here}`);
    if (entry.mode === '120000') return followLink(entry.sha, { directory, rest, path: here, known });
    const isFolder = entry.mode === '40000';
    if (isFolder && rest.length === 0) return refused(path, 'is a folder');
    if (isFolder) continue;
    if (rest.length > 0) return refused(path, `leads through the file ${here}`);
    return { kind: 'file', path, mode: entry.mode, sha: entry.sha };
  }
  return { kind: 'missing', path };
}

interface LinkPlace {
  readonly directory: string;
  readonly rest: readonly string[];
  readonly path: string;
  readonly known: KnownTree;
}

function followLink(sha: string, { directory, rest, path, known }: LinkPlace): Step {
  if (!known.links.has(sha)) return { kind: 'needs', directories: [], links: [sha] };
  const linked = known.links.get(sha);
  if (linked === undefined || linked === '') return refused(path, 'is a symbolic link that cannot be read');
  // What `x/..` means depends on whether x is a link itself.
  if (/[^/.][^/]*\/+\.\.(?:\/|$)/.test(linked))
    return refused(path, 'is a symbolic link that goes back and forth');
  const target = linked.startsWith('/')
    ? linked
    : [directory, linked].filter((text) => text !== '').join('/');
  return { kind: 'link', path: [target, ...rest].join('/'), last: rest.length === 0 };
}

function foldersOf(parts: readonly string[]): readonly string[] {
  return parts.map((_, depth) => parts.slice(0, depth).join('/'));
}

/** The folder above lists it, so it must be there. */
function lost(directory: string): LynceusError {
  return new LynceusError('git-failed', `the folder ${quoted(directory)} is missing in the clone`);
}

function refused(path: string, why: string): Resolution {
  return { kind: 'refused', path, error: unsupported(path, why) };
}

function unsupported(path: string, why: string): LynceusError {
  return new LynceusError('target-unsupported', `${quoted(path)} cannot be edited: it ${why}`);
}

function outside(path: string): LynceusError {
  return new LynceusError('target-outside', `${quoted(path)} leads out of the repository`, {
    hint: 'name a file inside the repository in the annotation write-back-target',
  });
}
