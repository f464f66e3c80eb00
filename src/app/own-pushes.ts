import { branchKey } from '../core/identity/branch.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { gitTargetOf, type GitPlace, type TrackedImage } from '../core/policy.ts';
import type { Heads } from '../core/git/heads.ts';
import type { CommitResult, Writer } from '../ports/writer.ts';
import type { CycleFilter } from './cycle-scope.ts';
import { withSession } from './with-session.ts';

/** The commits that this process pushed last, by `branchKey`. */
export type OwnHeads = Map<string, string>;

/** Names of branches may be made from versions, so that there are ever more. */
const MOST_HEADS = 10_000;

/** What was done for one change set, as far as it matters here. */
interface Pushed {
  readonly set: { readonly place: GitPlace };
  readonly result: Pick<CommitResult, 'ending'>;
}

export function rememberPushes(own: OwnHeads, commits: readonly Pushed[]): void {
  for (const [key, sha] of commits.flatMap(headOf)) {
    own.delete(key);
    own.set(key, sha);
    const [oldest] = own.keys();
    if (own.size > MOST_HEADS && oldest !== undefined) own.delete(oldest);
  }
}

/** The branch and its new head; nothing of a result that cannot be read, which is a failure of its own images. */
function headOf({ set, result }: Pushed): readonly (readonly [string, string])[] {
  try {
    const { ending } = result;
    return ending.kind === 'pushed' ? [[branchKey(set.place, ending.branch), ending.sha]] : [];
  } catch {
    return [];
  }
}

export interface OwnPushOptions {
  readonly only: CycleFilter | undefined;
  readonly own: OwnHeads;
  readonly writer: Writer;
  readonly signal: AbortSignal;
}

/**
 * The images without those that are to be evaluated only because of a push that was our own: its commit is still the head of
 * the branch, so that nobody has changed anything since. A remote that cannot be listed is left to the evaluation.
 */
export async function withoutOwnPushes(
  images: readonly TrackedImage[],
  { only, own, writer, signal }: OwnPushOptions,
): Promise<readonly TrackedImage[]> {
  if (only === undefined || own.size === 0) return images;
  const remotes = [...groupBy(images, (tracked) => placeOf(tracked)?.remote.key ?? '')];
  const kept = await withSession(writer, (session) =>
    Promise.all(
      remotes.map(async ([, group]) => {
        const pushed = new Set(group.flatMap((tracked) => only.onlyForBranches(tracked)));
        const place = group.map(placeOf).find((one) => one !== undefined);
        if (place === undefined || ![...pushed].some((branch) => isOurs(branch, place, own))) return group;
        const heads = await session.heads(place, signal).catch(() => undefined);
        const isNews = (branch: string | undefined) => !isHead(branch, place, { own, heads });
        const rest = group.filter((tracked) => {
          const branches = only.onlyForBranches(tracked);
          return branches.length === 0 || branches.some(isNews);
        });
        // Those that only share a push branch with others are evaluated together with them.
        return rest.some((tracked) => only.application(tracked.application) || only.image(tracked))
          ? rest
          : [];
      }),
    ),
  );
  signal.throwIfAborted();
  const all = new Set(kept.flat());
  return images.filter((tracked) => all.has(tracked));
}

function isOurs(branch: string | undefined, place: GitPlace, own: OwnHeads): boolean {
  return branch !== undefined && own.has(branchKey(place, branch));
}

function isHead(
  branch: string | undefined,
  place: GitPlace,
  { own, heads }: { readonly own: OwnHeads; readonly heads: Heads | undefined },
): boolean {
  if (branch === undefined || heads === undefined) return false;
  const head = heads.commits.get(branch);
  return head !== undefined && head === own.get(branchKey(place, branch));
}

function placeOf(tracked: TrackedImage): GitPlace | undefined {
  return gitTargetOf(tracked)?.place;
}
