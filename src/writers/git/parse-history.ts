import { LynceusError } from '../../errors.ts';

/** One commit as `logCommand` prints it. */
export interface LoggedCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  /** Whether its parents are known at all; when not, `parents` is empty although it may have some. */
  readonly isGrafted: boolean;
  readonly author: string;
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly message: string;
}

const FIELDS = 7;

/**
 * Output of `logCommand`: seven fields a commit, each ended by NUL. No field can hold one: git ends names and
 * messages there.
 */
export function parseLog(stdout: string): readonly LoggedCommit[] {
  const fields = stdout.split('\0');
  // What stands after the last NUL.
  if (fields.pop() !== '' || fields.length % FIELDS !== 0) throw cutShort('log');
  return Array.from({ length: fields.length / FIELDS }, (_, index) =>
    commitOf(fields.slice(index * FIELDS, (index + 1) * FIELDS)),
  );
}

function commitOf(fields: readonly string[]): LoggedCommit {
  const [sha = '', parents = '', refs = '', author = '', email = '', seconds = '', message = ''] = fields;
  if (!HASH.test(sha)) throw cutShort('log');
  return {
    sha,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    isGrafted: refs.split(', ').includes('grafted'),
    author,
    email,
    at: /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : 0,
    message,
  };
}

const HASH = /^[0-9a-f]{40,64}$/;

/**
 * Output of `changesCommand`: a commit, then `:<modes> <hashes> <status>` and a path for each file it changed; each
 * of these ended by NUL. A commit that changed nothing is not in it.
 */
export function parseChanges(stdout: string): ReadonlyMap<string, readonly string[]> {
  const changes = new Map<string, string[]>();
  const words = stdout.split('\0');
  if (words.pop() !== '') throw cutShort('diff-tree');
  let paths: string[] | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (HASH.test(word)) {
      paths = [];
      changes.set(word, paths);
      continue;
    }
    const path = words[(at += 1)];
    if (!word.startsWith(':') || path === undefined || paths === undefined) throw cutShort('diff-tree');
    paths.push(path);
  }
  return changes;
}

function cutShort(what: string): LynceusError {
  return new LynceusError('git-failed', `git answered with a part of ${what}`);
}
