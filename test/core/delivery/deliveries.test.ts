import { describe, expect, test } from 'vitest';
import { createDeliveries, type CycleToFollow } from '../../../src/core/delivery/deliveries.ts';
import type { DeliveriesOfCycle } from '../../../src/core/delivery/delivery.ts';
import type { Deployment } from '../../../src/core/deployment/deployment.ts';
import type { VersionState } from '../../../src/core/deployment/version-state.ts';
import type { ImageBasis, ImageResult, RollbackResult } from '../../../src/core/report.ts';
import type { Reason } from '../../../src/core/reasons/reason.ts';
import type { VersionTimes } from '../../../src/core/tags/version-times.ts';
import type { EndedVerification } from '../../../src/core/verification/verification-report.ts';
import { aPlace, aTracked } from '../../helpers/policies.ts';
import { image, rollback } from '../../reporters/reports.ts';

const MINUTE = 60_000;
const SHOP = { namespace: 'argocd', name: 'shop' };
const CHOICE = { strategy: { kind: 'semver', constraint: '' }, considered: 3 } as const;

const present = (tag: string) => ({ name: undefined, tag, digest: undefined });
const chosen = (tag: string) => ({ tag, digest: undefined });

/** An image of a cycle, in its words. */
interface Seen {
  readonly alias?: string;
  readonly outcome: ImageResult['outcome'];
  /** What the file had when the cycle began. */
  readonly from: string;
  readonly to?: string;
  readonly commit?: string;
  readonly reason?: Reason;
  readonly times?: VersionTimes;
  readonly verify?: true;
  readonly proposed?: true;
  readonly deployment?: Deployment;
}

function seen({
  alias = 'api',
  outcome,
  from,
  to,
  commit,
  reason,
  times,
  verify,
  proposed,
  deployment,
}: Seen) {
  const { policy } = aTracked();
  const candidate = to === undefined ? undefined : chosen(to);
  const facts = { ...CHOICE, chosen: chosen(to ?? from), present: present(from) };
  const basis: ImageBasis = {
    project: 'default',
    reason: reason ?? { code: outcome === 'current' ? 'up-to-date' : 'newer-version', facts },
    policy: { ...policy, ...(verify === undefined ? {} : { verify: { checks: [], onFailure: 'rollback' } }) },
    ...(times === undefined ? {} : { times: { candidate: times } }),
    ...(deployment === undefined ? {} : { deployment, deployedSource: 0 }),
  };
  return image(outcome, {
    application: SHOP,
    alias,
    current: present(from),
    candidate,
    commit,
    code: basis.reason.code,
    writer: 'git',
    place: {
      git: aPlace(proposed === undefined ? {} : { push: 'updates' }),
      file: { kind: 'helm-values', path: 'values.yaml' },
    },
    basis,
  });
}

type Cycle = Partial<Omit<CycleToFollow, 'images' | 'argocd'>> & {
  /** Minutes since the beginning. */
  readonly at: number;
  readonly images?: readonly Seen[];
  /** What Argo CD has, by alias and version; `nobody`: there is none. */
  readonly argocd?: Readonly<Record<string, VersionState['stage']>> | 'nobody';
  /** Minute of the last sync. */
  readonly synced?: number;
};

/** What is told of each cycle. */
type Told = Partial<DeliveriesOfCycle>;

function play(cycles: readonly Cycle[]): readonly DeliveriesOfCycle[] {
  const deliveries = createDeliveries();
  return cycles.map(({ at, images = [], argocd = {}, synced, ...rest }) => {
    const stateOf = (key: string, version: string): VersionState | undefined => {
      if (argocd === 'nobody') return undefined;
      const found = Object.entries(argocd).find(([name]) => {
        const [alias = '', tag] = name.split(':');
        return key.includes(`:${alias} `) && tag === version;
      });
      const since = synced === undefined ? undefined : synced * MINUTE;
      return found === undefined ? undefined : { stage: found[1], health: 'healthy', since };
    };
    const syncedAt = () => (synced === undefined ? undefined : synced * MINUTE);
    return deliveries.follow({
      startedAt: at * MINUTE,
      now: at * MINUTE,
      images: images.map(seen),
      verified: [],
      rollbacks: [],
      ...(argocd === 'nobody' ? {} : { argocd: { stateOf, syncedAt } }),
      ...rest,
    });
  });
}

