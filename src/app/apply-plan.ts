import pLimit from 'p-limit';
import type { ChangeSet } from '../core/change.ts';
import { asLynceusError } from '../errors.ts';
import type { CommitResult, WriterSession } from '../ports/writer.ts';
import type { OnProgress } from './dependencies.ts';

/** Stage 9. Remotes are written side by side; one that fails does not hold up another. */
export async function applyPlan(
  changeSets: readonly ChangeSet[],
  session: WriterSession,
  {
    concurrency,
    onProgress,
    signal,
  }: { readonly concurrency: number; readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<readonly { readonly set: ChangeSet; readonly result: CommitResult }[]> {
  const limit = pLimit(concurrency);
  let done = 0;
  const results = await Promise.all(
    changeSets.map((set) =>
      limit(async () => {
        const written = await write(set);
        done += 1;
        onProgress({ stage: 'write', done, total: changeSets.length });
        return written.map((result) => ({ set, result }));
      }),
    ),
  );
  return results.flat();

  async function write(set: ChangeSet): Promise<readonly CommitResult[]> {
    try {
      return await session.apply(set, signal);
    } catch (thrown) {
      const error = asLynceusError(thrown);
      return set.commits.map((commit) => ({
        commit,
        ending: { kind: 'failed', error },
        refused: [],
        diff: '',
      }));
    }
  }
}
