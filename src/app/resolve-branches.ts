import pLimit from 'p-limit';
import { findBase, type Heads } from '../core/git/heads.ts';
import type { GitRemote } from '../core/git/remote.ts';
import { connectionKey, transportKey } from '../core/identity/branch.ts';
import { joinKey } from '../core/identity/key.ts';
import type { Requester } from '../core/permissions/requester.ts';
import { groupBy } from '../core/plan/group-by.ts';
import {
  gitTargetOf,
  imagesInGit,
  type GitTarget,
  type ImageInGit,
  type TrackedImage,
} from '../core/policy.ts';
import { unifyLogins, type LoginSession } from './unify-logins.ts';
import { proposalBranch, withSharedFiles } from '../core/pull-requests/group.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { WriterSession } from '../ports/writer.ts';

/** Images whose branch was resolved to a name, and those for which that failed. */
export interface ResolvedBranches {
  readonly images: readonly TrackedImage[];
  readonly failed: ReadonlyMap<TrackedImage, LynceusError>;
}

export interface ResolveOptions {
  /** How many remotes are asked at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Images that are not evaluated now: they decide with the others which Applications write one file. */
  readonly waiting?: readonly TrackedImage[];
}

/**
 * Resolves remote and branch of every image in Git to one name each, before anything is grouped or compared: `HEAD` becomes
 * the default branch of the remote, and of several spellings of one remote all images take the same. Each repository is
 * listed once for each login, by the spelling that most images use; another spelling is tried only when that one fails.
 */
export async function resolveBranches(
  given: readonly TrackedImage[],
  session: Pick<WriterSession, 'heads'> & LoginSession,
  { concurrency, signal, waiting = [] }: ResolveOptions,
): Promise<ResolvedBranches> {
  // Nothing is asked for a remote of which no image is due.
  const remotes = new Set(imagesInGit(given).map(({ target }) => transportKey(target.place.remote)));
  const beside = imagesInGit(waiting).filter(({ target }) => remotes.has(transportKey(target.place.remote)));
  const near = beside.map(({ tracked }) => tracked);
  const all = await unifyLogins([...given, ...near], session, { concurrency, signal });
  const images = all.slice(0, given.length);
  const later = all.slice(given.length);
  const limit = pLimit(concurrency);
  const found = new Map<TrackedImage, TrackedImage | LynceusError>();
  const due = new Set(images);
  const groups = groupBy(imagesInGit(all), ({ target }) => connectionKey(target.place));
  await Promise.all(
    [...groups.values()].map((group) =>
      limit(async () => {
        // Nothing is asked for images that wait.
        if (!group.some(({ tracked }) => due.has(tracked))) return;
        for (const [tracked, result] of await resolveGroup(group, session, signal))
          found.set(tracked, result);
      }),
    ),
  );
  const failed = new Map<TrackedImage, LynceusError>();
  const resolved = images.flatMap((tracked) => {
    const result = found.get(tracked) ?? tracked;
    if (!(result instanceof Error)) return [result];
    failed.set(tracked, result);
    return [];
  });
  const others = later.flatMap((tracked) => {
    const result = found.get(tracked);
    return result === undefined || result instanceof Error ? [] : [result];
  });
  return { images: withSharedFiles(resolved, others).map(withPushBranch), failed };
}

/** A spelling of the remote that works, and the branches there. */
interface Listed {
  readonly remote: GitRemote;
  readonly heads: Heads;
}

/**
 * The members of one group share a key. On a server that minds the case of paths they may still be two repositories; Argo
 * CD takes them for one, and so do we as long as they have the same commit.
 */
