import { readTreePath, type PathFault } from '../core/git/tree-path.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

/**
 * A path in a Git work tree, cleaned: from the root, with `/`, without a leading one; `''` is the root itself.
 * `path` is taken from `folder`, or from the root when it begins with `/`.
 *
 * Throws `target-outside` for what leaves the work tree (`../../x` from `apps/shop/..`) or enters Git's own folder
 * (`.git/config`, `git~1/config`), and `target-unsupported` for what not every clone can hold (a backslash, a part of more
 * than 255 bytes).
 */
export function treePath(path: string, folder = ''): string {
  const read = readTreePath(path, folder);
  if ('why' in read) throw refusal(path, folder, read);
  // One that is there already may have it; nobody is to make a new one.
  if (read.path.includes('\\')) throw refusal(path, folder, BACKSLASH);
  return read.path;
}

const BACKSLASH: PathFault = { kind: 'unfit', why: 'holds a backslash, which Windows reads as a slash' };

function refusal(path: string, folder: string, { kind, why }: PathFault): LynceusError {
  const from = path.startsWith('/') || folder === '' ? 'the root' : quoted(folder);
  const found = `${quoted(path)} from ${from} ${why}`;
  return kind === 'outside'
    ? new LynceusError('target-outside', `expected a path inside the Git work tree, but ${found}`)
    : new LynceusError('target-unsupported', `expected a path that every clone can hold, but ${found}`);
}

/** The same; `undefined` where `treePath` throws. */
export function tryTreePath(path: string, folder = ''): string | undefined {
  try {
    return treePath(path, folder);
  } catch (thrown) {
    if (thrown instanceof LynceusError) return undefined;
    throw thrown;
  }
}
