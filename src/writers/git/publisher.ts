import { asLynceusError } from '../../errors.ts';
import type { CommitApi } from './api/commit-apis.ts';
import type { Publication, Published } from './api/publish.ts';
import { pushCommand, remoteConfig, type PushRequest } from './commands.ts';
import type { FetcherOptions } from './fetcher.ts';
import type { MakeCommits } from './make-commits.ts';
import { observed } from './observed.ts';
import { treeOf } from './own-branch.ts';
import { judgePush, type PushOutcome } from './push-outcome.ts';

export interface Push extends Publication {
  /** The commits take the place of the head of the branch, and need not continue it. */
  readonly replaces?: boolean;
}

/** A branch that is taken away while its head is just this. */
export interface Removal {
  readonly branch: string;
  readonly expected: string;
}

/** Asks the remote for the head of a branch. */
export type HeadNow = (branch: string, signal: AbortSignal) => Promise<string | undefined>;

/** Brings commits that were made in the clone to the remote: with git, or anew through the API of its host. */
export interface Publisher {
  /** Commits are made anew by the host, which keeps regular files only. */
  readonly byApi: boolean;
  /** For the commits in the clone; none where the host signs. */
  readonly openSigner: MakeCommits['openSigner'];
  publish(push: Push, headNow: HeadNow, signal: AbortSignal): Promise<Published>;
  /** Always with git: there is no commit in it. */
  remove(removal: Removal, headNow: HeadNow, signal: AbortSignal): Promise<PushOutcome>;
}

export interface PublisherOptions extends FetcherOptions {
  readonly openSigner: MakeCommits['openSigner'];
  /** Size of the largest file that is read, in bytes; the default unless given. */
  readonly largestFile?: number | undefined;
  /** Instead of a push by git, and of signatures. */
  readonly api?: CommitApi | undefined;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { api, openSigner } = options;
  const remove: Publisher['remove'] = ({ branch, expected }, headNow, signal) =>
    push({ sha: '', branch, expected, replaces: expected }, signal, { ...options, headNow });
  return { ...(api === undefined ? byGit(openSigner, options) : byApi(api, options)), remove };
}

function byApi(api: CommitApi, options: FetcherOptions): Omit<Publisher, 'remove'> {
  return {
    byApi: true,
    openSigner: () => Promise.resolve(undefined),
    publish: (publication, headNow, signal) =>
      observed('push', options, async () => {
        const result = await api.publish(publication, {
          treeOf: (sha) => treeOf(sha, options.clone.runLocal, signal),
          headNow: (branch) => headNow(branch, signal),
          signal,
        });
        return { result, ok: result.outcome.kind === 'pushed' };
      }),
  };
}

function byGit(openSigner: MakeCommits['openSigner'], options: FetcherOptions): Omit<Publisher, 'remove'> {
  return {
    byApi: false,
    openSigner,
    async publish({ shas, branch, expected, replaces = false }, headNow, signal) {
      // A new branch takes the place of none: one that somebody made meanwhile is theirs.
      const lease = replaces || expected === undefined ? { replaces: expected ?? '' } : {};
      const request = { sha: shas.at(-1) ?? '', branch, expected, ...lease };
      const outcome = await push(request, signal, { ...options, headNow });
      return { outcome, shas: outcome.kind === 'pushed' ? shas : [] };
    },
  };
}

interface GuardedPush extends PushRequest {
  readonly expected: string | undefined;
}

async function push(
  { expected, ...request }: GuardedPush,
  signal: AbortSignal,
  options: FetcherOptions & { readonly headNow: HeadNow },
): Promise<PushOutcome> {
  const { remote, clone } = options;
  // A push that shares no commit with the branches of the remote has to send files that are not here.
  const config = remoteConfig({ url: remote.url, withoutFiles: !clone.isWhole() });
  const command = { ...pushCommand(remote.url, request), config };
  return observed('push', options, async () => {
    const pushed = await clone.runRemote(command, signal).catch(asLynceusError);
    const headNow = () => options.headNow(request.branch, signal);
    const result = await judgePush(pushed, { ...options, ...request, expected, headNow });
    return { result, ok: result.kind === 'pushed' };
  });
}
