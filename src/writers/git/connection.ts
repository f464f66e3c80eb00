import type { GitRemote } from '../../core/git/remote.ts';
import type { HistoryCommit, HistoryRequest } from '../../ports/writer.ts';
import { headOfBase, type Head, type Heads } from '../../core/git/heads.ts';
import { keepCommand, listCommand } from './commands.ts';
import { explainFailure, isHostKeyFailure } from './failure.ts';
import { explainRedirect, isRedirect } from './moved-remote.ts';
import { createFetcher } from './fetcher.ts';
import { createBranchHistory, type BranchHistory } from './history.ts';
import { obtainCommit } from './obtain-commit.ts';
import type { CommitOptions, ImportedCommit } from './fast-import.ts';
import { makeCommits } from './make-commits.ts';
import { createObjectReader } from './objects.ts';
import type { BranchJudgement } from './branch-judgement.ts';
import { judgeBranch, treeOf } from './own-branch.ts';
import type { CommitOwnership } from './own-commits.ts';
import { formatOfHash, parseHeads } from './parse.ts';
import type { Published } from './api/publish.ts';
import type { PushOutcome } from './push-outcome.ts';
import {
  createPublisher,
  type HeadNow,
  type PublisherOptions,
  type Push,
  type Removal,
} from './publisher.ts';
import { createCommitReader, type CommitReader } from './read-files.ts';

/** One remote during one session: its branches, and what of them is here. */
export interface Connection {
  readonly remote: GitRemote;
  /** Branches as the remote lists them: asked for once, and once more for each `again`. */
  heads(signal: AbortSignal, again?: boolean): Promise<Heads>;
  /** Makes sure that the head of a branch is here. The answer is newer than what was asked for when the branch moved. */
  obtain(head: Head, signal: AbortSignal): Promise<Head>;
  /**
   * Makes sure that a commit is here, whatever branch it is of: fetched by its hash, or with more of the base where the remote
   * gives none that way. `false` when it is not to be had.
   */
  obtainCommit(sha: string, base: Head, signal: AbortSignal): Promise<boolean>;
  /** Files of a commit that is here. */
  readerOf(head: Head): CommitReader;
  /** The head of a base as it was listed last, if files of it were read; nothing is asked for that. */
  readBefore(base: string): Promise<Head | undefined>;
  /** Commits that led to a head that is here. */
  history(head: Head, request: HistoryRequest, signal: AbortSignal): Promise<readonly HistoryCommit[]>;
  /** Whether the branch beside the base is ours alone. */
  judge(pushed: Head, input: JudgeInput, signal: AbortSignal): Promise<BranchJudgement>;
  /** Hash of the tree of a commit that is here. */
  treeOf(sha: string, signal: AbortSignal): Promise<string>;
  /** Remembers a commit as the head of a branch, so that it need not be fetched again. */
  keep(branch: string, sha: string, signal: AbortSignal): Promise<void>;
  /** Makes commits for a branch in the clone; one hash for each. */
  commit(
    commits: readonly ImportedCommit[],
    commit: CommitOptions,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  push(push: Push, signal: AbortSignal): Promise<Published>;
  /** Takes a branch away at the remote. */
  remove(removal: Removal, signal: AbortSignal): Promise<PushOutcome>;
  /** Commits are made anew by the API of the host, which keeps regular files only. */
  readonly byApi: boolean;
  /** Whether our commits hold records. */
  readonly trailers: boolean;
  /** Throws the clone away, because it may be damaged, and starts with an empty one. */
  renew(signal: AbortSignal): Promise<void>;
}

export interface JudgeInput {
  readonly base: Head;
}

export interface ConnectionOptions extends PublisherOptions {
  readonly ownership: CommitOwnership;
  /** Whether our commits hold records. */
  readonly trailers: boolean;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { remote, clone, trailers, ownership } = options;
  const publisher = createPublisher(options);
  const listing = createListing(options);
  const readers = new Map<string, CommitReader>();
  const fetcher = createFetcher(options);
  const readObjects = createObjectReader(clone.runLocal, (hashes, signal) =>
    fetcher.fetchFiles(hashes, signal),
  );

  async function fetchHead({ branch }: Head, signal: AbortSignal): Promise<Head> {
    const sha = await fetcher.fetchHead(branch, signal);
    await listing.correct({ branch, sha }, signal);
    return { branch, sha };
  }

  const histories = historiesOf(options, fetchHead);

  async function obtain(head: Head, signal: AbortSignal): Promise<Head> {
    return (await clone.keptHead(head.branch)) === head.sha ? head : fetchHead(head, signal);
  }

