import { applicationKey } from '../core/identity/application.ts';
import { cutText } from '../core/cut-text.ts';
import { describeEnding } from '../core/reasons/describe-ending.ts';
import type { CycleReport } from '../core/report.ts';
import type { VerificationEnding } from '../core/verification/write-result.ts';
import type { EventReason, EventNotice } from './event-notices.ts';

/** Longest message of an event, in bytes (Kubernetes API, `note` of events.k8s.io/v1). */
const LONGEST_MESSAGE = 1_024;

const KINDS: Readonly<
  Record<VerificationEnding['outcome'], { readonly type: EventNotice['type']; readonly reason: EventReason }>
> = {
  verified: { type: 'Normal', reason: 'UpdateVerified' },
  failed: { type: 'Warning', reason: 'VerificationFailed' },
  inconclusive: { type: 'Warning', reason: 'VerificationInconclusive' },
};

/** One event on the Application for each verification that ended. */
export function verificationNotices({ verifications, uids }: CycleReport): readonly EventNotice[] {
  return (verifications?.ended ?? [])
    .filter(({ application }) => application.namespace !== '')
    .map((ended) => ({
      application: ended.application,
      uid: uids?.get(applicationKey(ended.application)),
      ...KINDS[ended.ending.outcome],
      message: cutText(describeEnding(ended), LONGEST_MESSAGE),
      annotations: {},
    }));
}
