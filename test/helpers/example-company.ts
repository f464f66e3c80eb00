import type { ChangeStatus, ImageStatus } from '../../src/core/status/image-status.ts';
import type {
  ImageStory,
  PipelineStage,
  RegistryStatus,
  RemoteStatus,
} from '../../src/core/status/status-pages.ts';
import { DAY, exampleImage, HOUR, MINUTE, type ExampleStatus } from './example-status.ts';

const TEAMS = [
  'payments',
  'checkout',
  'search',
  'identity',
  'catalog',
  'logistics',
  'media',
  'insights',
] as const;
const PARTS = ['api', 'worker', 'frontend', 'gateway', 'scheduler', 'importer', 'ledger', 'mailer'] as const;
const STAGES = ['staging', 'production'] as const;

/** What a company with so many Applications sees on a weekday: the same for the same time. */
export function exampleCompany(applications: number, now: number): ExampleStatus {
  const special = specialImages(now);
  const plain = Array.from({ length: applications - special.length }, (_, number) => plainImage(number, now));
  return {
    images: [...special, ...plain],
    changes: changesOf(now),
    stories: storiesOf(now),
    pipeline: PIPELINE,
    registries: registriesOf(now),
    remotes: remotesOf(now),
    overview: {
      nextAt: now + 73_000,
      cycle: {
        id: '4f1c',
        startedAt: now - 49_000,
        seconds: 2.4,
        failures: [],
        costs: { registryRequests: 412, gitFetches: 38, gitPushes: 2 },
      },
    },
  };
}

function nameOf(number: number): {
  readonly namespace: string;
  readonly application: string;
  readonly team: string;
  readonly part: string;
} {
  const team = TEAMS[number % TEAMS.length] ?? 'payments';
  const part = PARTS[Math.floor(number / TEAMS.length) % PARTS.length] ?? 'api';
  const stage = STAGES[Math.floor(number / (TEAMS.length * PARTS.length)) % STAGES.length] ?? 'staging';
  const round = Math.floor(number / (TEAMS.length * PARTS.length * STAGES.length));
  const suffix = round === 0 ? '' : `-${round}`;
  return { namespace: `argocd-${team}`, application: `${team}-${part}-${stage}${suffix}`, team, part };
}

function plainImage(number: number, now: number): ImageStatus {
  const { namespace, application, team, part } = nameOf(number);
  const tag = `${1 + (number % 4)}.${number % 17}.${number % 23}`;
  const base = exampleImage({
    now,
    namespace,
    application,
    project: team,
    alias: part,
    image: `registry.example.com/${team}/${part}`,
    current: { tag },
    candidate: { tag },
    reason: `semver chose ${tag} among ${12 + (number % 40)} tags, and the target has it`,
    since: now - ((number * 7_919) % 400) * HOUR,
  });
  if (number % 41 === 0)
    return {
      ...base,
      outcome: 'skipped',
      code: 'not-due',
      reason: 'evaluated 4m0s ago; its interval is 1h0m0s',
    };
  if (number % 59 !== 0) return base;
  const next = `${1 + (number % 4)}.${number % 17}.${(number % 23) + 1}`;
  return {
    ...base,
    outcome: 'updated',
    code: 'newer-version',
    candidate: { tag: next },
    behind: 1,
    reason: `semver chose ${next} among ${12 + (number % 40)} tags; the target has ${tag}`,
    since: now - (number % 50) * MINUTE,
  };
}

const LEDGER_STAGING = 'argocd-payments/ledger-staging/api';
const LEDGER_CANARY = 'argocd-payments/ledger-canary/api';
const LEDGER_EU = 'argocd-payments/ledger-production-eu/api';
const LEDGER_US = 'argocd-payments/ledger-production-us/api';
const CHECKOUT = 'argocd-checkout/checkout-production/web';
const SEARCH = 'argocd-search/search-production/indexer';

