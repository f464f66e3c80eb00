import type { Problem } from '../../src/core/problem.ts';
import type {
  CycleReport,
  ImageOutcome,
  ImageResult,
  RollbackResult,
  UpdaterResult,
} from '../../src/core/report.ts';
import type { DeliveriesOfCycle } from '../../src/core/delivery/delivery.ts';
import { statusImageKey } from '../../src/core/updater-status/images-not-updated.ts';
import { aTracked } from '../helpers/policies.ts';

const SHOP = { namespace: 'argocd', name: 'shop' };

/** An image that ended in this way; what is not given is as for an up-to-date one. */
export function image(outcome: ImageOutcome, rest: Partial<ImageResult> = {}): ImageResult {
  return {
    application: SHOP,
    alias: '',
    image: 'ghcr.io/acme/api',
    outcome,
    code: 'up-to-date',
    reason: '1.4.1 is the newest that is allowed',
    current: { name: 'ghcr.io/acme/api', tag: '1.4.1', digest: undefined },
    candidate: undefined,
    writer: undefined,
    place: undefined,
    path: undefined,
    commit: undefined,
    branch: undefined,
    ...rest,
  };
}

export function problem(rest: Partial<Problem> = {}): Problem {
  return {
    application: SHOP,
    alias: undefined,
    code: 'annotation-invalid',
    key: 'a/image-list',
    value: 'x',
    message: 'expected y',
    ...rest,
  };
}

/** What a check took back; what is not given is as for one that is written. */
export function rollback(rest: Partial<RollbackResult> = {}): RollbackResult {
  return {
    application: SHOP,
    check: 'slo-errors',
    detail: '0.3 is not < 0.01',
    failedCommit: 'c0ffee',
    outcome: 'written',
    code: 'check-failed',
    reason: 'the check slo-errors failed for 1.4.2, which is taken back to 1.4.1',
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', from: '1.4.2', to: '1.4.1' }],
    ...rest,
  };
}

/** An image of which it is known how old it is, and how far behind. */
export function datedImage(newer = 2): ImageResult {
  const built = Date.parse('2026-11-01T00:00:00Z');
  return image('held', {
    basis: {
      project: 'default',
      reason: { code: 'no-tags', facts: {} },
      policy: aTracked().policy,
      tags: { seen: 9, considered: 9, newer },
      times: { current: { built } },
    },
  });
}

/** One of everything that may become of what was written. */
export const DELIVERIES: DeliveriesOfCycle = {
  leadTimes: [{ application: SHOP, from: 'pushed', to: 'verified', seconds: 90 }],
  ended: [{ application: SHOP, result: 'verified' }],
  rolledBack: [{ application: SHOP, by: 'check' }],
  restored: [{ application: SHOP, by: 'check', seconds: 300 }],
  underWay: { proposed: 0, written: 1, synced: 0 },
};

export const IMAGES = { namespace: 'argocd', name: 'images' };

/** An `ImageUpdater` that has these images, in as many Applications as they are of. */
export function updater(images: readonly ImageResult[], rest: Partial<UpdaterResult> = {}): UpdaterResult {
  const matched = new Map(images.map(({ application }) => [application.name, application]));
  return {
    ...IMAGES,
    uid: 'uid-1',
    generation: 1,
    matched: [...matched.values()],
    images: images.length,
    listed: new Set(images.map(statusImageKey)),
    problems: 0,
    ...rest,
  };
}

export function report(rest: Partial<CycleReport> = {}): CycleReport {
  return {
    cycle: 'c-1',
    startedAt: Date.parse('2026-11-21T09:14:00Z'),
    seconds: 1.23456,
    dryRun: false,
    applications: 1,
    images: [],
    problems: [],
    failures: [],
    costs: { registryRequests: 3, gitFetches: 2, gitPushes: 1 },
    diffs: [],
    ...rest,
  };
}
