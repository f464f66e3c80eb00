import { backoff } from '../../async/backoff.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { ApplicationChangeSet } from '../../core/change.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import { APPLICATIONS, type KubeClient } from '../../kube/kube-client.ts';
import type { ApplicationWriter, ApplicationWriteResult } from '../../ports/application-writer.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { explained, notKept, tooBusy } from './explain.ts';
import {
  editOf,
  placeInCluster,
  readLiveApplication,
  versionOf,
  type ApplicationReading,
} from './read-application.ts';
import { applicationResult, failedResult } from './results.ts';

/** Before a refused patch is made anew. */
const retryDelay = backoff(50, 2_000);

export interface ApplicationWriterOptions {
  readonly kube: Pick<KubeClient, 'get' | 'patch' | 'namespace'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How many patches are sent for one change set at most; the second only after somebody else was faster. */
  readonly attempts: number;
}

/**
 * Writes to Applications with JSON patches that hold nothing but the entries of the planned images. Each names the
 * version of the Application that it was made from, so that the API server refuses it (409) when anything at all has
 * changed since; then it is made anew from the Application as it is by then.
 */
export function createApplicationWriter(options: ApplicationWriterOptions): ApplicationWriter {
  return {
    async apply(set, signal) {
      try {
        return await write(set, options, signal);
      } catch (thrown) {
        return failedResult(set, explained(asLynceusError(thrown), set));
      }
    },
  };
}

/** A patch that the API server did not confirm. */
interface Sent {
  readonly reading: ApplicationReading;
  readonly error: LynceusError;
}

async function write(
  set: ApplicationChangeSet,
  { kube, clock, log, attempts }: ApplicationWriterOptions,
  signal: AbortSignal,
): Promise<ApplicationWriteResult> {
  let sent: Sent | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const reading = await readLiveApplication(set, kube, signal);
    if (reading.edit.patch.length === 0)
      return applicationResult(set, arrived(sent, reading) ?? reading, 'written');
    if (sent !== undefined && isFinal(sent, reading)) throw sent.error;
    if (attempt > attempts) throw sent === undefined ? tooBusy(set, attempts) : lastWord(sent, set, attempts);
    const outcome = await send(set, reading, { kube, signal });
    if ('result' in outcome) return outcome.result;
    sent = outcome.sent;
    log.info('patch refused, making it anew from the Application as it is now', {
      application: applicationText(placeInCluster(set.application, kube)),
      reason: sent.error.message,
    });
    await clock.sleep(retryDelay(attempt, clock.random()), signal);
  }
}

async function send(
  set: ApplicationChangeSet,
  reading: ApplicationReading,
  { kube, signal }: { readonly kube: ApplicationWriterOptions['kube']; readonly signal: AbortSignal },
): Promise<{ readonly result: ApplicationWriteResult } | { readonly sent: Sent }> {
  // Set to what it is already, the version changes nothing; a stale one is a conflict, as in an update.
  const guard = {
    op: 'replace',
    path: '/metadata/resourceVersion',
    value: versionOf(reading.application, set),
  };
  const patch = { kind: 'json', body: [...reading.edit.patch, guard] } as const;
  try {
    const now = await kube.patch(APPLICATIONS, { ...placeInCluster(set.application, kube), patch }, signal);
    if (!isKept(set, reading, now)) return { result: failedResult(set, notKept(set)) };
    return { result: applicationResult(set, reading, 'written') };
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (FINAL.has(error.code)) throw error;
    return { sent: { reading, error } };
  }
}

const FINAL: ReadonlySet<string> = new Set(['kube-denied', 'kube-not-found', 'aborted', 'internal']);

/** Whether the answer of the API server holds what was sent: a schema that lacks a field drops it silently. */
function isKept(set: ApplicationChangeSet, { edit }: ApplicationReading, now: unknown): boolean {
  const refused = new Set(edit.refused.map(({ change }) => change));
  const changes = set.changes.filter((change) => !refused.has(change));
  return editOf({ ...set, changes }, now).already === changes.length;
}

/** An answer may get lost on its way although the patch was carried out; then that patch is what was written. */
function arrived(sent: Sent | undefined, { edit }: ApplicationReading): ApplicationReading | undefined {
  if (sent === undefined || sent.error.code === 'kube-conflict' || !sent.error.retryable) return undefined;
  const { refused } = sent.reading.edit;
  return edit.refused.length <= refused.length ? sent.reading : undefined;
}

/** Refused although nobody else changed the Application: the next attempt would be, too. */
function isFinal({ reading, error }: Sent, now: ApplicationReading): boolean {
  const moved = reading.application.metadata?.resourceVersion !== now.application.metadata?.resourceVersion;
  return !moved && !error.retryable;
}

function lastWord({ error }: Sent, set: ApplicationChangeSet, attempts: number): LynceusError {
  return error.code === 'kube-conflict' ? tooBusy(set, attempts) : error;
}