/** One of each state that people ask about. */
function specialImages(now: number): readonly ImageStatus[] {
  const payments = {
    now,
    namespace: 'argocd-payments',
    project: 'payments',
    alias: 'api',
    image: 'registry.example.com/payments/ledger',
  };
  return [
    exampleImage({
      now,
      namespace: 'argocd-media',
      application: 'thumbnails',
      project: 'media',
      alias: 'resizer',
      image: 'ghcr.io/example/resizer',
      outcome: 'failed',
      code: 'registry-denied',
      reason:
        'ghcr.io refused to list the tags of example/resizer: 403 denied; the login of the Secret media/ghcr may not read it',
      facts: { registry: 'ghcr.io', repository: 'example/resizer', status: 403 },
      since: now - 26 * MINUTE,
      current: { tag: '3.9.1' },
    }),
    exampleImage({
      now,
      namespace: 'argocd-logistics',
      application: 'routes-production',
      project: 'logistics',
      alias: 'planner',
      image: 'registry.example.com/logistics/planner',
      outcome: 'failed',
      code: 'target-missing',
      reason:
        'overlays/production/kustomization.yaml has no entry for registry.example.com/logistics/planner under images',
      since: now - 3 * HOUR,
      current: { tag: '0.18.4' },
    }),
    exampleImage({
      now,
      namespace: 'argocd-checkout',
      application: 'checkout-production',
      project: 'checkout',
      alias: 'web',
      image: 'registry.example.com/checkout/web',
      outcome: 'held',
      code: 'rolled-back',
      reason:
        'Ida Berg rolled 5.2.0 back to 5.1.7 with commit 2f6b1c9d04; it is held until a newer version or a release',
      facts: {
        from: '5.2.0',
        to: '5.1.7',
        isOlder: true,
        changedBy: { kind: 'commit', commit: { author: 'Ida Berg', sha: '2f6b1c9d04aa' } },
        until: 'newer-version',
      },
      since: now - 52 * MINUTE,
      current: { tag: '5.1.7' },
      candidate: { tag: '5.2.0' },
      behind: 1,
      hold: {
        author: 'Ida Berg',
        commit: '2f6b1c9d04aa7781',
        release: 'lynceus release argocd-checkout/checkout-production web',
      },
    }),
    exampleImage({
      now,
      namespace: 'argocd-search',
      application: 'search-production',
      project: 'search',
      alias: 'indexer',
      image: 'registry.example.com/search/indexer',
      outcome: 'held',
      code: 'verification-failed',
      reason:
        'the check search-latency failed for 2.8.0 (p99 is 1.9 s, at most 0.4 s); it was taken back, and a newer version ends the hold',
      since: now - 95 * MINUTE,
      current: { tag: '2.7.11' },
      candidate: { tag: '2.8.0' },
      behind: 1,
      hold: { check: 'search-latency', commit: '90ad12cc31fe8d55' },
      deployment: {
        sync: 'Synced',
        health: 'Healthy',
        healthSince: now - 80 * MINUTE,
        revision: '90ad12cc31fe8d55aa01',
      },
    }),
    exampleImage({
      now,
      namespace: 'argocd-identity',
      application: 'login-production',
      project: 'identity',
      alias: 'oidc',
      image: 'registry.example.com/identity/oidc',
      outcome: 'held',
      code: 'outside-window',
      reason: '6.0.3 waits for the window "weekdays 09:00-16:00 Europe/Berlin"; it opens in 41m0s',
      since: now - 5 * HOUR,
      current: { tag: '6.0.2' },
      candidate: { tag: '6.0.3' },
      behind: 1,
      hold: { until: now + 41 * MINUTE },
    }),
    exampleImage({
      ...payments,
      application: 'ledger-production-eu',
      outcome: 'held',
      code: 'awaiting-approval',
      reason:
        '3.4.0 has been healthy in argocd-payments/ledger-canary for 2h0m0s and waits for an approval: merge the pull request',
      since: now - 35 * MINUTE,
      current: { tag: '3.3.2' },
      candidate: { tag: '3.4.0' },
      behind: 2,
      pullRequest: 'https://git.example.com/platform/deployments/pull/1187',
      policy: {
        strategy: 'semver',
        constraint: '^3',
        ignoreTags: ['*-rc*'],
        platforms: ['linux/amd64', 'linux/arm64'],
        minimumAge: '24h',
        windows: ['allow 0 9 * * 1-5 for 7h, Europe/Berlin'],
        signatures: ['release-keys'],
        verify: ['ledger-errors', 'ledger-latency'],
        promoteFrom: [LEDGER_CANARY],
        promoteWhen: 'verified',
      },
    }),
    exampleImage({
      ...payments,
      application: 'ledger-production-us',
      outcome: 'held',
      code: 'promotion-waiting',
      reason: '3.4.0 is in argocd-payments/ledger-production-eu not yet',
      since: now - 35 * MINUTE,
      current: { tag: '3.3.2' },
      candidate: { tag: '3.4.0' },
      behind: 2,
    }),
    exampleImage({
      ...payments,
      application: 'ledger-canary',
      outcome: 'current',
      current: { tag: '3.4.0' },
      candidate: { tag: '3.4.0' },
      reason: 'semver chose 3.4.0 among 58 tags, and the target has it',
      since: now - 3 * HOUR,
    }),
    exampleImage({
      ...payments,
      application: 'ledger-staging',
      outcome: 'updated',
      code: 'newer-version',
      current: { tag: '3.4.0' },
      candidate: { tag: '3.5.0-beta.1' },
      reason: 'semver chose 3.5.0-beta.1 among 61 tags; the target has 3.4.0',
      behind: 1,
      since: now - 46_000,
    }),
    exampleImage({
      now,
      namespace: 'argocd-insights',
      application: 'reports',
      project: 'insights',
      alias: 'renderer',
      image: 'registry.example.com/insights/renderer',
      outcome: 'update',
      code: 'digest-moved',
      reason: 'digest chose latest@sha256:91f3…; the target has another digest',
      current: { tag: 'latest', digest: `sha256:${'4b'.repeat(32)}` },
      candidate: { tag: 'latest', digest: `sha256:${'91'.repeat(32)}` },
      since: now - 30_000,
      warnings: [{ code: 'mutable-tag', message: 'latest moves; what runs is known by its digest alone' }],
    }),
  ];
}

