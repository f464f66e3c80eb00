import { createHash } from 'node:crypto';
import { RECORD_TOKENS } from '../../core/overrides/record.ts';

/** One run of git: its arguments and its input. */
export interface GitCommand {
  readonly args: readonly string[];
  /** Settings of this one process, as `key=value`. */
  readonly config?: readonly string[];
  readonly input?: Buffer;
}

/**
 * Ref that keeps the head of a branch, as it was fetched or as it would be pushed. Hashed, because a branch `a` that was
 * replaced by a branch `a/b` would leave a file where a folder is wanted.
 */
export function keptRef(branch: string): string {
  return `refs/lynceus/${createHash('sha256').update(branch).digest('hex').slice(0, 40)}`;
}

/** By which hash a repository names its objects. */
export type ObjectFormat = 'sha1' | 'sha256';

export function initCommand(directory: string, format: ObjectFormat): GitCommand {
  return { args: ['init', '--bare', '--template=', `--object-format=${format}`, '--', directory] };
}

export function listCommand(url: string): GitCommand {
  return { args: ['ls-remote', '--symref', '--', url, 'HEAD', 'refs/heads/*'] };
}

export interface FetchOptions {
  readonly url: string;
  /** Whether the content of files may be left out, where the remote can do that; they are fetched by hash then. */
  readonly withoutFiles: boolean;
}

/** All branches in one go, each as its last `depth` commits. */
export function fetchCommand(
  branches: readonly string[],
  { depth, ...options }: FetchOptions & { readonly depth: number },
): GitCommand {
  const refs = branches.map((branch) => `+refs/heads/${branch}:${keptRef(branch)}`);
  return {
    args: ['fetch', `--depth=${depth}`, ...FETCH, '--', REMOTE, ...refs],
    config: remoteConfig(options),
  };
}

/** One commit without what led to it. No ref keeps it: whatever needs it again has kept what it read of it. */
export function fetchCommitCommand(sha: string, options: FetchOptions): GitCommand {
  return { args: ['fetch', '--depth=1', ...FETCH, '--', REMOTE, sha], config: remoteConfig(options) };
}

/** Objects by their hashes, in one go. */
export function fetchObjectsCommand(hashes: readonly string[], options: FetchOptions): GitCommand {
  return {
    args: ['fetch', ...FETCH, '--stdin', '--', REMOTE],
    // What is here already has nothing to do with it, so it is not sent either.
    config: [...remoteConfig(options), 'fetch.negotiationAlgorithm=noop'],
    input: lines(hashes),
  };
}

const FETCH = [
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
] as const;

const REMOTE = 'origin';

/**
 * A remote for one process. That objects are missing on purpose is a setting of a fetch or push and not written into the
 * clone: every other git would fetch what it misses by itself then, one object at a time.
 */
export function remoteConfig({ url, withoutFiles }: FetchOptions): readonly string[] {
  const filter = [`remote.${REMOTE}.promisor=true`, `remote.${REMOTE}.partialCloneFilter=blob:none`];
  return [`remote.${REMOTE}.url=${url}`, ...(withoutFiles ? filter : [])];
}

/** Type and size of objects, by hash or as `<commit>:<path>`. */
export function checkObjectsCommand(names: readonly string[]): GitCommand {
  return { args: ['cat-file', '--batch-check'], input: lines(names) };
}

/** The same, each followed by its bytes. */
export function readObjectsCommand(names: readonly string[]): GitCommand {
  return { args: ['cat-file', '--batch'], input: lines(names) };
}

export function importCommand(stream: Buffer): GitCommand {
  return { args: ['fast-import', '--quiet', '--force', '--done'], input: stream };
}

/** Takes the objects of a pack; git computes their hashes itself. */
export function unpackCommand(pack: Buffer): GitCommand {
  return { args: ['unpack-objects', '--strict'], input: pack };
}

/**
 * The newest commits, each as the fields that `parseLog` reads. A commit whose parents were not fetched is decorated
 * with `grafted`. Refs have no other names than `keptRef` gives, so nothing else can be taken for that.
 */
export function logCommand(sha: string, count: number): GitCommand {
  return log(
    ['%H', '%P', '%D', '%an', '%ae', '%cn', '%ce', '%ct', '%B'],
    [`--max-count=${count}`, '--date-order'],
    [sha],
  );
}

