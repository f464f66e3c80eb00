import type { Author } from './fast-import.ts';
import type { BeyondCommit } from './parse-history.ts';

/** By whom our commits are known. */
export interface OwnAuthor extends Author {
  /** Authors of earlier times, whose commits are ours as well. */
  readonly former?: readonly Author[];
  /** Committers of commits that were made through the API of the host for us: its own addresses. */
  readonly hostCommitters?: readonly string[];
}

/** Gives those of these commits that are ours, as a signature or the host shows. */
export type VerifySignatures = (shas: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** How commits are known as ours. */
export interface CommitOwnership {
  readonly author: OwnAuthor;
  /** Absent where commits are not signed: then the committer alone tells. */
  readonly verify?: VerifySignatures | undefined;
  /** Which of the commits that the host committed were made for us, as the host says; absent where it commits none for us. */
  readonly madeByHost?: VerifySignatures | undefined;
}

interface Identified {
  readonly parents: readonly string[];
  readonly committer: Author;
}

/**
 * How a commit says that it is ours, by its committer; `undefined` when it does not, and for a merge, which we never make.
 * Whoever amends, rebases or cherry-picks a commit of ours becomes its committer. Of what was made through an API the author
 * is whoever the token belongs to, and the host is the committer.
 */
export function committerClaim(
  { parents, committer }: Identified,
  author: OwnAuthor,
): 'us' | 'host' | undefined {
  if (parents.length > 1) return undefined;
  if ([author, ...(author.former ?? [])].some((one) => isSame(one, committer))) return 'us';
  return author.hostCommitters?.includes(committer.email) === true ? 'host' : undefined;
}

/** The author of Argo CD Image Updater, unless it was configured. */
const PEER: Author = { name: 'argocd-image-updater', email: 'noreply@argoproj.io' };

/** Whether a commit says that it is of Argo CD Image Updater as it comes. */
export function isOfPeer({ parents, committer }: Identified): boolean {
  return parents.length < 2 && isSame(PEER, committer);
}

/** Which of these commits are ours: what the committer says, with a signature where commits are signed; its own the host knows. */
export async function proven<C extends Identified & { readonly sha: string }>(
  commits: readonly C[],
  { author, verify, madeByHost }: CommitOwnership,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const claims = commits.map((commit) => ({ sha: commit.sha, claim: committerClaim(commit, author) }));
  const shasOf = (wanted: 'us' | 'host') =>
    claims.filter(({ claim }) => claim === wanted).map(({ sha }) => sha);
  const [own, byHost] = [shasOf('us'), shasOf('host')];
  const signed = verify === undefined || own.length === 0 ? own : await verify(own, signal);
  const made = madeByHost === undefined || byHost.length === 0 ? [] : await madeByHost(byHost, signal);
  return new Set([...signed, ...made]);
}

/** Which of these commits are ours alone. One of an API without a record is what a person edited on the pages of the host. */
export async function ownOf(
  commits: readonly BeyondCommit[],
  ownership: CommitOwnership,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { author } = ownership;
  const claimed = commits.filter(({ parents, author: by, committer, isRecorded }) =>
    committerClaim({ parents, committer }, author) === 'host'
      ? isRecorded
      : committerClaim({ parents, committer: by }, author) === 'us',
  );
  return await proven(claimed, ownership, signal);
}

function isSame(a: Author, b: Author): boolean {
  return a.email.toLowerCase() === b.email.toLowerCase() && plain(a.name) === plain(b.name);
}

/** Without what git leaves out at the ends of a name (ident.c, `strbuf_addstr_without_crud`). */
function plain(name: string): string {
  return name.replaceAll(/^[\s.,:;<>"\\']+|[\s.,:;<>"\\']+$/g, '');
}
