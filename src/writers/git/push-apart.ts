import type { PlannedCommit } from '../../core/change.ts';
import { LynceusError } from '../../errors.ts';
import type { CommitResult } from '../../ports/writer.ts';
import { createPushResults, type PushedTogether, type PushResults } from './push-results.ts';

export interface PushApartOptions {
  /** Pushes these; `accepted` are in the branch by an earlier push of the same change set. */
  readonly push: (
    commits: readonly PlannedCommit[],
    accepted: readonly PlannedCommit[],
  ) => Promise<PushedTogether>;
  readonly refusals: {
    find(commit: PlannedCommit): LynceusError | undefined;
    remember(commit: PlannedCommit, error: LynceusError): void;
    forget(commit: PlannedCommit): void;
  };
}

export interface PushedApart {
  readonly results: readonly CommitResult[];
  /** `undefined` when nothing was refused that was not refused before. */
  readonly counts: PushCounts | undefined;
}

interface PushCounts {
  readonly commits: number;
  readonly pushes: number;
  /** Commits that were refused alone. */
  readonly refused: number;
  /** Commits that were refused with others, and never alone. */
  readonly left: number;
}

/** Pushes of one change set in one cycle, beyond which the rest is left to the next one. */
const MOST_PUSHES = 32;

/**
 * Pushes the commits together. When the remote refuses that, they are pushed by halves, halves of halves and so on, so that
 * only what is refused alone has failed. It ends after 32 pushes, or when it seems that the remote takes none of them: when
 * it refused as many pushes as are needed to come down to one commit, and three more.
 *
 * What was refused lately is pushed by itself after the others, all of it in one push.
 */
export async function pushApart(
  commits: readonly PlannedCommit[],
  { push, refusals }: PushApartOptions,
): Promise<PushedApart> {
  const wanted = commits.flatMap((commit) => split(commit, refusals));
  const known = wanted.filter((commit) => refusals.find(commit) !== undefined);
  const others = wanted.filter((commit) => !known.includes(commit));
  const search = createSearch(push);
  const searched = others.length > 0 && (await search.push(others)) === 'refused';
  const counts = searched ? await settleRefused(others, { search, refusals }) : undefined;
  if (known.length > 0) await pushKnown(known, { search, refusals });
  return { results: wanted.flatMap((commit) => search.resultsOf(commit)), counts };
}

/** A commit of several Applications becomes one for each of them when one of them was refused lately. */
function split(commit: PlannedCommit, refusals: PushApartOptions['refusals']): readonly PlannedCommit[] {
  const { parts = [] } = commit;
  return parts.some((part) => refusals.find(part) !== undefined) ? parts : [commit];
}

interface SearchOptions extends Pick<PushApartOptions, 'refusals'> {
  readonly search: Search;
}

async function settleRefused(
  commits: readonly PlannedCommit[],
  { search, refusals }: SearchOptions,
): Promise<PushCounts> {
  await halve(commits, search);
  const open = search.refused();
  const left = open.filter(({ commit }) => !search.wasAlone(commit));
  for (const { commit, error } of open) {
    // When nothing at all is taken, the next cycle need not find that out again.
    if (search.wasAlone(commit) || search.accepted().length === 0) refusals.remember(commit, error);
  }
  const pushes = search.pushes();
  for (const { commit, error } of left) search.fail(commit, notFound(error, pushes));
  return { commits: commits.length, pushes, refused: open.length - left.length, left: left.length };
}

/** Finds the commits that the remote does not take, of some that it does not take together. */
async function halve(commits: readonly PlannedCommit[], search: Search): Promise<void> {
  const open = search.openOf(commits);
  const [only] = open;
  if (only === undefined || (open.length === 1 && only.parts === undefined)) return;
  const all = open.length === 1 ? search.spread(only) : open;
  const left = all.slice(0, Math.ceil(all.length / 2));
  const right = all.slice(left.length);
  const ending = await search.push(left);
  if (ending === 'refused') await halve(left, search);
  // What is refused must be in the other half then, so that it is not pushed as a whole.
  if (ending === 'done' && right.length > 1) await halve(right, search);
  else if ((await search.push(right)) === 'refused') await halve(right, search);
}

async function pushKnown(
  commits: readonly PlannedCommit[],
  { search, refusals }: SearchOptions,
): Promise<void> {
  const ending = await search.push(commits, { anyway: true });
  if (ending === 'done') for (const commit of commits) refusals.forget(commit);
  if (ending !== 'refused' || commits.length === 1) return;
  for (const commit of search.openOf(commits)) {
    const error = refusals.find(commit);
    if (error !== undefined) search.fail(commit, error);
  }
}

/** The pushes so far, and what became of each commit by them. */
interface Search extends PushResults {
  /** `stopped`: it was not pushed, because there were too many pushes already or the connection is broken. */
  push(
    commits: readonly PlannedCommit[],
    options?: { readonly anyway: boolean },
  ): Promise<PushedTogether['kind'] | 'stopped'>;
  wasAlone(commit: PlannedCommit): boolean;
  pushes(): number;
}

function createSearch(pushTogether: PushApartOptions['push']): Search {
  const results = createPushResults();
  const alone = new Set<PlannedCommit>();
  let pushes = 0;
  let refusals = 0;
  let mostRefusals = Infinity;
  let broken = false;

  function note({ kind }: PushedTogether, commits: readonly PlannedCommit[]): void {
    broken = kind === 'broken';
    if (results.accepted().length > 0) mostRefusals = Infinity;
    if (kind !== 'refused') return;
    refusals += 1;
    if (pushes === 1) mostRefusals = Math.ceil(Math.log2(countOf(commits))) + 3;
    const [only, ...more] = results.openOf(commits);
    if (only !== undefined && more.length === 0) alone.add(only);
  }

  return {
    ...results,
    async push(commits, { anyway } = { anyway: false }) {
      if (broken) results.failRest(commits);
      if (broken || (!anyway && (pushes >= MOST_PUSHES || refusals >= mostRefusals))) return 'stopped';
      const pushed = await pushTogether(commits, results.accepted());
      pushes += 1;
      results.keep(pushed);
      note(pushed, commits);
      return pushed.kind;
    },
    wasAlone: (commit) => alone.has(commit),
    pushes: () => pushes,
  };
}

function countOf(commits: readonly PlannedCommit[]): number {
  return commits.reduce((sum, { parts }) => sum + (parts?.length ?? 1), 0);
}

function notFound(error: LynceusError, pushes: number): LynceusError {
  const message = `${error.message}; this was said to several commits together, and ${pushes} pushes did not show to which`;
  return new LynceusError(error.code, message, {
    cause: error,
    hint: 'the next cycle goes on; the rules of the remote say which paths may be pushed',
  });
}
