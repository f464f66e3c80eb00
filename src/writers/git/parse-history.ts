import type { Author } from './fast-import.ts';
import { cutShort, HASH } from './parse.ts';
import type { FoundSignature } from './signing/signer.ts';

interface CommitNode {
  readonly sha: string;
  readonly parents: readonly string[];
  /** Its parents were not fetched, so that `parents` is empty although it may have some. */
  readonly isGrafted: boolean;
}

/** One commit as `logCommand` prints it. */
export interface LoggedCommit extends CommitNode {
  readonly author: string;
  readonly email: string;
  readonly committer: Author;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly message: string;
}

/** One commit that the base does not have, as `beyondCommand` prints it. */
export interface BeyondCommit extends CommitNode {
  readonly tree: string;
  readonly author: Author;
  readonly committer: Author;
  /** It holds what marks a commit of ours for machines: see `WriteRecord`. */
  readonly isRecorded: boolean;
  readonly message: string;
}

/** Output of `logCommand`. */
export function parseLog(stdout: string): readonly LoggedCommit[] {
  return parseCommits(
    stdout,
    9,
    ([author = '', email = '', committerName = '', committerEmail = '', seconds = '', message = '']) => ({
      author,
      email,
      committer: { name: committerName, email: committerEmail },
      at: /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : 0,
      message,
    }),
  );
}

/** Output of `beyondCommand`. */
export function parseBeyond(stdout: string): readonly BeyondCommit[] {
  return parseCommits(
    stdout,
    10,
    ([tree = '', authorName = '', authorEmail = '', name = '', email = '', records, message = '']) => ({
      tree,
      author: { name: authorName, email: authorEmail },
      committer: { name, email },
      isRecorded: records !== '',
      message,
    }),
  );
}

/** Output of `signaturesCommand`: what git says of the signature of each commit. */
export function parseSignatures(stdout: string): ReadonlyMap<string, FoundSignature> {
  const fields = stdout.split('\0');
  if (fields.pop() !== '' || fields.length % 4 !== 0) throw cutShort('log');
  const commits = Array.from({ length: fields.length / 4 }, (_, index) =>
    fields.slice(index * 4, index * 4 + 4),
  );
  return new Map(
    commits.map(([sha = '', status = '', primary = '', key = '']) => [sha, { status, primary, key }]),
  );
}

/**
 * So many fields a commit, each ended by NUL: hash, parents, decoration, and the others. No field can hold a NUL: git
 * ends names and messages there.
 */
function parseCommits<T>(
  stdout: string,
  count: number,
  readOthers: (fields: readonly string[]) => T,
): readonly (CommitNode & T)[] {
  const fields = stdout.split('\0');
  // What stands after the last NUL.
  if (fields.pop() !== '' || fields.length % count !== 0) throw cutShort('log');
  return Array.from({ length: fields.length / count }, (_, index) => {
    const [sha = '', parents = '', refs = '', ...others] = fields.slice(index * count, (index + 1) * count);
    if (!HASH.test(sha)) throw cutShort('log');
    return {
      sha,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      isGrafted: refs.split(', ').includes('grafted'),
      ...readOthers(others),
    };
  });
}

/**
 * Output of `changesCommand`: a commit, then `:<modes> <hashes> <status>` and a path for each file it changed; each
 * of these ended by NUL. A commit that changed nothing is not in it, nor is a file of which only the mode is another.
 */
export function parseChanges(stdout: string): ReadonlyMap<string, readonly string[]> {
  const changes = new Map<string, string[]>();
  const parts = stdout.split('\0');
  if (parts.pop() !== '') throw cutShort('diff-tree');
  let paths: string[] | undefined;
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? '';
    if (HASH.test(part)) {
      paths = [];
      changes.set(part, paths);
      continue;
    }
    const path = parts[(at += 1)];
    if (!part.startsWith(':') || path === undefined || paths === undefined) throw cutShort('diff-tree');
    const [, , before, after] = part.split(' ');
    if (before !== after) paths.push(path);
  }
  return changes;
}
