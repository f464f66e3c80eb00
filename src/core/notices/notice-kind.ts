/** What people may be notified of; docs/notifications.md has a row for each. */
export const NOTICE_KINDS = [
  'updated',
  'pull-request-opened',
  'held',
  'failing',
  'recovered',
  'verified',
  'verification-failed',
  'verification-inconclusive',
  'rolled-back',
  'rollback-failed',
  'window-opened',
  'awaiting-approval',
] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Least first. */
export const NOTICE_SEVERITIES = ['info', 'warning', 'error'] as const;
