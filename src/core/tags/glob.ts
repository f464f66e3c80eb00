import { Minimatch } from 'minimatch';

/** Far more than the 128 characters of a tag. */
const LONGEST_GLOB = 1024;

/** OCI distribution spec, "Pulling manifests": all that a tag is made of. */
const TAG_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-';

/**
 * Switches off all that Go's `filepath.Match` does not have: a second lock, since what is handed on holds only tag
 * characters, `*`, `?` and classes. `platform` is named because the package would else use that of the
 * process, and match differently on Windows.
 */
const LIKE_GO = {
  nonegate: true,
  nocomment: true,
  nobrace: true,
  noext: true,
  noglobstar: true,
  dot: true,
  platform: 'linux',
} as const;

/** One part of a pattern, spelled so that Go and the package agree on it; `undefined` text matches in no tag. */
type Piece =
  | { readonly kind: 'part'; readonly text: string | undefined; readonly end: number }
  | { readonly kind: 'broken'; readonly why: string };

type Part = Extract<Piece, { readonly kind: 'part' }>;

/**
 * A glob over a whole tag, as Go's `filepath.Match` reads it: `*`, `?`, `[a-z]`, `[^a-z]` and `\x`. Braces, `!` and
 * extended globs mean themselves. Returns what is wrong, as text, for a broken pattern, where Go's function
 * is silently false. As in Go, `[!a]` is the class of `!` and `a`.
 */
export function compileGlob(glob: string): ((tag: string) => boolean) | string {
  if (glob.length > LONGEST_GLOB) return `it is longer than ${LONGEST_GLOB} characters`;
  const parts = readParts(glob);
  if (typeof parts === 'string') return parts;
  if (parts.length === 0 || parts.some(({ text }) => text === undefined)) return () => false;
  const matcher = new Minimatch(parts.map(({ text }) => text).join(''), LIKE_GO);
  return (tag) => matcher.match(tag);
}

/**
 * The first part of a pattern that stands for no character of any tag, as written: `{` of `{a,b}`, `/`, a space,
 * `[c-a]`. `undefined` when there is none, and for a broken pattern.
 */
export function foreignPart(glob: string): string | undefined {
  const parts = readParts(glob);
  if (typeof parts === 'string') return undefined;
  const index = parts.findIndex(({ text }) => text === undefined);
  return index < 0 ? undefined : glob.slice(parts[index - 1]?.end ?? 0, parts[index]?.end);
}

function readParts(glob: string): readonly Part[] | string {
  const parts: Part[] = [];
  for (let at = 0; at < glob.length;) {
    const piece = readPiece(glob, at);
    if (piece.kind === 'broken') return piece.why;
    parts.push(piece);
    at = piece.end;
  }
  return parts;
}

function readPiece(glob: string, at: number): Piece {
  const character = glob.charAt(at);
  if (character === '*' || character === '?') return { kind: 'part', text: character, end: at + 1 };
  if (character === '[') return readClass(glob, at);
  const end = character === '\\' ? at + 2 : at + 1;
  if (end > glob.length) return { kind: 'broken', why: 'it ends with "\\", which escapes nothing' };
  const literal = glob.charAt(end - 1);
  return { kind: 'part', text: TAG_CHARACTERS.includes(literal) ? literal : undefined, end };
}

/** Spelled out character by character: the two dialects differ on `!`, `[:alpha:]` and an escaped `^` in a class. */
function readClass(glob: string, start: number): Piece {
  const negated = glob.charAt(start + 1) === '^';
  const first = start + (negated ? 2 : 1);
  const ranges: { readonly low: string; readonly high: string }[] = [];
  let at = first;
  while (glob.charAt(at) !== ']' || at === first) {
    const low = readMember(glob, at);
    if (low === undefined) return brokenClass(start);
    const high = glob.charAt(low.end) === '-' ? readMember(glob, low.end + 1) : low;
    if (high === undefined) return brokenClass(start);
    ranges.push({ low: low.character, high: high.character });
    at = high.end;
  }
  const isMember = (character: string): boolean =>
    ranges.some(({ low, high }) => low <= character && character <= high);
  const members = TAG_CHARACTERS.split('').filter((character) => isMember(character) !== negated);
  const spelled = members.map((character) => (character === '-' ? '\\-' : character)).join('');
  return { kind: 'part', text: spelled === '' ? undefined : `[${spelled}]`, end: at + 1 };
}

/** One end of a range. Go wants `-` and `]` escaped wherever they stand in a class. */
function readMember(
  glob: string,
  at: number,
): { readonly character: string; readonly end: number } | undefined {
  const escaped = glob.charAt(at) === '\\';
  const character = glob.charAt(escaped ? at + 1 : at);
  if (character === '' || (!escaped && (character === '-' || character === ']'))) return undefined;
  return { character, end: at + (escaped ? 2 : 1) };
}

function brokenClass(start: number): Piece {
  const rule = 'closed by "]", not empty, and with "\\" before a "-" or "]" that means itself';
  return { kind: 'broken', why: `the class that begins at character ${start + 1} must be ${rule}` };
}
