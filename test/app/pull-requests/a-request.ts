import type { Evaluation } from '../../../src/app/decide-images.ts';
import type { Decision } from '../../../src/core/selection/decision.ts';
import type { PullRequest } from '../../../src/core/pull-requests/request.ts';
import type { PullRequestHost } from '../../../src/ports/pull-request-host.ts';
import { aPlaceAt, aTracked, type TrackedParts } from '../../helpers/policies.ts';

export interface Proposal {
  readonly url?: string;
  readonly app?: string;
  readonly base?: string;
  readonly push?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly outcome?: 'update' | 'current';
  /** What else is special of it. */
  readonly parts?: TrackedParts;
}

/** An image whose new version is to be proposed, 1.0.0 to 1.1.0. */
export function aProposal({
  url = 'https://one.example/acme/deploy.git',
  app = 'shop',
  base = 'main',
  push = `lynceus/${base}/${app}`,
  group = app,
  kind,
  outcome = 'update',
  parts = {},
}: Proposal = {}): Evaluation {
  const path = `apps/${app}/values.yaml`;
  const image = { name: undefined, tag: '1.0.0', digest: undefined };
  return {
    tracked: aTracked({
      application: { namespace: 'argocd', name: app },
      file: { kind: 'helm-values', path },
      place: aPlaceAt(url, { base, push, pullRequest: { group, kind } }),
      ...parts,
    }),
    present: { kind: 'read', presence: { kind: 'present', image }, path },
    decision: outcome === 'update' ? UPDATE : CURRENT,
  };
}

const CHOICE = {
  chosen: { tag: '1.1.0', digest: undefined },
  strategy: { kind: 'semver', constraint: '' },
  considered: 2,
} as const;
const UPDATE: Decision = {
  outcome: 'update',
  code: 'newer-version',
  facts: { ...CHOICE, present: { name: undefined, tag: '1.0.0', digest: undefined } },
  to: CHOICE.chosen,
  labels: {},
};
const CURRENT: Decision = { outcome: 'current', code: 'up-to-date', facts: CHOICE, candidate: CHOICE.chosen };

export function aRequest(changes: Partial<PullRequest> = {}): PullRequest {
  return {
    number: 1,
    url: 'https://one.example/acme/deploy/1',
    state: 'open',
    head: 'lynceus/main/shop',
    base: 'main',
    title: 'update',
    body: '',
    isOurs: true,
    endedBy: undefined,
    autoMerge: false,
    ...changes,
  };
}

/** A host on which nothing is open and nothing has ended, and that keeps what it is asked. */
export function aHost(changes: Partial<PullRequestHost> = {}): PullRequestHost {
  return {
    label: 'a host',
    abilities: new Set(),
    limits: { title: 80, body: 10_000 },
    listOpen: () => Promise.resolve([]),
    listEnded: () => Promise.resolve([]),
    create: ({ head, base, title, body }) =>
      Promise.resolve({ request: aRequest({ head, base, title, body }), shortcomings: [] }),
    add: () => Promise.resolve({ shortcomings: [] }),
    update: () => Promise.resolve(),
    close: () => Promise.resolve(),
    enableAutoMerge: () => Promise.resolve({ kind: 'as-before' }),
    ...changes,
  };
}