  return {
    remote,
    byApi: publisher.byApi,
    trailers,
    heads: listing.heads,
    obtain,
    obtainCommit: (sha, base, signal) =>
      obtainCommit({ sha, base }, { ...options, fetcher, obtain, fetchHead }, signal),
    history: (head, request, signal) => histories.read(head, request, signal),
    async judge(pushed, { base }, signal) {
      const input = { pushed: await obtain(pushed, signal), base, ownership, trailers };
      const fetchBeyond = () => fetcher.fetchBeyond(pushed.branch, base.branch, signal);
      return await judgeBranch(input, { run: clone.runLocal, fetchBeyond }, signal);
    },
    treeOf: (sha, signal) => treeOf(sha, clone.runLocal, signal),
    async keep(branch, sha, signal) {
      await clone.runLocal(keepCommand(branch, sha), signal);
    },
    readerOf({ sha }) {
      const reader = readers.get(sha) ?? createCommitReader(sha, readObjects, options.largestFile);
      readers.set(sha, reader);
      return reader;
    },
    async readBefore(base) {
      const head = await listing.baseBefore(base);
      return head !== undefined && readers.has(head.sha) ? head : undefined;
    },
    commit: (commits, making, signal) =>
      makeCommits(commits, { ...making, clone, openSigner: publisher.openSigner }, signal),
    async renew(signal) {
      readers.clear();
      // The list may be the failure that the damage made.
      listing.forget();
      await clone.renew(signal, { whole: !fetcher.leavesOutFiles() });
    },
    remove: (removal, signal) =>
      publisher.remove(removal, listing.headNow, signal).finally(() => listing.forget()),
    push: (push, signal) =>
      // What was listed before a push is no longer true.
      publisher.publish(push, listing.headNow, signal).finally(() => listing.forget()),
  };
}

function historiesOf(
  { history, clone, ownership }: ConnectionOptions,
  fetchHead: (head: Head, signal: AbortSignal) => Promise<Head>,
): BranchHistory {
  return createBranchHistory({
    history,
    ownership,
    run: clone.runLocal,
    async fetchBack(head, depth, signal) {
      if (depth > history) await clone.deepen(depth);
      return await fetchHead(head, signal);
    },
  });
}

/** Branches as the remote lists them, until they are known to be others. */
interface Listing {
  readonly heads: Connection['heads'];
  readonly headNow: HeadNow;
  /** The head of a base, where the branches are listed already. */
  baseBefore(base: string): Promise<Head | undefined>;
  /** This one has moved since. */
  correct(head: Head, signal: AbortSignal): Promise<void>;
  forget(): void;
}

function createListing(options: PublisherOptions): Listing {
  let listed: Promise<Heads> | undefined;

  function heads(signal: AbortSignal, again = false): Promise<Heads> {
    if (listed === undefined || again) listed = list(options, signal);
    return listed;
  }

  return {
    heads,
    async correct({ branch, sha }, signal) {
      const { commits, ...rest } = await heads(signal);
      listed = Promise.resolve({ ...rest, commits: new Map(commits).set(branch, sha) });
    },
    async baseBefore(base) {
      const known = await listed?.catch(() => undefined);
      return known && headOfBase(known, base);
    },
    headNow: async (branch, signal) => (await heads(signal, true)).commits.get(branch),
    forget() {
      listed = undefined;
    },
  };
}

/** Other versions of git than those that list any remote in any clone refuse one of the other format. */
const OTHER_FORMAT =
  /mismatched algorithms|(?:unknown|unsupported|different) (?:object|hash) (?:format|algorithm)/i;

async function list(options: PublisherOptions, signal: AbortSignal): Promise<Heads> {
  const { remote, login, clone } = options;
  const ask = () => clone.runRemote(listCommand(remote.url), signal);
  let answer = await ask();
  if (answer.code !== 0 && OTHER_FORMAT.test(answer.stderr)) {
    await clone.renew(signal, { format: clone.objectFormat() === 'sha1' ? 'sha256' : 'sha1' });
    answer = await ask();
  }
  // Asked once more, for where it leads.
  if (answer.code !== 0 && isRedirect(answer.stderr)) {
    answer = await clone.runTalking(listCommand(remote.url), signal);
    if (isRedirect(answer.stderr)) throw explainRedirect(answer.stderr, remote);
  }
  const { code, stdout, stderr } = answer;
  if (code === 0) {
    const heads = parseHeads(stdout.toString());
    const [hash] = heads.commits.values();
    const format = hash === undefined ? clone.objectFormat() : formatOfHash(hash);
    if (format !== clone.objectFormat()) await clone.renew(signal, { format });
    return heads;
  }
  // ssh prints the new key by itself when it has changed.
  const unshown = isHostKeyFailure(stderr) && !stderr.includes('SHA256:');
  const shown = unshown ? await hostKeyShown({ remote, clone }, signal) : '';
  throw explainFailure(`${stderr}\n${shown}`, { attempt: 'list the branches of', remote, login });
}

/** The key that a host shows whose key is not known, so that a person can compare it; ssh prints it only when it is verbose. */
async function hostKeyShown(
  { remote, clone }: Pick<PublisherOptions, 'remote' | 'clone'>,
  signal: AbortSignal,
): Promise<string> {
  const { stderr } = await clone.runTalking(listCommand(remote.url), signal);
  const key = /Server host key: (\S+ SHA256:\S+)/.exec(stderr)?.[1];
  return key === undefined ? '' : `the host shows the key ${key}`;
}
