import { createHash } from 'node:crypto';

/** One run of git: what to say, and what to feed. */
export interface GitCommand {
  readonly args: readonly string[];
  readonly input?: Buffer;
}

/** Where heads are kept, out of the way of everything git does by itself. */
const KEPT_REFS = 'refs/lynceus/';

/**
 * Ref that keeps the head of a branch, as it was fetched or as it would be pushed. Hashed, because a branch `a` that was replaced by a branch `a/b`
 * would leave a file where a folder is wanted.
 */
export function keptRef(branch: string): string {
  return `${KEPT_REFS}${createHash('sha256').update(branch).digest('hex').slice(0, 40)}`;
}

export function initCommand(directory: string): GitCommand {
  return { args: ['init', '--bare', '--template=', '--', directory] };
}

/** Size and state of a repository; fails when it is none. */
export function countObjectsCommand(): GitCommand {
  return { args: ['count-objects', '-v'] };
}

export function keptRefsCommand(): GitCommand {
  return { args: ['for-each-ref', '--format=%(objectname) %(refname)', KEPT_REFS] };
}

export function listCommand(url: string): GitCommand {
  return { args: ['ls-remote', '--symref', '--', url, 'HEAD', 'refs/heads/*'] };
}

/** All branches in one go, each as its last `depth` commits. */
export function fetchCommand(
  url: string,
  branches: readonly string[],
  { depth }: { readonly depth: number },
): GitCommand {
  const options = [
    `--depth=${depth}`,
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-recurse-submodules',
  ];
  return {
    args: [
      'fetch',
      ...options,
      '--',
      url,
      ...branches.map((branch) => `+refs/heads/${branch}:${keptRef(branch)}`),
    ],
  };
}

/** Type and size of objects, by hash or as `<commit>:<path>`. */
export function checkObjectsCommand(names: readonly string[]): GitCommand {
  return { args: ['cat-file', '--batch-check'], input: lines(names) };
}

export function readObjectsCommand(names: readonly string[]): GitCommand {
  return { args: ['cat-file', '--batch'], input: lines(names) };
}

export function importCommand(stream: Buffer): GitCommand {
  return { args: ['fast-import', '--quiet', '--force', '--done'], input: stream };
}

/**
 * The newest commits, each as the fields that `parseLog` reads. A commit whose parents were not fetched is decorated
 * with `grafted`. Refs have no other names than `keptRef` gives, so nothing else looks like that.
 */
export function logCommand(sha: string, count: number): GitCommand {
  const fields = ['%H', '%P', '%D', '%an', '%ae', '%ct', '%B'];
  return {
    args: [
      'log',
      '-z',
      `--max-count=${count}`,
      '--date-order',
      '--no-show-signature',
      '--no-notes',
      '--decorate=full',
      '--encoding=UTF-8',
      `--format=tformat:${fields.join('%x00')}`,
      sha,
      '--',
    ],
  };
}

/**
 * What each commit changed below the paths, compared with the parent beside it, or with nothing when it has none.
 * Raw, because then a path is told from a hash whatever its name is.
 */
export function changesCommand(
  commits: readonly { readonly sha: string; readonly parent: string | undefined }[],
  below: readonly string[],
): GitCommand {
  const options = ['--stdin', '--root', '-r', '-z', '--raw', '--no-renames'];
  return {
    args: ['diff-tree', ...options, '--', ...below],
    input: lines(commits.map(({ sha, parent }) => (parent === undefined ? sha : `${sha} ${parent}`))),
  };
}

/** Never forced: git refuses what is not a continuation of the remote's branch. */
export function pushCommand(url: string, sha: string, branch: string): GitCommand {
  return {
    args: [
      'push',
      '--porcelain',
      '--no-verify',
      '--recurse-submodules=no',
      '--',
      url,
      `${sha}:refs/heads/${branch}`,
    ],
  };
}

function lines(names: readonly string[]): Buffer {
  return Buffer.from(names.map((name) => `${name}\n`).join(''));
}
