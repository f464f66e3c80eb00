import { asLynceusError, LynceusError } from '../../errors.ts';
import type { GitLogin } from '../../ports/git-logins.ts';
import type { Clone } from './clone.ts';
import {
  fetchBeyondCommand,
  fetchCommand,
  fetchCommitCommand,
  fetchObjectsCommand,
  type GitCommand,
} from './commands.ts';
import { explainFailure } from './failure.ts';
import type { GitResult } from './run.ts';
import { observed, type ObservedOptions } from './observed.ts';

/** Brings what is at the remote into the clone. */
export interface Fetcher {
  /** The last commits of a branch, with their folders, and their files where the remote cannot leave them out. */
  fetchHead(branch: string, signal: AbortSignal): Promise<string>;
  /** Just what a branch has beyond another, and its head; `undefined` when that is nothing. */
  fetchBeyond(branch: string, base: string, signal: AbortSignal): Promise<string | undefined>;
  /** One commit with its folders, by its hash. `refused`: the remote gives only what it lists. */
  fetchCommit(sha: string, signal: AbortSignal): Promise<'fetched' | 'absent' | 'refused'>;
  /** Files by their hashes, in one request. Throws `git-failed` when the remote gives none this way. */
  fetchFiles(hashes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Whether files may be left out; not once the remote refused to give them by hash. */
  leavesOutFiles(): boolean;
}

export interface FetcherOptions extends ObservedOptions {
  readonly login: GitLogin;
  readonly clone: Clone;
  /** How many commits of a branch are kept. */
  readonly history: number;
}

export function createFetcher(options: FetcherOptions): Fetcher {
  const { remote, clone, history } = options;
  const { url } = remote;
  let withoutFiles = !clone.isWhole();
  return {
    async fetchHead(branch, signal) {
      const depth = Math.max(history, clone.depth());
      await fetch(fetchCommand([branch], { url, withoutFiles, depth }), options, signal);
      return await fetchedHead(branch, clone);
    },
    async fetchBeyond(branch, base, signal) {
      const { code, stderr } = await run(
        fetchBeyondCommand(branch, base, { url, withoutFiles }),
        options,
        signal,
      );
      if (code !== 0 && NOTHING_BEYOND.test(stderr)) return undefined;
      if (code !== 0) throw failed(stderr, options);
      return await fetchedHead(branch, clone);
    },
    async fetchCommit(sha, signal) {
      const { code, stderr } = await run(fetchCommitCommand(sha, { url, withoutFiles }), options, signal);
      if (code === 0) return 'fetched';
      if (UNADVERTISED.test(stderr)) return 'refused';
      const error = failed(stderr, options);
      if (REFUSES_HASHES.includes(error.code)) return 'absent';
      throw error;
    },
    async fetchFiles(hashes, signal) {
      try {
        await fetch(fetchObjectsCommand(hashes, { url, withoutFiles: true }), options, signal);
      } catch (thrown) {
        const error = asLynceusError(thrown);
        if (!REFUSES_HASHES.includes(error.code)) throw error;
        withoutFiles = false;
        throw new LynceusError('git-failed', error.message, { cause: error });
      }
    },
    leavesOutFiles: () => withoutFiles,
  };
}

/** What `explainFailure` makes of `not our ref`, `unadvertised object` and the like. */
const REFUSES_HASHES: readonly string[] = ['git-failed', 'git-branch-missing'];

/** What git prints when a server of the old protocol has no branch at a commit (fetch-pack.c). */
const UNADVERTISED = /unadvertised object/;

/** What git prints when a branch has nothing that the other one lacks (upload-pack.c). */
const NOTHING_BEYOND = /no commits selected for shallow requests/;

async function fetchedHead(branch: string, clone: Clone): Promise<string> {
  const sha = await clone.keptHead(branch);
  if (sha === undefined) throw new LynceusError('git-failed', `git fetched nothing of ${branch}`);
  return sha;
}

async function fetch(command: GitCommand, options: FetcherOptions, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await run(command, options, signal);
  if (code !== 0) throw failed(stderr, options);
}

function run(command: GitCommand, options: FetcherOptions, signal: AbortSignal): Promise<GitResult> {
  return observed('fetch', options, async () => {
    const result = await options.clone.runRemote(command, signal);
    return { result, ok: result.code === 0 };
  });
}

function failed(stderr: string, { remote, login }: FetcherOptions): LynceusError {
  return explainFailure(stderr, { attempt: 'fetch from', remote, login });
}