const COMMIT = 'https://git.example.com/platform/deployments/commit/';

function git(commit: string): NonNullable<ChangeStatus['git']> {
  return {
    remote: 'https://git.example.com/platform/deployments.git',
    branch: 'main',
    commit,
    commitUrl: `${COMMIT}${commit}`,
  };
}

type ExampleChange = Omit<ChangeStatus, 'id' | 'at'> & { readonly ago: number };

function changesOf(now: number): readonly ChangeStatus[] {
  const list: readonly ExampleChange[] = [
    {
      imageId: LEDGER_STAGING,
      ago: 46_000,
      kind: 'updated',
      from: '3.4.0',
      to: '3.5.0-beta.1',
      text: 'committed to main, one push',
      git: git('8c1d9f04b2aa67e5'),
    },
    {
      imageId: LEDGER_EU,
      ago: 35 * MINUTE,
      kind: 'proposed',
      from: '3.3.2',
      to: '3.4.0',
      text: 'pull request 1187 waits for an approval',
      pullRequest: 'https://git.example.com/platform/deployments/pull/1187',
    },
    {
      imageId: CHECKOUT,
      ago: 52 * MINUTE,
      kind: 'rolled-back',
      from: '5.2.0',
      to: '5.1.7',
      by: 'Ida Berg',
      text: 'a person took it back; 5.2.0 is held',
      git: git('2f6b1c9d04aa7781'),
    },
    {
      imageId: CHECKOUT,
      ago: 71 * MINUTE,
      kind: 'synced',
      to: '5.2.0',
      text: 'Argo CD synced it',
      git: git('77d0e1aa20b94c3e'),
    },
    {
      imageId: CHECKOUT,
      ago: 74 * MINUTE,
      kind: 'updated',
      from: '5.1.7',
      to: '5.2.0',
      text: 'committed to main, one push',
      git: git('77d0e1aa20b94c3e'),
    },
    {
      imageId: SEARCH,
      ago: 95 * MINUTE,
      kind: 'rolled-back',
      from: '2.8.0',
      to: '2.7.11',
      check: 'search-latency',
      text: 'the check failed; the commit restores what the file said',
      git: git('90ad12cc31fe8d55'),
    },
    {
      imageId: SEARCH,
      ago: 96 * MINUTE,
      kind: 'verification-failed',
      to: '2.8.0',
      check: 'search-latency',
      text: 'p99 is 1.9 s, at most 0.4 s, in 3 of 3 measurements',
    },
    {
      imageId: SEARCH,
      ago: 105 * MINUTE,
      kind: 'synced',
      to: '2.8.0',
      text: 'Argo CD synced it, and the Application is healthy',
    },
    {
      imageId: SEARCH,
      ago: 107 * MINUTE,
      kind: 'updated',
      from: '2.7.11',
      to: '2.8.0',
      text: 'committed to main, one push',
      git: git('5a5e0b7719c2d3f4'),
    },
    {
      imageId: LEDGER_CANARY,
      ago: 150 * MINUTE,
      kind: 'verified',
      to: '3.4.0',
      text: 'both checks passed for 30 minutes',
    },
    {
      imageId: LEDGER_CANARY,
      ago: 3 * HOUR,
      kind: 'promoted',
      from: '3.3.2',
      to: '3.4.0',
      text: 'taken from ledger-staging',
      git: git('c0ffee1234567890'),
    },
  ];
  const older = Array.from({ length: 240 }, (_, number): ExampleChange => {
    const { namespace, application, part } = nameOf(number * 3);
    const to = `${1 + (number % 4)}.${number % 17}.${number % 23}`;
    return {
      imageId: `${namespace}/${application}/${part}`,
      ago: 5 * HOUR + number * 17 * MINUTE,
      kind: number % 3 === 0 ? 'verified' : 'updated',
      to,
      text: number % 3 === 0 ? 'all checks passed' : 'committed to main, one push',
    };
  });
  return [...list, ...older].map(({ ago, ...change }, number) => ({
    ...change,
    id: `c${number}`,
    at: now - ago,
  }));
}

