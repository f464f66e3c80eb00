import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proposalBranch, requestGroup } from '../../../src/core/pull-requests/group.ts';

const application = { namespace: 'argocd', name: 'shop' };
const file = { kind: 'helm-values', path: 'apps/shop/values.yaml' } as const;

test.each([
  ['application', undefined, 'argocd/shop'],
  ['target', undefined, 'file apps/shop/values.yaml'],
  ['remote', undefined, 'all'],
  ['application', 'updates', 'branch updates'],
  ['remote', 'updates', 'branch updates'],
  ['remote', 'upd-{{.SHA256}}', 'argocd/shop'],
] as const)('changes grouped by %s, with the push branch %s, are "%s"', (grouping, push, group) => {
  expect(requestGroup({ application, file, push, grouping })).toBe(group);
});

test.each([
  ['main', 'argocd/shop', 'lynceus/main/argocd_shop'],
  ['next', 'shop', 'lynceus/next/shop'],
  ['release/1.0', 'all', expect.stringMatching(/^lynceus\/release-1\.0-[0-9a-f]{6}\/all$/)],
  [
    'main',
    'file apps/values.yaml',
    expect.stringMatching(/^lynceus\/main\/file-apps-values\.yaml-[0-9a-f]{6}$/),
  ],
])('into "%s" for "%s"', (base, group, branch) => {
  expect(proposalBranch(base, group)).toEqual(branch);
});

test('every name is a branch to git, of three components', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('a.lock', '..', '-', '@', 'x/'),
  );
  const names = fc.sample(fc.tuple(texts, texts), 300).map(([base, group]) => proposalBranch(base, group));
  for (const name of names) expect(name).toMatch(/^lynceus\/[^/]+\/[^/]+$/);
  for (const name of names.slice(0, 60)) {
    expect([name, spawnSync('git', ['check-ref-format', '--branch', name]).status]).toEqual([name, 0]);
  }
});