async function resolveGroup(
  group: readonly ImageInGit[],
  session: Pick<WriterSession, 'heads'>,
  signal: AbortSignal,
): Promise<readonly (readonly [TrackedImage, TrackedImage | LynceusError])[]> {
  const known: Listed[] = [];
  const results: (readonly [TrackedImage, TrackedImage | LynceusError])[] = [];
  for (const members of mostUsed(group, ({ target }) => target.place.remote.path)) {
    const listed = await listHeads(members, session, signal);
    if (!(listed instanceof Error)) known.push(listed);
    for (const image of members) {
      results.push([image.tracked, listed instanceof Error ? listed : resolve(image, listed, known)]);
    }
  }
  return results;
}

/** `known`: the repositories of the key that were listed so far, the last of them is `listed`. */
function resolve(
  { tracked, target }: ImageInGit,
  listed: Listed,
  known: readonly Listed[],
): TrackedImage | LynceusError {
  const { place } = target;
  try {
    const { branch, sha } = findBase(listed.heads, place.base, listed.remote);
    const same = known.find(({ heads }) => heads.commits.get(branch) === sha) ?? listed;
    const remote = same === known[0] ? same.remote : apart(same.remote);
    const resolved: GitTarget = {
      ...target,
      place: { ...place, remote, base: branch, push: place.push === branch ? undefined : place.push },
    };
    const requester = atListed(tracked.requester, place.remote, { remote, heads: listed.heads });
    return { ...tracked, requester, destination: { ...tracked.destination, target: resolved } };
  } catch (thrown) {
    return asLynceusError(thrown);
  }
}

/** The default branch is known now, and of two repositories with one key which of them a source is. */
function atListed(requester: Requester, asked: GitRemote, { remote, heads }: Listed): Requester {
  const sources =
    remote.key === asked.key
      ? requester.sources
      : requester.sources.map((source) =>
          source.remote.key === asked.key && source.remote.path === asked.path
            ? { ...source, remote }
            : source,
        );
  return { ...requester, sources, defaultBranch: heads.default };
}

/** A pull request that names no branch has one of its own. */
function withPushBranch(tracked: TrackedImage): TrackedImage {
  const target = gitTargetOf(tracked);
  if (target?.place.pullRequest === undefined || target.place.push !== undefined) return tracked;
  const { base, pullRequest } = target.place;
  const place = { ...target.place, push: proposalBranch(base, pullRequest.group) };
  return { ...tracked, destination: { ...tracked.destination, target: { ...target, place } } };
}

/** Two repositories on a server that minds the case, which the key takes for one. */
function apart(remote: GitRemote): GitRemote {
  return { ...remote, key: joinKey(remote.key, remote.path) };
}

/** How many spellings of one remote are tried. */
const MOST_SPELLINGS = 4;

async function listHeads(
  members: readonly ImageInGit[],
  session: Pick<WriterSession, 'heads'>,
  signal: AbortSignal,
): Promise<Listed | LynceusError> {
  let failure: { readonly error: LynceusError; readonly host: string } | undefined;
  const spellings = mostUsed(members, ({ target }) => target.place.remote.url).slice(0, MOST_SPELLINGS);
  for (const [first] of spellings) {
    if (first === undefined) continue;
    const { place } = first.target;
    const { remote } = place;
    // A host that cannot be reached is not asked again for each spelling.
    if (failure?.error.retryable === true && failure.host === remote.host) continue;
    try {
      return { remote, heads: await session.heads(place, signal) };
    } catch (thrown) {
      signal.throwIfAborted();
      failure ??= { error: asLynceusError(thrown), host: remote.host };
    }
  }
  return failure?.error ?? asLynceusError(new Error('a group of images has no remote'));
}

/** Groups by a text: the largest first, of two equal ones that with `.git` at its end, then by the text. */
function mostUsed<T>(items: readonly T[], textOf: (item: T) => string): readonly (readonly T[])[] {
  const rank = (text: string): string => `${text.endsWith('.git') ? 0 : 1} ${text}`;
  return [...groupBy(items, textOf)]
    .toSorted(([a, as], [b, bs]) => bs.length - as.length || (rank(a) < rank(b) ? -1 : 1))
    .map(([, group]) => group);
}