function storiesOf(now: number): Readonly<Record<string, Partial<ImageStory>>> {
  return {
    [LEDGER_EU]: { promotedTo: [LEDGER_US] },
    [SEARCH]: {
      verification: {
        state: 'failed',
        commit: '5a5e0b7719c2d3f4',
        since: now - 96 * MINUTE,
        checks: [
          { name: 'search-latency', state: 'failure', detail: 'p99 is 1.9 s, at most 0.4 s' },
          { name: 'search-errors', state: 'success', detail: '0.02 % of requests failed' },
        ],
      },
    },
  };
}

const PIPELINE: readonly PipelineStage[] = [
  { imageId: LEDGER_STAGING, upstreams: [], current: '3.4.0', candidate: '3.5.0-beta.1' },
  { imageId: LEDGER_CANARY, upstreams: [LEDGER_STAGING], when: 'verified', after: '2h', current: '3.4.0' },
  {
    imageId: LEDGER_EU,
    upstreams: [LEDGER_CANARY],
    when: 'verified',
    approval: 'pull request',
    current: '3.3.2',
    candidate: '3.4.0',
    waitsFor: 'an approval of pull request 1187',
  },
  {
    imageId: LEDGER_US,
    upstreams: [LEDGER_EU],
    when: 'healthy',
    after: '24h',
    current: '3.3.2',
    candidate: '3.4.0',
    waitsFor: 'ledger-production-eu to have 3.4.0 for 24h',
  },
  { imageId: 'argocd-search/search-staging/indexer', upstreams: [], current: '2.8.0' },
  {
    imageId: SEARCH,
    upstreams: ['argocd-search/search-staging/indexer'],
    when: 'healthy',
    current: '2.7.11',
    candidate: '2.8.0',
    waitsFor: 'a version that passes search-latency',
  },
  { imageId: 'argocd-checkout/checkout-staging/web', upstreams: [], current: '5.2.0' },
  {
    imageId: CHECKOUT,
    upstreams: ['argocd-checkout/checkout-staging/web'],
    when: 'written',
    after: '4h',
    current: '5.1.7',
    candidate: '5.2.0',
    waitsFor: 'Ida Berg to release it',
  },
];

function registriesOf(now: number): readonly RegistryStatus[] {
  return [
    { registry: 'registry.example.com', requests: 48_213, failures: 0, lastAt: now - 47_000 },
    {
      registry: 'docker.io',
      requests: 812,
      failures: 3,
      lastAt: now - 48_000,
      quota: { remaining: 64, limit: 200, at: now - 48_000 },
    },
    {
      registry: 'ghcr.io',
      requests: 1_204,
      failures: 17,
      lastAt: now - 46_000,
      pausedUntil: now + 9 * MINUTE,
      pausedBecause: '429 too many requests; it asked for 10 minutes',
    },
    { registry: 'quay.io', requests: 396, failures: 0, lastAt: now - 2 * DAY },
  ];
}

function remotesOf(now: number): readonly RemoteStatus[] {
  return [
    {
      remote: 'https://git.example.com/platform/deployments.git',
      lastFetch: { at: now - 48_000, ok: true },
      lastPush: { at: now - 46_000, ok: true },
    },
    {
      remote: 'ssh://git@git.example.com/search/deploy.git',
      lastFetch: { at: now - 47_000, ok: true },
      lastPush: { at: now - 95 * MINUTE, ok: true },
    },
    { remote: 'https://git.example.com/archive/old.git', lastFetch: { at: now - 49_000, ok: false } },
  ];
}
