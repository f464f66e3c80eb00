import { readdir, realpath, stat } from 'node:fs/promises';
import { Minimatch } from 'minimatch';
import { isMissing, LynceusError, messageOf } from '../../errors.ts';

/** A file or folder that could not be read, while the rest could. */
export interface UnreadablePlace {
  readonly path: string;
  readonly reason: string;
}

export interface FoundFiles {
  /** In order, each real file once. */
  readonly files: readonly string[];
  readonly unreadable: readonly UnreadablePlace[];
}

const MANIFEST = /\.(ya?ml|json)$/i;
const DEEPEST = 32;
const MOST_FILES = 20_000;
/** With `**`, links between folders make far more paths than there are folders. */
const MOST_FOLDERS = 20_000;

/** The walk below one path. */
interface Walk {
  readonly path: string;
  readonly files: string[];
  readonly unreadable: UnreadablePlace[];
  /** Real paths of the folders above: meeting one of them again is a loop of links. */
  readonly above: readonly string[];
  /** `undefined` where every manifest below is wanted. */
  readonly glob: Minimatch | undefined;
  /** Real paths of folders whose every manifest is taken already. */
  readonly taken: Set<string>;
  readonly count: { folders: number };
  readonly signal: AbortSignal;
}

/**
 * Finds manifest files. A path is a file (read whatever its name), a folder (every `*.yaml`, `*.yml` and `*.json`
 * below it) or a glob over such files and folders. What begins with a dot is left out unless the path names it.
 * Files come in the order of `paths`, within one path by name; links are followed, loops of links are not.
 *
 * Throws `applications-unreadable` for a path that does not exist, cannot be read, or has no such file.
 */
export async function findFiles(paths: readonly string[], signal: AbortSignal): Promise<FoundFiles> {
  const unreadable: UnreadablePlace[] = [];
  const byRealPath = new Map<string, string>();
  for (const path of paths) {
    const empty = { files: [], unreadable: [], above: [], taken: new Set<string>(), count: { folders: 0 } };
    const walk: Walk = { ...empty, path, glob: undefined, signal };
    await findPath(walk);
    if (walk.files.length + walk.unreadable.length === 0) throw nothingIn(path);
    unreadable.push(...walk.unreadable);
    for (const file of walk.files) {
      const real = await realPathOf(file);
      if (!byRealPath.has(real)) byRealPath.set(real, file);
    }
  }
  return { files: [...byRealPath.values()], unreadable };
}

async function findPath(walk: Walk): Promise<void> {
  const { path } = walk;
  const found = await statPath(path);
  switch (found.is) {
    case 'file':
      walk.files.push(path);
      return;
    case 'folder':
      return walkFolder(walk, path.replace(/(?<=.)\/{1,64}$/, ''));
    case 'missing': {
      const glob = globOf(path);
      if (glob === undefined) throw unreadable(path, 'there is no such file or folder');
      return walkFolder({ ...walk, glob }, fixedPart(path));
    }
    case 'unreadable':
      throw unreadable(path, found.reason);
  }
}

async function walkFolder(walk: Walk, folder: string): Promise<void> {
  if (walk.signal.aborted) throw new LynceusError('aborted', 'stopped while searching for Applications');
  const names = await listFolder(walk, folder);
  if (names === undefined) return;
  const real = await realPathOf(folder);
  if (walk.above.includes(real) || walk.taken.has(real)) return;
  if (walk.glob === undefined) walk.taken.add(real);
  walk.count.folders += 1;
  if (walk.count.folders > MOST_FOLDERS)
    throw unreadable(walk.path, `there are more than ${MOST_FOLDERS} folders`);
  if (walk.above.length >= DEEPEST) {
    walk.unreadable.push({ path: folder, reason: `it is more than ${DEEPEST} folders deep` });
    return;
  }
  for (const name of names) {
    const path =
      folder === '' || folder === '.' ? name : folder.endsWith('/') ? folder + name : `${folder}/${name}`;
    await walkEntry({ ...walk, above: [...walk.above, real] }, path);
  }
}

async function walkEntry(walk: Walk, path: string): Promise<void> {
  const matches = walk.glob?.match(path) ?? true;
  const found = await statPath(path);
  if (found.is === 'folder') {
    if (matches) return walkFolder({ ...walk, glob: undefined }, path);
    return walk.glob?.match(path, true) === true ? walkFolder(walk, path) : undefined;
  }
  if (!MANIFEST.test(path) || !matches) return;
  if (found.is !== 'file') {
    const reason = found.is === 'unreadable' ? found.reason : 'it is a link to nothing';
    walk.unreadable.push({ path, reason });
    return;
  }
  walk.files.push(path);
  if (walk.files.length > MOST_FILES) throw unreadable(walk.path, `there are more than ${MOST_FILES} files`);
}

/** Visible names in byte order, the same on every machine. */
async function listFolder(walk: Walk, folder: string): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(folder === '' ? '.' : folder);
    const dotted = /(^|\/)\.[^./]/.test(walk.glob?.pattern ?? '');
    return names.filter((name) => dotted || !name.startsWith('.')).sort((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    if (walk.above.length === 0) throw unreadable(walk.path, reasonOf(error));
    walk.unreadable.push({ path: folder, reason: reasonOf(error) });
    return undefined;
  }
}

type PathState =
  { readonly is: 'file' | 'folder' | 'missing' } | { readonly is: 'unreadable'; readonly reason: string };

async function statPath(path: string): Promise<PathState> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return { is: 'folder' };
    return stats.isFile()
      ? { is: 'file' }
      : { is: 'unreadable', reason: 'it is neither a file nor a folder' };
  } catch (error) {
    return isMissing(error) ? { is: 'missing' } : { is: 'unreadable', reason: reasonOf(error) };
  }
}

/** A path that vanishes meanwhile keeps its name; reading it fails then. */
async function realPathOf(path: string): Promise<string> {
  return realpath(path === '' ? '.' : path).catch(() => path);
}

function globOf(path: string): Minimatch | undefined {
  const glob = new Minimatch(tidy(path), {
    nonegate: true,
    nocomment: true,
    magicalBraces: true,
  });
  return glob.hasMagic() ? glob : undefined;
}

/** As the walk spells its paths, without `./` in front. */
function tidy(path: string): string {
  return path.replace(/^(?:\.\/)+/, '').replace(/(?<=.)\/{1,64}$/, '');
}

/** The folders in front of the first one with a wildcard: only they need to be walked. */
function fixedPart(path: string): string {
  const parts = tidy(path).split('/');
  const first = parts.findIndex((part) => /[*?[{(\\]/.test(part));
  const fixed = parts.slice(0, first).join('/');
  return fixed === '' && path.startsWith('/') ? '/' : fixed;
}

function nothingIn(path: string): LynceusError {
  return unreadable(path, 'there is no *.yaml, *.yml or *.json file');
}

function unreadable(path: string, reason: string): LynceusError {
  return new LynceusError('applications-unreadable', `cannot read Applications from ${path}: ${reason}`);
}

/** The reason without the path, which every message has already. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
