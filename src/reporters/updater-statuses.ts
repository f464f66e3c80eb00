import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import type { CycleReport, UpdaterResult } from '../core/report.ts';
import { isWorthWriting } from '../core/updater-status/is-worth-writing.ts';
import { nextStatus } from '../core/updater-status/next-status.ts';
import type { UpdaterStatus } from '../core/updater-status/status.ts';
import { happeningsOf } from '../core/updater-status/updater-happenings.ts';
import { asLynceusError } from '../errors.ts';
import { IMAGE_UPDATER_STATUS, type KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import { deliverAll } from './deliver-all.ts';
import { createFailureLog } from './failure-log.ts';
import { inTurns } from './in-turns.ts';

export interface UpdaterStatusesOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
}

/** A status to be written. */
interface Writing {
  readonly updater: UpdaterResult;
  readonly status: UpdaterStatus;
}

/**
 * Writes what became of the images of each `ImageUpdater` into its status (docs/image-updaters.md), when something has changed.
 * Failures are logged, not thrown.
 */
export function createUpdaterStatuses({ kube, clock, log }: UpdaterStatusesOptions): Reporter {
  const failures = createFailureLog(log, 'cannot write the status of ImageUpdaters');
  /** What an API server does not keep, because the definition of the resource is an older one, is remembered here. */
  const written = new Map<string, UpdaterStatus>();

  function previousOf(updater: UpdaterResult): UpdaterStatus {
    const { status = {} } = updater;
    const ours = written.get(instanceKey(updater));
    if (ours === undefined) return status;
    // The watch may be behind, also within a second.
    if ((status.lastCheckedAt ?? '') <= (ours.lastCheckedAt ?? '')) return ours;
    return {
      ...status,
      imagesNotUpdated: status.imagesNotUpdated ?? ours.imagesNotUpdated,
      imagesNotUpdatedTotal: status.imagesNotUpdatedTotal ?? ours.imagesNotUpdatedTotal,
    };
  }

  function writingsOf(cycle: CycleReport, now: number): readonly Writing[] {
    return happeningsOf(cycle).flatMap(({ updater, happening }): readonly Writing[] => {
      const previous = previousOf(updater);
      const status = nextStatus(previous, happening, now);
      return isWorthWriting(previous, status, now) ? [{ updater, status }] : [];
    });
  }

  async function write({ updater, status }: Writing, signal: AbortSignal): Promise<void> {
    const { namespace, name } = updater;
    const patch = { kind: 'merge', body: { status: { ...status, ...absentIn(status) } } } as const;
    try {
      await kube.patch(IMAGE_UPDATER_STATUS, { namespace, name, patch }, signal);
      written.set(instanceKey(updater), status);
    } catch (thrown) {
      // It was deleted meanwhile.
      if (asLynceusError(thrown).code !== 'kube-not-found') throw thrown;
    }
  }

  return {
    async report(cycle) {
      if (cycle.dryRun) return;
      forgetOthers(written, cycle);
      const namespaceOf = ({ updater }: Writing): string => updater.namespace;
      const writings = inTurns(writingsOf(cycle, clock.now()), namespaceOf);
      await deliverAll(writings, { clock, failures, namespaceOf, deliver: write });
    },
  };
}

/** `null` takes a field away. */
function absentIn({ imagesNotUpdatedTotal }: UpdaterStatus) {
  return imagesNotUpdatedTotal === 0 ? { imagesNotUpdated: null, imagesNotUpdatedTotal: null } : {};
}

/** One that was deleted and made again under its name is another one. */
function instanceKey(updater: UpdaterResult): string {
  return updater.uid ?? imageUpdaterKey(updater);
}

/** While they cannot be read they are not gone. */
function forgetOthers(written: Map<string, UpdaterStatus>, { updaters = [], failures }: CycleReport): void {
  if (failures.some(({ code }) => code === 'updaters-unreadable' || code === 'applications-unreadable'))
    return;
  const present = new Set(updaters.map(instanceKey));
  for (const key of written.keys()) if (!present.has(key)) written.delete(key);
}
