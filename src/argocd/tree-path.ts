import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

/**
 * A path in a Git work tree, cleaned: from the root, with `/`, without a leading one; `''` is the root itself.
 * `path` is taken from `folder`, or from the root when it begins with `/`.
 *
 * Throws `target-outside` for what leaves the work tree (`../../x` from `apps/shop/..`) or enters Git's own folder
 * (`.git/config`).
 */
export function treePath(path: string, folder = ''): string {
  const from = path.startsWith('/') ? path : `${folder}/${path}`;
  const parts: string[] = [];
  for (const part of from.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw outside(path, folder, 'leads out of it');
  }
  if (/\p{Cc}/u.test(from)) throw outside(path, folder, 'holds control characters');
  if (parts.some((part) => part.toLowerCase() === '.git'))
    throw outside(path, folder, "is in Git's own folder");
  return parts.join('/');
}

function outside(path: string, folder: string, why: string): LynceusError {
  const from = path.startsWith('/') || folder === '' ? 'the root' : quoted(folder);
  return new LynceusError(
    'target-outside',
    `expected a path inside the Git work tree, but ${quoted(path)} from ${from} ${why}`,
  );
}
