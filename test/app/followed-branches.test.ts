import { expect, test } from 'vitest';
import { followedBranches } from '../../src/app/followed-branches.ts';
import { followedRefusal } from '../../src/app/permit-places.ts';
import type { Application } from '../../src/argocd/application.ts';
import type { Fence } from '../../src/core/permissions/fence.ts';
import { anApplication, aSource } from '../argocd/an-application.ts';
import { aRequester, aTracked } from '../helpers/policies.ts';

const FENCE: Fence = {
  rules: [],
  enforced: true,
  projects: {
    kind: 'known',
    projects: new Map([
      ['default', { name: 'default', sourceRepos: ['*'], sourceNamespaces: [] }],
      ['elsewhere', { name: 'elsewhere', sourceRepos: ['https://other.example/**'], sourceNamespaces: [] }],
    ]),
  },
  argocdNamespace: 'argocd',
};

function follower(name: string, changes: Partial<Application>, ...revisions: readonly string[]): Application {
  const sources = revisions.map((targetRevision) => aSource({ targetRevision }));
  return anApplication({}, { name, sources, ...changes });
}

const asking = aTracked({
  application: { namespace: 'argocd', name: 'asking' },
  requester: aRequester({ defaultBranch: 'trunk' }),
});

test.each<[string, readonly Application[], string, boolean]>([
  ['another Application', [follower('victim', {}, 'production')], 'production', true],
  ['another by its full name', [follower('victim', {}, 'refs/heads/production')], 'production', true],
  ['another as the default branch', [follower('victim', {}, 'HEAD')], 'trunk', true],
  ['nobody', [follower('victim', {}, 'main')], 'production', false],
  ['the asking one itself', [follower('asking', {}, 'production')], 'production', false],
  [
    'the asking one several times, and another after it',
    [follower('asking', {}, 'production', 'production', 'production'), follower('victim', {}, 'production')],
    'production',
    true,
  ],
  [
    'two of its name in other namespaces',
    [follower('asking', {}, 'production'), follower('asking', { namespace: 'b' }, 'production')],
    'production',
    false,
  ],
  [
    'one whose project has not the remote',
    [follower('x', { project: 'elsewhere' }, 'updates')],
    'updates',
    false,
  ],
  ['one without its project', [follower('x', { project: 'missing' }, 'updates')], 'updates', false],
])('a branch that %s follows', (_, applications, branch, isRefused) => {
  const refused = followedRefusal(asking, branch, followedBranches(applications, FENCE));
  expect(refused?.code).toBe(isRefused ? 'permission-denied' : undefined);
});
