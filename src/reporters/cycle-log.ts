import { applicationText } from '../core/identity/application.ts';
import { versionText } from '../core/presence.ts';
import type { Problem } from '../core/problem.ts';
import type { CycleReport, ImageOutcome, ImageResult } from '../core/report.ts';
import { ERROR_CODES } from '../errors.ts';
import type { Log, LogLevel } from '../ports/log.ts';
import type { Reporter } from '../ports/reporter.ts';
import { logRollbacks } from './rollback-log.ts';
import { createStandingProblems } from './standing-problems.ts';
import { createVerificationLog } from './verification-log.ts';
import { createWarnedImages } from './warned-images.ts';
import { summarize } from './summary.ts';

/** The message of each outcome. None suggests success where nothing was written. */
export const OUTCOME_MESSAGES: Readonly<Record<ImageOutcome, string>> = {
  updated: 'image updated',
  update: 'image would be updated',
  current: 'image is up to date',
  held: 'image is held',
  skipped: 'image skipped',
  failed: 'image failed',
};

/**
 * Logs a finished cycle: one line per image, problem and failure, then one line with the numbers. A warning that stays, and an
 * `ImageUpdater` that cannot be read, are logged once an hour.
 */
export function createCycleLog(log: Log): Reporter {
  const warned = createWarnedImages();
  const standing = createStandingProblems();
  const logVerifications = createVerificationLog();
  return {
    report(cycle) {
      const lines = log.with({ cycle: cycle.cycle });
      for (const image of cycle.images) logImage(lines, image);
      for (const image of cycle.images)
        for (const { code, message } of warned.due(image, cycle.startedAt))
          lines.warn('image has a warning', { ...namesOf(image), code, reason: message });
      for (const problem of standing.due(cycle.problems, cycle.startedAt)) logProblem(lines, problem);
      for (const { code, message } of cycle.failures) {
        lines[levelOf(code)]('a part of the cycle failed', { code, reason: message });
      }
      logVerifications(cycle, lines);
      logRollbacks(cycle, lines);
      logSummary(lines, cycle);
    },
  };
}

function logImage(log: Log, image: ImageResult): void {
  const level = image.outcome === 'failed' ? levelOf(image.code) : 'info';
  log[level](OUTCOME_MESSAGES[image.outcome], {
    ...namesOf(image),
    outcome: image.outcome,
    code: image.code,
    reason: image.reason,
    from: versionText(image.current),
    to: versionText(image.candidate),
    path: image.path,
    branch: image.branch,
    commit: image.commit,
    pull_request: image.pullRequest?.url,
  });
}

function logProblem(log: Log, { application, updater, alias, code, key, value, message }: Problem): void {
  log.warn('manifest has a problem', {
    ...(application.name === '' && updater !== undefined
      ? { updater: `${updater.namespace}/${updater.name}` }
      : { application: applicationText(application) }),
    alias: alias === '' ? undefined : alias,
    code,
    key,
    value,
    reason: message,
  });
}

function namesOf({ application, image, alias }: ImageResult) {
  return {
    application: applicationText(application),
    image_name: image,
    alias: alias === '' ? undefined : alias,
  };
}

/** A failure that may pass by itself is a warning, one that needs a person an error. */
function levelOf(code: string): Extract<LogLevel, 'warn' | 'error'> {
  const row = Object.entries(ERROR_CODES).find(([name]) => name === code)?.[1];
  return row?.retryable === true ? 'warn' : 'error';
}

function logSummary(log: Log, cycle: CycleReport): void {
  const numbers = summarize(cycle);
  const text = [
    `applications=${numbers.applications}`,
    `images_considered=${numbers.imagesConsidered}`,
    `images_skipped=${numbers.imagesSkipped}`,
    `images_updated=${numbers.imagesUpdated}`,
    `errors=${numbers.errors}`,
  ];
  log.info(`Processing results: ${text.join(' ')}`, {
    images_to_update: numbers.imagesToUpdate,
    images_held: numbers.imagesHeld,
    dry_run: cycle.dryRun,
    seconds: Math.round(cycle.seconds * 1_000) / 1_000,
    registry_requests: cycle.costs.registryRequests,
    git_fetches: cycle.costs.gitFetches,
    git_pushes: cycle.costs.gitPushes,
  });
}