function log(
  fields: readonly string[],
  options: readonly string[],
  revisions: readonly string[],
): GitCommand {
  const format = `--format=tformat:${fields.join('%x00')}`;
  const plain = ['--no-show-signature', '--no-notes', '--decorate=full', '--encoding=UTF-8'];
  return { args: ['log', '-z', ...options, ...plain, format, ...revisions, '--'] };
}

/**
 * What each commit changed below the paths, compared with the parent beside it, or with nothing when it has none.
 * Raw, because then a path differs from a hash whatever its name is.
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

/**
 * Just the commits that a branch has and the base has not, by what the remote knows. It fails with "no commits selected" when
 * there are none.
 */
export function fetchBeyondCommand(branch: string, base: string, options: FetchOptions): GitCommand {
  const ref = `+refs/heads/${branch}:${keptRef(branch)}`;
  return {
    args: ['fetch', `--shallow-exclude=refs/heads/${base}`, ...FETCH, '--', REMOTE, ref],
    config: remoteConfig(options),
  };
}

/** What a commit holds for machines, see `WriteRecord`. */
const RECORDS = Object.values(RECORD_TOKENS)
  .map((token) => `key=${token}`)
  .join(',');

/** Commits that lead to one and not to the other, children before parents; each as the fields that `parseBeyond` reads. */
export function beyondCommand(sha: string, base: string, count: number): GitCommand {
  return log(BEYOND_FIELDS, [`--max-count=${count}`, '--topo-order'], [sha, `^${base}`]);
}

/** One commit alone, in the same form. */
export function oneCommitCommand(sha: string): GitCommand {
  return log(BEYOND_FIELDS, ['--no-walk'], [sha]);
}

const BEYOND_FIELDS = [
  '%H',
  '%P',
  '%D',
  '%T',
  '%an',
  '%ae',
  '%cn',
  '%ce',
  `%(trailers:${RECORDS},valueonly)`,
  '%B',
];

/** Hashes of the newest commits that led to one; by first parents only, where that is asked for. */
export function ancestorsCommand(
  sha: string,
  { count, firstParents }: { readonly count: number; readonly firstParents: boolean },
): GitCommand {
  const line = firstParents ? ['--first-parent'] : [];
  return { args: ['rev-list', `--max-count=${count}`, ...line, sha, '--'] };
}

/** Hash of each commit, what git says of its signature, and the key that made it. */
export function signaturesCommand(shas: readonly string[], config: readonly string[]): GitCommand {
  return {
    args: ['log', '-z', '--no-walk=unsorted', '--stdin', '--format=tformat:%H%x00%G?%x00%GP%x00%GF'],
    config,
    input: lines(shas),
  };
}

export function rawCommitCommand(sha: string): GitCommand {
  return { args: ['cat-file', 'commit', sha] };
}

export function treeCommand(sha: string): GitCommand {
  return { args: ['rev-parse', '--verify', `${sha}^{tree}`] };
}

/**
 * Makes a commit the kept head of a branch. As a transaction, because then git prints something: simple-git waits
 * 50 ms for the output of a process that has printed nothing.
 */
export function keepCommand(branch: string, sha: string): GitCommand {
  return {
    args: ['update-ref', '--stdin'],
    input: lines(['start', `update ${keptRef(branch)} ${sha}`, 'commit']),
  };
}

export interface PushRequest {
  /** Commit that the branch is to be at; `''` deletes it. */
  readonly sha: string;
  readonly branch: string;
  /** Replaces this head of the remote's branch, and nothing else; `''`: there is no such branch. */
  readonly replaces?: string;
}

/**
 * Forced only where it replaces a head that is named: git refuses what is neither a continuation of the remote's
 * branch nor in its place.
 */
export function pushCommand(url: string, { sha, branch, replaces }: PushRequest): GitCommand {
  const lease = replaces === undefined ? [] : [`--force-with-lease=refs/heads/${branch}:${replaces}`];
  const options = ['--porcelain', '--no-verify', '--recurse-submodules=no', ...lease];
  return { args: ['push', ...options, '--', url, `${sha}:refs/heads/${branch}`] };
}

function lines(names: readonly string[]): Buffer {
  return Buffer.from(names.map((name) => `${name}\n`).join(''));
}
