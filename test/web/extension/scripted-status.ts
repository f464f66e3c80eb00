import type { ImageStatus } from '../../../src/core/status/image-status.ts';
import type { ImageStory, PipelineStage } from '../../../src/core/status/status-pages.ts';

const NOON = Date.UTC(2026, 10, 30, 12);
const DIGEST = `sha256:${'8a'.repeat(32)}`;

/** An image as the API tells of it; `id` is `namespace/application/alias`. */
export function imageStatus(id: string, more: Partial<ImageStatus> = {}): ImageStatus {
  const [namespace = '', application = '', alias = ''] = id.split('/').map(decodeURIComponent);
  return {
    id,
    namespace,
    application,
    alias,
    image: 'registry.example.com/acme/web',
    outcome: 'current',
    code: 'up-to-date',
    reason: '1.4.2 is the newest version that ~1.4 lets through',
    facts: {},
    since: NOON - 3_600_000,
    checkedAt: NOON,
    current: { tag: '1.4.2', digest: DIGEST },
    warnings: [],
    problems: [],
    ...more,
  };
}

/** Held by a person, with all that can be known of an image. */
export const HELD = imageStatus('argocd/shop/web', {
  outcome: 'held',
  code: 'pinned',
  reason: '1.5.0 is newer than 1.4.2, and Ada Byron holds it: waiting for the load test',
  candidate: { tag: '1.5.0' },
  behind: 3,
  tags: { seen: 214, considered: 38 },
  hold: {
    author: 'Ada Byron <ada@example.com>',
    commit: '4f1c2d3e5a6b',
    release: 'lynceus release shop web',
  },
  policy: {
    strategy: 'semver',
    constraint: '~1',
    allowTags: 'regexp:^1\\.',
    ignoreTags: ['*-rc*'],
    platforms: ['linux/amd64'],
    minimumAge: '2h',
    windows: ['Mon-Fri 09:00-16:00'],
    signatures: ['release-key'],
    verify: ['argocd-health', 'error-rate'],
    promoteFrom: ['argocd/shop-staging/web'],
    promoteWhen: 'healthy',
  },
  git: {
    remote: 'https://git.example.com/acme/deploy',
    branch: 'main',
    path: 'apps/shop/kustomization.yaml',
    commit: '4f1c2d3e5a6b',
    commitUrl: 'https://git.example.com/acme/deploy/commit/4f1c2d3e5a6b',
  },
  pullRequest: 'https://git.example.com/acme/deploy/pull/7',
  warnings: [{ code: 'tag-moved', message: '1.4.2 has another digest than before' }],
});

export const STORY: ImageStory = {
  image: HELD,
  changes: [
    {
      id: '2',
      imageId: HELD.id,
      at: NOON - 3_600_000,
      kind: 'held',
      text: 'held at 1.4.2: waiting for the load test',
      by: 'Ada Byron',
    },
    {
      id: '1',
      imageId: HELD.id,
      at: NOON - 86_400_000,
      kind: 'updated',
      from: '1.4.1',
      to: '1.4.2',
      text: 'updated from 1.4.1 to 1.4.2',
      ...(HELD.git === undefined ? {} : { git: HELD.git }),
    },
  ],
  verification: {
    state: 'verified',
    commit: '9e8d7c6b5a40',
    since: NOON - 80_000_000,
    checks: [
      { name: 'argocd-health', state: 'success', detail: 'Healthy for 10 min' },
      { name: 'error-rate', state: 'success' },
    ],
  },
  promotedTo: ['argocd/shop-canada/web'],
};

export const STAGE: PipelineStage = {
  imageId: HELD.id,
  upstreams: ['argocd/shop-staging/web'],
  when: 'healthy',
  after: '24h',
  waitsFor: '1.5.0 must be healthy for 24h in shop-staging',
};