const ended = (result: DeliveriesOfCycle['ended'][number]['result']) => [{ application: SHOP, result }];
const rolledBack = (by: 'person' | 'check') => [{ application: SHOP, by }];
const restored = (by: 'person' | 'check', minutes: number) => [
  { application: SHOP, by, seconds: minutes * 60 },
];
const lead = (from: 'pushed' | 'seen' | 'built', to: 'commit' | 'synced' | 'verified', minutes: number) => [
  { application: SHOP, from, to, seconds: minutes * 60 },
];

const upToDate = (version: string, rest: Partial<Seen> = {}): Seen => ({
  outcome: 'current',
  from: version,
  to: version,
  ...rest,
});
const updated = (from: string, to: string, rest: Partial<Seen> = {}): Seen => ({
  outcome: 'updated',
  from,
  to,
  commit: `c-${to}`,
  ...rest,
});
const rolledBackTo = (from: string, to: string, by: 'person' | 'check' = 'person'): Seen => ({
  outcome: 'held',
  from: to,
  to: from,
  reason: {
    code: 'rolled-back',
    facts: {
      from,
      to,
      isOlder: true,
      until: 'newer-version',
      changedBy:
        by === 'person'
          ? { kind: 'commit', commit: { author: 'Ada', sha: 'a-revert' } }
          : { kind: 'check', check: 'slo', commit: { author: 'Lynceus', sha: 'a-rollback' } },
    },
  },
});

function verification(
  outcome: EndedVerification['ending']['outcome'],
  minute: number,
  rest: Partial<EndedVerification> = {},
): EndedVerification {
  return {
    application: SHOP,
    commit: 'c-2',
    writtenAt: 0,
    kind: 'update',
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', version: '2' }],
    ending: { outcome, at: minute * MINUTE },
    follows: 'rollback',
    ...rest,
  };
}

const takenBack = (rest: Partial<RollbackResult> = {}) =>
  rollback({
    failedCommit: 'c-2',
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', from: '2', to: '1' }],
    ...rest,
  });

const deployedAgain: Deployment = {
  sync: { status: 'out-of-sync', revisions: ['new'] },
  health: { status: 'healthy', since: 25 * MINUTE },
  history: [{ revisions: ['old'], deployedAt: 24 * MINUTE }],
  isAutomated: false,
};

