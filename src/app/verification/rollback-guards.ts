import { applicationKey } from '../../core/identity/application.ts';
import { joinKey } from '../../core/identity/key.ts';
import { formatName } from '../../core/image/reference.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import type { AppProjects } from '../../core/permissions/app-project.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { describeRollbackHold } from '../../core/reasons/describe-rollback-hold.ts';
import { isFailedImage, type FailedWrite } from '../../core/verification/failed-write.ts';
import type { HeldRollback, RollbackJudgement } from '../../core/verification/judge-rollbacks.ts';
import type { WatchedWrite } from '../../core/verification/watched-write.ts';
import type { WriteResult } from '../../core/verification/write-result.ts';
import { judgeWindows } from '../../core/windows/judge-windows.ts';
import { windowGroupsOf } from '../../core/windows/window-groups.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { ReadPolicies } from '../read-policies.ts';
import type { CycleRun } from '../services.ts';
import type { RollbackServices } from './rollback-services.ts';

interface CompanionOptions {
  readonly watched: readonly WatchedWrite[];
  readonly results: readonly WriteResult[];
  readonly known: readonly TrackedImage[];
}

/**
 * What else the commits that failed wrote, for Applications that ask for rollbacks: also what was verified, for it was written as one
 * with what failed.
 */
export function companionsIn(
  failed: readonly FailedWrite[],
  { watched, results, known }: CompanionOptions,
): readonly FailedWrite[] {
  const asking = known.filter(({ policy }) => policy.verify?.onFailure === 'rollback');
  const owners = new Set(asking.map(({ application }) => applicationKey(application)));
  const verified = results.filter(
    ({ ending, rollback }) => ending?.outcome === 'verified' && rollback === undefined,
  );
  const written = [
    ...watched.filter(({ kind }) => kind === 'update').flatMap(imagesOf),
    ...verified.map(({ application, commit, writtenAt, alias, image, version }) => ({
      application,
      commit,
      writtenAt,
      image: { alias, image, version },
    })),
  ];
  const failedKeys = new Set(failed.map(writeKey));
  const groups = groupBy(
    written.filter((one) => !failedKeys.has(writeKey(one)) && owners.has(applicationKey(one.application))),
    writeKey,
  );
  return [...groups.values()].flatMap((group): readonly FailedWrite[] => {
    const [first] = group;
    const reason = failed.find(({ commit }) => commit === first?.commit);
    if (first === undefined || reason === undefined) return [];
    const { application, writtenAt } = first;
    const images = group.map(({ image }) => image);
    return [{ ...reason, application, images, companion: { writtenAt } }];
  });
}

function imagesOf({ application, commit, writtenAt, images }: WatchedWrite) {
  return images.map(({ tracked: { alias, image }, to }) => ({
    application,
    commit,
    writtenAt,
    image: { alias, image: formatName(image), version: to },
  }));
}

function writeKey({ application, commit }: Pick<FailedWrite, 'application' | 'commit'>): string {
  return joinKey(applicationKey(application), commit);
}

/** Whether a person paused one of the images of an Application. */
export function pausedAmong(
  images: readonly TrackedImage[],
): (application: FailedWrite['application']) => boolean {
  // That it is not known is asked again, and said by the pause of rollbacks.
  const paused = images.filter(({ policy: { paused: by } }) => by !== undefined && by.by !== 'unknown');
  const keys = new Set(paused.map(({ application }) => applicationKey(application)));
  return (application) => keys.has(applicationKey(application));
}

/** What waits for the update windows of one of its images. */
export function closedAmong(
  failed: readonly FailedWrite[],
  now: number,
  { policies, projects }: { readonly policies: Pick<ReadPolicies, 'known'>; readonly projects: AppProjects },
): readonly HeldRollback[] {
  return failed.flatMap((one): readonly HeldRollback[] => {
    for (const tracked of policies.known) {
      if (!isFailedImage(one, tracked)) continue;
      const groups = windowGroupsOf(tracked, projects);
      const judged =
        groups instanceof Error
          ? ({ kind: 'closed', opensAt: undefined } as const)
          : judgeWindows(groups, now);
      if (judged.kind === 'open') continue;
      const facts = judged.opensAt === undefined ? {} : { opensAt: judged.opensAt };
      return [{ failed: one, hold: { code: 'outside-window', facts } }];
    }
    return [];
  });
}

/** Whether a person, or the limits, paused rollbacks; the error where that is not known. */
export async function pausedNow(
  { pauses }: RollbackServices,
  signal: AbortSignal,
): Promise<boolean | LynceusError> {
  try {
    const { everything, rollbacks } = await pauses.read(signal);
    return everything !== undefined || rollbacks !== undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return asLynceusError(thrown);
  }
}

/** Beyond the limits rollbacks pause themselves. That it cannot be kept is no reason to go on. */
export async function pauseWhere(
  { pauseFor }: RollbackJudgement,
  { pauses }: RollbackServices,
  {
    now,
    dryRun,
    log,
    signal,
  }: Pick<CycleRun, 'log' | 'signal'> & { readonly dryRun: boolean; readonly now: number },
): Promise<void> {
  if (pauseFor === undefined || dryRun) return;
  const reason = describeRollbackHold(pauseFor);
  log.error('rollbacks are paused', { reason });
  try {
    await pauses.pause('rollbacks', { by: '', reason, since: now }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    log.error('that rollbacks are paused could not be kept', { err: asLynceusError(thrown) });
  }
}
