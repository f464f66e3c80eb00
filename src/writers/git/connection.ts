import type { GitRemote } from '../../core/git-remote.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitLogin } from '../../ports/git-logins.ts';
import type { Log } from '../../ports/log.ts';
import type { Observer } from '../../ports/observer.ts';
import type { HistoryCommit } from '../../ports/writer.ts';
import type { Head, Heads } from './branch.ts';
import type { Clone } from './clone.ts';
import { fetchCommand, importCommand, keptRef, listCommand, pushCommand } from './commands.ts';
import { explainFailure } from './failure.ts';
import { readHistory } from './history.ts';
import { importStream, type ImportedCommit, type ImportOptions } from './fast-import.ts';
import { parseHeads, parseMarks } from './parse.ts';
import { judgePush, type PushOutcome } from './push-outcome.ts';
import { createCommitReader, type CommitReader } from './read-files.ts';

/** One remote during one session: what it says, and what of it is here. */
export interface Connection {
  readonly remote: GitRemote;
  /** Branches as the remote lists them: asked for once, and once more for each `again`. */
  heads(signal: AbortSignal, again?: boolean): Promise<Heads>;
  /** Makes sure that the head of a branch is here. The answer is newer than what was asked for when the branch moved. */
  obtain(head: Head, signal: AbortSignal): Promise<Head>;
  /** Files of a commit that is here. */
  readerOf(head: Head): CommitReader;
  /** Commits that led to a head that is here. */
  history(head: Head, paths: readonly string[], signal: AbortSignal): Promise<readonly HistoryCommit[]>;
  /** Makes commits for a branch in the clone; one hash for each. */
  commit(commits: readonly ImportedCommit[], made: Making, signal: AbortSignal): Promise<readonly string[]>;
  push(push: Push, signal: AbortSignal): Promise<PushOutcome>;
  /** Throws the clone away, because it may be damaged, and starts with an empty one. */
  renew(signal: AbortSignal): Promise<void>;
}

export interface Making extends Omit<ImportOptions, 'ref'> {
  readonly branch: string;
}

export interface Push {
  readonly sha: string;
  readonly branch: string;
  /** The remote's head of the branch, which the commit continues; `undefined` for a new branch. */
  readonly expected: string | undefined;
}

export interface ConnectionOptions {
  readonly remote: GitRemote;
  readonly login: GitLogin;
  readonly clone: Clone;
  /** How many commits of a branch are kept. */
  readonly history: number;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly log: Log;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { remote, clone } = options;
  const readers = new Map<string, CommitReader>();
  let listed: Promise<Heads> | undefined;

  function heads(signal: AbortSignal, again = false): Promise<Heads> {
    if (listed === undefined || again) listed = list(options, signal);
    return listed;
  }

  async function fetchHead({ branch }: Head, signal: AbortSignal): Promise<Head> {
    const sha = await fetch(branch, options, signal);
    const { commits, ...rest } = await heads(signal);
    listed = Promise.resolve({ ...rest, commits: new Map(commits).set(branch, sha) });
    return { branch, sha };
  }

  return {
    remote,
    heads,
    async obtain(head, signal) {
      return clone.keptHead(head.branch) === head.sha ? head : fetchHead(head, signal);
    },
    async history(head, paths, signal) {
      const wanted = { paths, count: options.history };
      const kept = await readHistory({ ...wanted, sha: head.sha }, clone.runLocal, signal);
      if (!kept.cutShort) return kept.commits;
      // The clone was made when less was kept.
      const { sha } = await fetchHead(head, signal);
      return (await readHistory({ ...wanted, sha }, clone.runLocal, signal)).commits;
    },
    readerOf({ sha }) {
      const reader = readers.get(sha) ?? createCommitReader(sha, clone.runLocal);
      readers.set(sha, reader);
      return reader;
    },
    async commit(commits, { branch, ...made }, signal) {
      const stream = importStream(commits, { ...made, ref: keptRef(branch) });
      const hashes = parseMarks((await clone.runLocal(importCommand(stream), signal)).stdout.toString());
      if (hashes.length !== commits.length) {
        throw new LynceusError('git-failed', `git made ${hashes.length} of ${commits.length} commits`);
      }
      await clone.refresh(signal);
      return hashes;
    },
    async renew(signal) {
      readers.clear();
      await clone.renew(signal);
    },
    async push(push, signal) {
      const headNow = async () => (await heads(signal, true)).commits.get(push.branch);
      const outcome = await pushTo(push, signal, { ...options, headNow });
      // What was listed before a push is no longer true.
      listed = undefined;
      return outcome;
    },
  };
}

async function list({ remote, login, clone }: ConnectionOptions, signal: AbortSignal): Promise<Heads> {
  const { code, stdout, stderr } = await clone.runRemote(listCommand(remote.url), signal);
  if (code === 0) return parseHeads(stdout.toString());
  throw explainFailure(stderr, { attempt: 'list the branches of', remote, login });
}

async function fetch(branch: string, options: ConnectionOptions, signal: AbortSignal): Promise<string> {
  const { remote, login, clone } = options;
  const { code, stderr } = await observed('fetch', options, async () => {
    const result = await clone.runRemote(
      fetchCommand(remote.url, [branch], { depth: options.history }),
      signal,
    );
    return { result, ok: result.code === 0 };
  });
  if (code !== 0) throw explainFailure(stderr, { attempt: 'fetch from', remote, login });
  await clone.refresh(signal);
  const sha = clone.keptHead(branch);
  if (sha === undefined) throw new LynceusError('git-failed', `git fetched nothing of ${branch}`);
  return sha;
}

async function pushTo(
  { sha, branch, expected }: Push,
  signal: AbortSignal,
  options: ConnectionOptions & { readonly headNow: () => Promise<string | undefined> },
): Promise<PushOutcome> {
  const { remote, clone } = options;
  return observed('push', options, async () => {
    const pushed = await clone.runRemote(pushCommand(remote.url, sha, branch), signal).catch(asLynceusError);
    const result = await judgePush(pushed, { ...options, sha, branch, expected });
    return { result, ok: result.kind === 'pushed' };
  });
}

/** Tells the observer and the log how a fetch or push went and how long it took. */
async function observed<T>(
  kind: 'fetch' | 'push',
  { remote, clock, observer, log }: ConnectionOptions,
  work: () => Promise<{ readonly result: T; readonly ok: boolean }>,
): Promise<T> {
  const started = clock.now();
  let ok = false;
  try {
    const done = await work();
    ok = done.ok;
    return done.result;
  } finally {
    const seconds = (clock.now() - started) / 1000;
    observer.gitOperation({ remote: remote.host === '' ? remote.path : remote.host, kind, ok, seconds });
    log.debug('talked to a git remote', { remote: remote.label, kind, ok, seconds });
  }
}
