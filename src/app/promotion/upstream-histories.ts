import { headOfBase } from '../../core/git/heads.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { joinKey } from '../../core/identity/key.ts';
import { indexHistory, type RecordedHistory } from '../../core/overrides/record-index.ts';
import type { GitPlace } from '../../core/policy.ts';
import type { HistoryRequest, WriterSession } from '../../ports/writer.ts';

/** The histories of branches that others are promoted from. */
export interface UpstreamHistories {
  /**
   * The history of a base branch, as `WriterSession.history` reads it. While the head of the branch stays, it is read once. Throws as
   * that does.
   */
  read(
    place: GitPlace,
    request: HistoryRequest,
    asked: { readonly session: HistoriesSession; readonly signal: AbortSignal },
  ): Promise<RecordedHistory>;
}

type HistoriesSession = Pick<WriterSession, 'heads' | 'history'>;

interface KeptBranch {
  readonly head: string;
  readonly history: RecordedHistory;
  /** Characters of it. */
  readonly size: number;
}

/** Characters of all histories together. */
const MOST_KEPT = 64 * 1024 * 1024;

/** Keeps what it read, of the branches that were asked for last. */
export function createUpstreamHistories(most = MOST_KEPT): UpstreamHistories {
  const kept = new Map<string, KeptBranch>();
  let size = 0;

  function remove(key: string): void {
    size -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  }

  function keep(key: string, branch: KeptBranch): void {
    remove(key);
    if (branch.size > most) return;
    kept.set(key, branch);
    size += branch.size;
    for (const oldest of kept.keys()) {
      if (size <= most) return;
      remove(oldest);
    }
  }

  return {
    async read(place, request, { session, signal }) {
      const head = headOfBase(await session.heads(place, signal), place.base)?.sha;
      const paths = [...new Set(request.paths)].toSorted();
      const key = joinKey(placeKey(place), request.reach, ...paths);
      const known = kept.get(key);
      if (known !== undefined && known.head === head) {
        keep(key, known);
        return known.history;
      }
      const commits = await session.history(place, { ...request, paths }, signal);
      const history = indexHistory(commits);
      // The branch may have moved on while it was read.
      if (head !== undefined && commits[0]?.sha === head) keep(key, { head, history, size: sizeOf(history) });
      return history;
    },
  };
}

function sizeOf({ commits }: RecordedHistory): number {
  return commits.reduce(
    (sum, { sha, author, message }) => sum + sha.length + author.length + message.length,
    0,
  );
}
