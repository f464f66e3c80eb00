import { LynceusError } from '../../errors.ts';
import type { ObjectFormat } from './commands.ts';
import type { Heads } from '../../core/git/heads.ts';

const NEWLINE = 0x0a;
const NUL = 0x00;
const SPACE = 0x20;

const HEADS = 'refs/heads/';

/** Output of `ls-remote --symref`. */
export function parseHeads(stdout: string): Heads {
  const commits = new Map<string, string>();
  let named: string | undefined;
  for (const line of stdout.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (value.startsWith('ref: ') && name === 'HEAD') named = branchOf(value.slice('ref: '.length));
    else if (branchOf(name) !== undefined) commits.set(name.slice(HEADS.length), value);
  }
  return { commits, default: named !== undefined && commits.has(named) ? named : undefined };
}

export type ObjectInfo =
  | { readonly kind: 'object'; readonly sha: string; readonly type: string; readonly size: number }
  | { readonly kind: 'missing' };

/** Output of `cat-file --batch-check`, one line for each name asked. */
export function parseObjectInfos(stdout: Buffer): readonly ObjectInfo[] {
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map(parseInfo);
}

export interface ReadObject {
  readonly info: ObjectInfo;
  /** `undefined` when the object is missing. */
  readonly bytes: Buffer | undefined;
}

/** Output of `cat-file --batch`: a line, as many bytes as it names, a newline, and so on. */
export function parseObjects(stdout: Buffer): readonly ReadObject[] {
  const objects: ReadObject[] = [];
  let at = 0;
  while (at < stdout.length) {
    const end = stdout.indexOf(NEWLINE, at);
    if (end === -1) throw cutShort('cat-file');
    const info = parseInfo(stdout.toString('utf8', at, end));
    at = end + 1;
    if (info.kind === 'missing') {
      objects.push({ info, bytes: undefined });
      continue;
    }
    if (at + info.size >= stdout.length) throw cutShort('cat-file');
    objects.push({ info, bytes: stdout.subarray(at, at + info.size) });
    at += info.size + 1;
  }
  return objects;
}

export interface TreeEntry {
  /** As in the tree: `100644`, `100755`, `120000` (link), `160000` (submodule), `40000` (tree). */
  readonly mode: string;
  readonly sha: string;
}

export type Tree = ReadonlyMap<string, TreeEntry>;

/** A tree object: mode, space, name, NUL, hash in bytes, and so on (gitformat, "tree objects"). */
export function parseTree(bytes: Buffer, hashBytes: number): Tree {
  const entries = new Map<string, TreeEntry>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at);
    const nul = bytes.indexOf(NUL, space);
    const end = nul + 1 + hashBytes;
    if (space === -1 || nul === -1 || end > bytes.length) throw cutShort('a tree');
    entries.set(bytes.toString('utf8', space + 1, nul), {
      mode: bytes.toString('latin1', at, space),
      sha: bytes.toString('hex', nul + 1, end),
    });
    at = end;
  }
  return entries;
}

/** What `push --porcelain` prints of the one ref that was pushed; `undefined` when it prints nothing. */
export interface PushStatus {
  readonly flag: 'pushed' | 'up-to-date' | 'rejected';
  /** Who refused: git on this side, or the remote. */
  readonly by: 'git' | 'remote';
  /** Text in parentheses: `fetch first`, `pre-receive hook declined`. */
  readonly reason: string;
}

/** Output of `push --porcelain`: `<flag> TAB <from>:<to> TAB <summary> (<reason>)`. */
export function parsePush(stdout: string): PushStatus | undefined {
  const line = stdout.split('\n').find((text) => /^[ +\-*!=]\t/.test(text));
  if (line === undefined) return undefined;
  const summary = line.split('\t')[2] ?? '';
  const reason = /\((.*)\)$/s.exec(summary)?.[1] ?? summary;
  const by = summary.startsWith('[rejected]') ? 'git' : 'remote';
  if (line.startsWith('!')) return { flag: 'rejected', by, reason };
  return { flag: line.startsWith('=') ? 'up-to-date' : 'pushed', by, reason };
}

/** Name of an object, by SHA-1 or SHA-256. */
export const HASH = /^[0-9a-f]{40,64}$/;

/** The format of a repository in which an object has this name. */
export function formatOfHash(hash: string): ObjectFormat {
  return hash.length === 64 ? 'sha256' : 'sha1';
}

/** Hashes that `fast-import` answered to `get-mark`. */
export function parseMarks(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => HASH.test(line));
}

function branchOf(ref: string): string | undefined {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : undefined;
}

/** `<hash> <type> <size>`, or `<name> missing`. */
function parseInfo(line: string): ObjectInfo {
  const [, sha, type, size] = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(line) ?? [];
  if (sha === undefined || type === undefined) return { kind: 'missing' };
  return { kind: 'object', sha, type, size: Number(size) };
}

/** An answer of git that ends too early: `git-failed`. */
export function cutShort(what: string): LynceusError {
  return new LynceusError('git-failed', `git answered with a part of ${what}`);
}
