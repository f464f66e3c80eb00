import { cutText } from '../core/cut-text.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { CycleReport, RollbackResult } from '../core/report.ts';
import type { EventNotice } from './event-notices.ts';

/** Longest message of an event, in bytes (Kubernetes API, `note` of events.k8s.io/v1). */
const LONGEST_MESSAGE = 1_024;

/** One event on the Application for each write that was taken back. Why one is not is in the event of its verification. */
export function rollbackNotices({ rollbacks = [], uids }: CycleReport): readonly EventNotice[] {
  return rollbacks
    .filter(({ application, outcome }) => application.namespace !== '' && outcome !== 'held')
    .map((result) => ({
      application: result.application,
      uid: uids?.get(applicationKey(result.application)),
      type: 'Warning',
      reason: result.outcome === 'failed' ? 'RollbackFailed' : 'RolledBack',
      message: cutText(messageOfRollback(result), LONGEST_MESSAGE),
      annotations: {},
    }));
}

function messageOfRollback({ outcome, reason, pullRequest, branch }: RollbackResult): string {
  if (outcome === 'failed') return `what failed could not be taken back: ${reason}`;
  const where = pullRequest?.url ?? (branch === undefined ? '' : `the branch ${branch}`);
  return outcome === 'proposed' ? `${reason}, as proposed by ${where}` : reason;
}
