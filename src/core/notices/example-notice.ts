import type { NoticeKind } from './notice-kind.ts';
import type { Notice } from './notice.ts';
import { severityOf } from './severity.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';

/** A notice that has everything: templates are tried with it. */
export const EXAMPLE_NOTICE: Notice = {
  kind: 'updated',
  key: 'example',
  subject: 'example',
  at: Date.UTC(2026, 0, 1, 12),
  severity: 'info',
  application: { namespace: 'argocd', name: 'example-app' },
  project: 'default',
  images: [
    { alias: 'api', image: 'registry.example/acme/api', outcome: 'updated', from: '1.4.1', to: '1.4.2' },
    { alias: '', image: 'registry.example/acme/web', outcome: 'updated', from: '2.0.0', to: '2.1.0' },
  ],
  code: 'newer-version',
  reason: '1.4.2 is newer than 1.4.1',
  commit: {
    sha: SHA,
    branch: 'main',
    remote: 'https://git.example/acme/deploy.git',
    url: `https://git.example/acme/deploy/commit/${SHA}`,
  },
  pullRequest: 'https://git.example/acme/deploy/pulls/7',
  check: 'health',
};

/** What is sent to try a service. */
export function testNotice(kind: NoticeKind, now: number): Notice {
  return {
    ...EXAMPLE_NOTICE,
    kind,
    key: `test-${now}`,
    subject: 'test',
    at: now,
    severity: severityOf(kind, kind),
    code: kind,
    reason: 'this is a test: nothing happened',
  };
}
