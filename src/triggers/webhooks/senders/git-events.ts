import * as z from 'zod';
import { isBranchName } from '../../../core/git/branch-name.ts';
import { readGitRemote, type GitRemote } from '../../../core/git/remote.ts';
import type { WebhookReading, WebhookRequest } from '../sender.ts';
import { checkPayload, readJson, unreadablePayload } from './payload.ts';

/**
 * What is used of `push` as GitHub has it (docs.github.com, "Webhook events and payloads"), and Gitea and Forgejo too
 * (modules/structs/hook.go).
 */
const push = z.object({
  ref: z.string(),
  after: z.string().nullish(),
  repository: z.object({
    clone_url: z.string().nullish(),
    ssh_url: z.string().nullish(),
    html_url: z.string().nullish(),
  }),
});

/** Reads a push of GitHub, Gitea or Forgejo; `what` names it in messages. Throws `webhook-unreadable`. */
export function readPush(request: WebhookRequest, what: string): WebhookReading {
  const { ref, after, repository } = checkPayload(readJson(request), push, what);
  const { clone_url, ssh_url, html_url } = repository;
  return readPushedRefs([clone_url, ssh_url, html_url], [{ ref, commit: after }]);
}

/** One ref that was pushed. */
export interface PushedRef {
  /** `refs/heads/main`. */
  readonly ref: string;
  /** The commit that it names now; all zeros, or nothing, when it was deleted. */
  readonly commit: string | null | undefined;
}

/**
 * The branches that a push gave a commit, each once; tags, other refs and deleted branches are none. `urls` are the forms in which
 * the payload names its remote.
 */
export function readPushedRefs(
  urls: readonly (string | null | undefined)[],
  refs: readonly PushedRef[],
): WebhookReading {
  const branches = new Set(refs.flatMap((ref) => pushedBranch(ref) ?? []));
  if (branches.size === 0) return { kind: 'ignored', why: 'no branch has a new commit' };
  const remotes = remotesOf(urls);
  return { kind: 'events', events: [...branches].map((branch) => ({ kind: 'git', remotes, branch })) };
}

const LONGEST_URL = 4096;
const LONGEST_BRANCH = 1024;

/** Every URL that can be read, each repository once. Throws `webhook-unreadable` when there is none. */
function remotesOf(urls: readonly (string | null | undefined)[]): readonly GitRemote[] {
  const remotes = new Map<string, GitRemote>();
  for (const url of urls) {
    if ((url ?? '').length > LONGEST_URL) continue;
    const remote = readGitRemote(withoutLogin(url ?? ''));
    if ('why' in remote || remote.transport === 'local') continue;
    if (!remotes.has(remote.key)) remotes.set(remote.key, remote);
  }
  if (remotes.size === 0)
    throw unreadablePayload('a push that names the URL of its Git remote', 'none that can be read');
  return [...remotes.values()];
}

/** Azure DevOps writes `https://organization@dev.azure.com/…`; a password in it would be refused, and is nobody's business. */
function withoutLogin(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

function pushedBranch({ ref, commit }: PushedRef): string | undefined {
  if (/^0*$/.test(commit ?? '')) return undefined;
  const [, branch = ''] = /^refs\/heads\/(.+)$/s.exec(ref) ?? [];
  return branch.length <= LONGEST_BRANCH && isBranchName(branch) ? branch : undefined;
}
