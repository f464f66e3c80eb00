import pLimit from 'p-limit';
import type { ApplicationChangeSet, ChangeSet } from '../core/change.ts';
import type { Plan } from '../core/plan/plan.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { ApplicationWriter, ApplicationWriteResult } from '../ports/application-writer.ts';
import type { CommitResult, WriterSession } from '../ports/writer.ts';
import type { OnProgress } from './services.ts';

export interface Written {
  readonly commits: readonly { readonly set: ChangeSet; readonly result: CommitResult }[];
  readonly applications: readonly ApplicationWriteResult[];
}

export interface ApplyOptions {
  /** `undefined` when no Application can be written. */
  readonly applicationWriter: ApplicationWriter | undefined;
  readonly concurrency: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Writes the plan. Remotes and Applications are written side by side; one that fails does not delay another. */
export async function applyPlan(
  plan: Pick<Plan, 'changeSets' | 'applications'>,
  session: WriterSession,
  { applicationWriter, concurrency, onProgress, signal }: ApplyOptions,
): Promise<Written> {
  const limit = pLimit(concurrency);
  const total = plan.changeSets.length + plan.applications.length;
  let done = 0;
  const counted = <T>(work: () => Promise<T>): Promise<T> =>
    limit(async () => {
      const result = await work();
      done += 1;
      onProgress({ stage: 'write', done, total });
      return result;
    });
  const [commits, applications] = await Promise.all([
    Promise.all(plan.changeSets.map((set) => counted(() => commit(set, session, signal)))),
    Promise.all(plan.applications.map((set) => counted(() => patch(set, applicationWriter, signal)))),
  ]);
  return { commits: commits.flat(), applications };
}

async function commit(
  set: ChangeSet,
  session: WriterSession,
  signal: AbortSignal,
): Promise<Written['commits']> {
  try {
    return (await session.apply(set, signal)).map((result) => ({ set, result }));
  } catch (thrown) {
    const ending = { kind: 'failed', error: asLynceusError(thrown) } as const;
    return set.commits.map((one) => ({ set, result: { commit: one, ending, refused: [], diff: '' } }));
  }
}

async function patch(
  set: ApplicationChangeSet,
  writer: ApplicationWriter | undefined,
  signal: AbortSignal,
): Promise<ApplicationWriteResult> {
  try {
    if (writer !== undefined) return await writer.apply(set, signal);
    throw new LynceusError('write-method-unsupported', 'there is no cluster to write the Application in');
  } catch (thrown) {
    const ending = { kind: 'failed', error: asLynceusError(thrown) } as const;
    return { set, ending, refused: [], warnings: [], diff: '' };
  }
}
