import pLimit from 'p-limit';
import type { ApplicationId } from '../core/policy.ts';
import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { SyncRequester } from '../ports/sync-requester.ts';
import { applicationKey, applicationText } from '../core/identity/application.ts';

export interface RefreshOptions {
  /** `undefined` when Argo CD is not asked. */
  readonly requester: SyncRequester | undefined;
  readonly concurrency: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Asks Argo CD to refresh Applications whose commit has just been pushed. It would notice the commit later anyway, so a
 * failure is only logged.
 */
export async function requestRefresh(
  { images, dryRun }: Pick<CycleReport, 'images' | 'dryRun'>,
  { requester, concurrency, log, signal }: RefreshOptions,
): Promise<void> {
  if (requester === undefined || dryRun) return;
  const limit = pLimit(concurrency);
  const pushed = images.filter(({ outcome, commit }) => outcome === 'updated' && commit !== undefined);
  const applications = new Map(pushed.map(({ application }) => [applicationKey(application), application]));
  await Promise.all([...applications.values()].map((application) => limit(() => refresh(application))));

  async function refresh(application: ApplicationId): Promise<void> {
    try {
      await requester?.refresh(application, signal);
    } catch (thrown) {
      const fields = { application: applicationText(application), err: asLynceusError(thrown) };
      log.warn('Argo CD could not be asked to refresh', fields);
    }
  }
}
