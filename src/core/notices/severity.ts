import type { Notice } from './notice.ts';
import { NOTICE_SEVERITIES, type NoticeKind } from './notice-kind.ts';

const SEVERITIES: Readonly<Record<NoticeKind, Notice['severity']>> = {
  updated: 'info',
  'pull-request-opened': 'info',
  held: 'info',
  failing: 'error',
  recovered: 'info',
  verified: 'info',
  'verification-failed': 'error',
  'verification-inconclusive': 'warning',
  'rolled-back': 'warning',
  'rollback-failed': 'error',
  'window-opened': 'info',
  'awaiting-approval': 'warning',
};

/** Holds that say that something may be wrong. */
const WARNINGS: ReadonlySet<string> = new Set([
  'signature-missing',
  'signature-invalid',
  'age-unknown',
  'downgrade',
  'proposal-closed',
]);

export function severityOf(kind: NoticeKind, code: string): Notice['severity'] {
  return kind === 'held' && WARNINGS.has(code) ? 'warning' : SEVERITIES[kind];
}

/** Whether a notice is at least so severe; the end of a failure is so wherever its beginning was. */
export function isAtLeast(
  { kind, severity }: Pick<Notice, 'kind' | 'severity'>,
  least: Notice['severity'],
): boolean {
  const counted = kind === 'recovered' ? SEVERITIES.failing : severity;
  return NOTICE_SEVERITIES.indexOf(counted) >= NOTICE_SEVERITIES.indexOf(least);
}
