import type { Notice } from './notice.ts';

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