/** What happens; what is told of the cycles from the second on. */
const STORIES: readonly (readonly [string, readonly Cycle[], readonly Told[]])[] = [
  [
    'a version is written as soon as it is seen, and synced later',
    [
      { at: 0, images: [upToDate('1')] },
      { at: 2, images: [updated('1', '2')] },
      { at: 4, images: [upToDate('2')], argocd: { 'api:2': 'written' } },
      { at: 6, images: [upToDate('2')], argocd: { 'api:2': 'synced' }, synced: 5 },
      { at: 8, images: [upToDate('2')], argocd: { 'api:2': 'healthy' }, synced: 5 },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0), underWay: { proposed: 0, written: 1, synced: 0 } },
      { underWay: { proposed: 0, written: 1, synced: 0 } },
      { leadTimes: lead('seen', 'synced', 3), ended: ended('synced') },
      {},
    ],
  ],
  [
    'the time of the push counts before that of the first sight, which counts before that of the build',
    [
      { at: 0, images: [upToDate('1'), upToDate('1', { alias: 'web' })] },
      {
        at: 60,
        images: [
          updated('1', '2', { times: { pushed: 10 * MINUTE, built: 5 * MINUTE } }),
          updated('1', '2', { alias: 'web', times: { built: 5 * MINUTE } }),
        ],
      },
    ],
    [{ leadTimes: [...lead('pushed', 'commit', 50), ...lead('seen', 'commit', 0)] }],
  ],
  [
    'a version waits for a window, and what the first cycle found already has only its build',
    [
      { at: 0, images: [{ outcome: 'held', from: '1', to: '2' }] },
      { at: 30, images: [updated('1', '2', { times: { built: 10 * MINUTE } })] },
      { at: 40, images: [{ outcome: 'held', from: '2', to: '3' }] },
      { at: 90, images: [updated('2', '3')] },
    ],
    [
      { leadTimes: lead('built', 'commit', 20) },
      {},
      { leadTimes: lead('seen', 'commit', 50), ended: ended('superseded') },
    ],
  ],
  [
    'nothing is known of when it came to be',
    [
      { at: 0, images: [] },
      { at: 2, images: [updated('1', '2')] },
      { at: 4, argocd: { 'api:2': 'synced' } },
    ],
    [{}, { ended: ended('synced') }],
  ],
  [
    'a clock that is ahead gives no time below zero',
    [{ at: 0 }, { at: 2, images: [updated('1', '2', { times: { pushed: 5 * MINUTE } })] }],
    [{ leadTimes: lead('pushed', 'commit', 0) }],
  ],
  [
    'a check verifies it',
    [
      { at: 0, images: [upToDate('1', { verify: true })] },
      { at: 2, images: [updated('1', '2', { verify: true })] },
      { at: 3, argocd: { 'api:2': 'healthy' }, synced: 3 },
      { at: 10, argocd: { 'api:2': 'healthy' }, synced: 3, verified: [verification('verified', 9)] },
      { at: 12, argocd: { 'api:2': 'healthy' }, synced: 3 },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0) },
      { leadTimes: lead('seen', 'synced', 1), underWay: { proposed: 0, written: 0, synced: 1 } },
      { leadTimes: lead('seen', 'verified', 7), ended: ended('verified') },
      {},
    ],
  ],
  [
    'sync and verification are seen in one cycle',
    [
      { at: 0, images: [upToDate('1', { verify: true })] },
      { at: 2, images: [updated('1', '2', { verify: true })] },
      { at: 10, argocd: { 'api:2': 'healthy' }, synced: 3, verified: [verification('verified', 9)] },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0) },
      {
        leadTimes: [...lead('seen', 'synced', 1), ...lead('seen', 'verified', 7)],
        ended: ended('verified'),
      },
    ],
  ],
  [
    'a check fails, takes it back, and what was there before is healthy',
    [
      { at: 0, images: [upToDate('1', { verify: true })] },
      { at: 2, images: [updated('1', '2', { verify: true })] },
      { at: 10, verified: [verification('failed', 8)], rollbacks: [takenBack()] },
      { at: 12, images: [rolledBackTo('2', '1', 'check')], argocd: { 'api:1': 'synced' }, synced: 11 },
      { at: 20, argocd: { 'api:1': 'healthy' }, synced: 18 },
      { at: 22, argocd: { 'api:1': 'healthy' }, synced: 18 },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0) },
      { ended: ended('rolled-back'), rolledBack: rolledBack('check') },
      {},
      { restored: restored('check', 10) },
      {},
    ],
  ],
  [
    'a check fails, nothing is taken back, and the next version is healthy',
    [
      { at: 0, images: [upToDate('1', { verify: true })] },
      { at: 2, images: [updated('1', '2', { verify: true })] },
      { at: 10, verified: [verification('failed', 8)], rollbacks: [takenBack({ outcome: 'held' })] },
      { at: 20, images: [updated('2', '3', { verify: true })], argocd: { 'api:2': 'healthy' } },
      { at: 30, images: [upToDate('3')], argocd: { 'api:3': 'healthy' }, synced: 28 },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0) },
      { ended: ended('failed') },
      { leadTimes: lead('seen', 'commit', 0) },
      { leadTimes: lead('seen', 'synced', 8), restored: restored('check', 20) },
    ],
  ],
  [
    'a rollback is proposed first and written later: it is one',
    [
      { at: 0, images: [updated('1', '2', { verify: true })] },
      { at: 5, verified: [verification('failed', 4)], rollbacks: [takenBack({ outcome: 'proposed' })] },
      { at: 6, rollbacks: [takenBack({ outcome: 'written' })] },
      { at: 7, rollbacks: [takenBack({ failedCommit: 'c-3' })] },
    ],
    [
      { ended: ended('rolled-back'), rolledBack: rolledBack('check') },
      {},
      { rolledBack: rolledBack('check') },
    ],
  ],
  [
    'the same commit wrote something that nobody verifies, and it goes back as well',
    [
      { at: 0, images: [updated('1', '2')] },
      { at: 2, rollbacks: [takenBack()] },
    ],
    [{ ended: ended('rolled-back'), rolledBack: rolledBack('check') }],
  ],
  [
    'a verification is found again by a new process',
    [{ at: 0 }, { at: 60, verified: [verification('verified', 59)] }],
    [{ ended: ended('verified') }],
  ],
  [
    'and one that was over long ago is not told again',
    [{ at: 0 }, { at: 3 * 24 * 60, verified: [verification('failed', 3 * 24 * 60)] }],
    [{}],
  ],
  [
    'a verification decides nothing',
    [
      { at: 0, images: [updated('1', '2', { verify: true })] },
      { at: 9, verified: [verification('inconclusive', 9)] },
    ],
    [{ ended: ended('inconclusive') }],
  ],
  [
    'what a rollback restored is no delivery',
    [{ at: 0 }, { at: 9, verified: [verification('verified', 9, { kind: 'rollback' })] }],
    [{}],
  ],
  [
    'a person takes it back later, and Argo CD follows',
    [
      { at: 0, images: [upToDate('2')] },
      { at: 10, images: [rolledBackTo('2', '1')] },
      { at: 12, images: [rolledBackTo('2', '1')], argocd: { 'api:1': 'healthy' }, synced: 11 },
      { at: 14, images: [rolledBackTo('2', '1')], argocd: { 'api:1': 'healthy' }, synced: 11 },
    ],
    [{ rolledBack: rolledBack('person') }, { restored: restored('person', 1) }, {}],
  ],
  [
    'a person had taken it back before this process began',
    [
      { at: 0, images: [rolledBackTo('2', '1')] },
      { at: 2, images: [rolledBackTo('2', '1')] },
    ],
    [{}],
  ],
  [
    'two images of one commit are taken back together, another commit by itself',
    [
      { at: 0, images: [upToDate('2'), upToDate('2', { alias: 'web' })] },
      { at: 2, images: [rolledBackTo('2', '1'), { ...rolledBackTo('2', '1'), alias: 'web' }] },
    ],
    [{ rolledBack: rolledBack('person') }],
  ],
  [
    'it is written again, and taken back again',
    [
      { at: 0, images: [upToDate('2')] },
      { at: 2, images: [rolledBackTo('2', '1')] },
      { at: 4, images: [updated('1', '2')] },
      { at: 6, images: [rolledBackTo('2', '1')] },
    ],
    [
      { rolledBack: rolledBack('person') },
      {},
      { rolledBack: rolledBack('person'), ended: ended('rolled-back') },
    ],
  ],
  [
    'a person takes back what is on its way, and a newer version is written at once',
    [
      { at: 0, images: [upToDate('1')] },
      { at: 2, images: [updated('1', '2')] },
      { at: 4, images: [updated('1', '3')] },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0) },
      {
        leadTimes: lead('seen', 'commit', 0),
        rolledBack: rolledBack('person'),
        ended: ended('rolled-back'),
      },
    ],
  ],
  [
    'a person writes something else in its place',
    [
      { at: 0, images: [updated('1', '2')] },
      { at: 2, images: [upToDate('5')] },
    ],
    [{ ended: ended('superseded') }],
  ],
  [
    'a person rolls it back in Argo CD',
    [
      { at: 0, images: [upToDate('2')] },
      {
        at: 20,
        images: [
          {
            outcome: 'held',
            from: '2',
            to: '3',
            reason: {
              code: 'rolled-back-in-argo-cd',
              facts: {
                candidate: chosen('3'),
                present: '2',
                runs: '1',
                revision: 'old',
                deployedAt: undefined,
              },
            },
          },
        ],
      },
      { at: 30, images: [{ ...upToDate('2'), deployment: deployedAgain }] },
    ],
    [{ rolledBack: rolledBack('person') }, { restored: restored('person', 5) }],
  ],
  [
    'a request is merged by somebody',
    [
      { at: 0, images: [upToDate('1')] },
      { at: 2, images: [updated('1', '2', { proposed: true })] },
      { at: 4, images: [{ outcome: 'current', from: '1', to: '2' }] },
      { at: 62, images: [upToDate('2')] },
      { at: 64, argocd: { 'api:2': 'healthy' }, synced: 63 },
    ],
    [
      { underWay: { proposed: 1, written: 0, synced: 0 } },
      { underWay: { proposed: 1, written: 0, synced: 0 } },
      { leadTimes: lead('seen', 'commit', 60) },
      { leadTimes: lead('seen', 'synced', 61), ended: ended('synced') },
    ],
  ],
  [
    'a request is closed, and was no delivery',
    [
      { at: 0, images: [updated('1', '2', { proposed: true })] },
      {
        at: 2,
        images: [
          {
            outcome: 'held',
            from: '1',
            to: '2',
            reason: {
              code: 'proposal-closed',
              facts: { url: 'https://git.example/1', version: '2', closedBy: undefined },
            },
          },
        ],
      },
    ],
    [{ underWay: { proposed: 0, written: 0, synced: 0 } }],
  ],
  [
    'nobody says what is deployed',
    [
      { at: 0, images: [upToDate('1')], argocd: 'nobody' },
      { at: 2, images: [updated('1', '2')], argocd: 'nobody' },
      { at: 4, images: [updated('2', '3', { verify: true })], argocd: 'nobody' },
      {
        at: 5,
        verified: [
          verification('failed', 5, { images: [{ alias: 'api', image: 'ghcr.io/acme/api', version: '3' }] }),
        ],
        argocd: 'nobody',
      },
      { at: 6, images: [rolledBackTo('3', '2', 'check')], argocd: 'nobody' },
    ],
    [
      { leadTimes: lead('seen', 'commit', 0), ended: ended('written') },
      { leadTimes: lead('seen', 'commit', 0) },
      { ended: ended('failed') },
      { restored: restored('check', 1) },
    ],
  ],
  [
    'nobody syncs it for a month',
    [
      { at: 0, images: [updated('1', '2')] },
      { at: 31 * 24 * 60, argocd: { 'api:2': 'synced' } },
    ],
    [{ underWay: { proposed: 0, written: 0, synced: 0 } }],
  ],
  [
    'the same version is written once more, and brings nothing new',
    [
      { at: 0, images: [upToDate('1')] },
      {
        at: 2,
        images: [
          updated('1', '1', {
            reason: {
              code: 'rewritten',
              facts: { ...CHOICE, chosen: chosen('1'), present: present('1'), fault: 'incomplete' },
            },
          }),
        ],
      },
    ],
    [{}],
  ],
  [
    'a version is synced while its checks go on, and then there is a newer one: it was deployed',
    [
      { at: 0, images: [updated('1', '2', { verify: true })] },
      { at: 2, argocd: { 'api:2': 'healthy' }, synced: 1 },
      { at: 4, images: [updated('2', '3', { verify: true })] },
    ],
    [{}, { leadTimes: lead('seen', 'commit', 0), ended: ended('synced') }],
  ],
];

