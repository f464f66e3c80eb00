/** Why a path cannot be one of a Git work tree: the end of the sentence "the path …". */
export interface PathFault {
  /** `outside`: it leaves the work tree or enters Git's own folder. `unfit`: no file of every clone can have it. */
  readonly kind: 'outside' | 'unfit';
  readonly why: string;
}

/** A file system takes no longer name (Linux: NAME_MAX), in bytes. */
const LONGEST_PART = 255;
const MOST_PARTS = 50;
/** A file system takes no longer path, and the folder of the clone comes before it (macOS: PATH_MAX is 1,024), in bytes. */
const LONGEST_PATH = 900;

/**
 * A path in a Git work tree, cleaned: from the root, with `/`, without a leading one; `''` is the root itself. `path` is
 * taken from `folder`, or from the root when it begins with `/`.
 *
 * What is refused is what `git fsck` refuses, with `core.protectNTFS` and `core.protectHFS` on whatever the system is: a
 * commit that holds such a path cannot be checked out by those who have them on, and locks them out of the branch.
 */
export function readTreePath(path: string, folder = ''): { readonly path: string } | PathFault {
  const from = path.startsWith('/') ? path : `${folder}/${path}`;
  const parts: string[] = [];
  for (const part of from.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return { kind: 'outside', why: 'leads out of it' };
  }
  // Before the parts are looked at, since git is asked line by line for them.
  if (/\p{Cc}/u.test(from)) return { kind: 'outside', why: 'holds control characters' };
  const fault = parts.map(faultOfPart).find((one) => one !== undefined);
  if (fault !== undefined) return fault;
  const clean = parts.join('/');
  if (parts.length > MOST_PARTS) return unfit(`has ${parts.length} parts, more than ${MOST_PARTS}`);
  const bytes = byteLength(clean);
  if (bytes > LONGEST_PATH) return unfit(`has ${bytes} bytes, more than ${LONGEST_PATH}`);
  // On Windows it would be a path on another drive.
  if (/^[A-Za-z]:/.test(clean)) return unfit('begins like that of a drive');
  return { path: clean };
}

/** Code points that HFS+ ignores in names (git's utf8.c, `next_hfs_char`). */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * `.git` as NTFS reads it, too: its short name, spaces and dots at its end, and any stream of it (git's path.c,
 * `is_ntfs_dotgit`).
 */
const GIT_FOLDER = /^(?:\.git|git~1)[ .]*(?::|$)/i;

/** Files that git itself reads: they say what it does with the others, and fsck refuses a folder or link of this name. */
const GIT_FILE =
  /^(?:\.(?:gitmodules|gitattributes|gitignore|mailmap)|(?:gitmod|gitatt|gitign|mailma)~[1-4])[ .]*(?::|$)/i;

/** How NTFS shortens these names when the plain short name is taken (git's path.c, `is_ntfs_dot_generic`). */
const SHORT_NAMES = ['gi7eba', 'gi7d29', 'gi250a', 'maba30'];

function isGitFile(name: string): boolean {
  const [, head = '', digits = ''] = /^([a-z0-9]{0,6})~(\d+)[ .]*(?::|$)/i.exec(name) ?? [];
  const isShort = head.length + digits.length === 7;
  return (
    GIT_FILE.test(name) || (isShort && SHORT_NAMES.some((short) => short.startsWith(head.toLowerCase())))
  );
}

function faultOfPart(part: string): PathFault | undefined {
  // To Windows a backslash is a slash.
  const seen = part.replace(IGNORED_BY_HFS, '').split('\\');
  if (seen.some((name) => GIT_FOLDER.test(name))) return { kind: 'outside', why: "is in Git's own folder" };
  if (seen.some(isGitFile)) return unfit('has the name of a file that Git itself reads');
  // A replacement character stands for bytes that are no text, and would be written as another name.
  if (/[\p{Cs}\ufffd]/u.test(part)) return unfit('is not UTF-8 text');
  const bytes = byteLength(part);
  return bytes > LONGEST_PART ? unfit(`has a part of ${bytes} bytes, more than ${LONGEST_PART}`) : undefined;
}

function unfit(why: string): PathFault {
  return { kind: 'unfit', why };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
