import type { TrackedImage } from '../../core/policy.ts';
import type { VerificationsOfCycle } from '../../core/verification/verification-report.ts';
import { asLynceusError } from '../../errors.ts';
import { createGitTurns } from '../git-turns.ts';
import { NO_LIMITS } from '../cycle-limits.ts';
import type { ReadApplications } from '../read-applications.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import type { WatchServices } from './watch-services.ts';
import { withSession } from '../with-session.ts';
import type { RollBackWrites } from './watch-services.ts';
import { observeByCommit, observeByStatus } from './observe-write.ts';

/** Reads the kept results where an image is to be verified: else nothing is asked. */
export async function loadResults(
  writes: WatchServices | undefined,
  known: readonly TrackedImage[],
  { signal }: Pick<CycleRun, 'signal'>,
): Promise<void> {
  const isKept = known.some(({ policy }) => policy.verify !== undefined || policy.promotion !== undefined);
  if (isKept) await writes?.results.load(signal);
}

interface KnownNow {
  /** Every image of this process. */
  readonly known: readonly TrackedImage[];
  readonly read: Pick<ReadApplications, 'applications' | 'failures'>;
  /** The cycle is for all Applications, and all of them could be read. */
  readonly isWhole: boolean;
  /** Takes back what failed; `undefined`: it is held instead. */
  readonly rollBack: RollBackWrites | undefined;
}

/** Watches what was written, by this cycle or before. A defect stops nothing else; only an abort throws. */
export async function verifyWrites(
  { writes, git }: { readonly writes: WatchServices | undefined; readonly git: CycleServices['git'] },
  { known, read, isWhole, rollBack }: KnownNow,
  run: CycleRun,
): Promise<VerificationsOfCycle | undefined> {
  if (writes === undefined) return undefined;
  // What Argo CD says may be old.
  if (read.failures.length > 0) return undefined;
  const { verifier, results, hasStatus } = writes;
  try {
    if (isWhole) results.retain(read.applications);
    if (verifier.dueAt() === undefined) {
      await results.flush(run.signal);
      return undefined;
    }
    const { limits = NO_LIMITS, concurrency } = run;
    const turns = createGitTurns({ concurrency, limits, paces: new Map() });
    return await withSession(git.writer, (session) => {
      const bounded = turns.session(session, { namespace: '', name: 'verification' });
      return verifier.verify({
        ...run,
        known,
        observe: hasStatus
          ? observeByStatus(bounded, { concurrency, createMissing: git.createMissing, limits: git.limits })
          : observeByCommit,
        ...(rollBack === undefined ? {} : { rollBack }),
      });
    });
  } catch (thrown) {
    run.signal.throwIfAborted();
    run.log.error('what was written could not be verified in this cycle', { err: asLynceusError(thrown) });
    return undefined;
  }
}