const NOTHING: Omit<DeliveriesOfCycle, 'underWay'> = {
  leadTimes: [],
  ended: [],
  rolledBack: [],
  restored: [],
};

describe('what became of what was written', () => {
  test.each(STORIES)('%s', (_, cycles, told) => {
    const all = play(cycles).slice(1);
    expect(all.map(({ underWay: _counts, ...rest }) => rest)).toEqual(
      told.map(({ underWay: _counts, ...rest }) => ({ ...NOTHING, ...rest })),
    );
    for (const [index, { underWay }] of told.entries())
      if (underWay !== undefined) expect(all[index]?.underWay).toEqual(underWay);
  });

  test('is forgotten when another process led in the meantime, and of images that are gone', () => {
    for (const forget of ['clear', 'retain'] as const) {
      const deliveries = createDeliveries();
      const cycle = { startedAt: 0, now: 0, verified: [], rollbacks: [] };
      deliveries.follow({ ...cycle, images: [upToDate('1')].map(seen) });
      deliveries.follow({ ...cycle, argocd: NONE, images: [updated('1', '2')].map(seen) });
      expect(deliveries.wanted().size).toBe(1);
      if (forget === 'clear') deliveries.clear();
      else deliveries.retain(new Set());
      expect(deliveries.wanted().size).toBe(0);
      const told = deliveries.follow({ ...cycle, argocd: NONE, images: [updated('2', '3')].map(seen) });
      expect(told).toMatchObject({ ...NOTHING, underWay: { written: 1 } });
    }
  });
});

const NONE: NonNullable<CycleToFollow['argocd']> = { stateOf: () => undefined, syncedAt: () => undefined };
