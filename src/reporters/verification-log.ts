import { applicationText } from '../core/identity/application.ts';
import { describeEnding } from '../core/reasons/describe-ending.ts';
import type { CycleReport } from '../core/report.ts';
import type { VerificationEnding } from '../core/verification/write-result.ts';
import type { Log } from '../ports/log.ts';

const HOUR = 3_600_000;

const MESSAGES: Readonly<
  Record<VerificationEnding['outcome'], { readonly level: 'info' | 'warn'; readonly message: string }>
> = {
  verified: { level: 'info', message: 'what was written is verified' },
  failed: { level: 'warn', message: 'what was written failed its verification' },
  inconclusive: { level: 'warn', message: 'the verification of what was written decided nothing' },
};

/** Logs what became of verifications. A check without any answer is one line, once an hour, however many Applications it has. */
export function createVerificationLog(): (cycle: CycleReport, log: Log) => void {
  const loggedAt = new Map<string, number>();
  return ({ verifications, startedAt }, log) => {
    if (verifications === undefined) return;
    for (const ended of verifications.ended) {
      const { level, message } = MESSAGES[ended.ending.outcome];
      log[level](message, {
        application: applicationText(ended.application),
        outcome: ended.ending.outcome,
        check: ended.ending.check,
        reason: describeEnding(ended),
        commit: ended.commit,
      });
    }
    for (const check of verifications.unanswered) {
      const last = loggedAt.get(check);
      // A wall clock that was set back must not keep it quiet.
      if (last !== undefined && last <= startedAt && startedAt - last < HOUR) continue;
      loggedAt.set(check, startedAt);
      log.warn('a check gets no answers', { check, running: verifications.running });
    }
  };
}
