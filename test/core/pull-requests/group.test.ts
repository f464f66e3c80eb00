import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gitTargetOf, type GitPlace, type TrackedImage } from '../../../src/core/policy.ts';
import { proposalBranch, requestGroup, withSharedFiles } from '../../../src/core/pull-requests/group.ts';
import { aPlace, aTracked } from '../../helpers/policies.ts';

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

interface Sharer {
  readonly app: string;
  readonly path?: string;
  readonly group?: string;
  readonly place?: Partial<GitPlace>;
}

function sharer({ app, path = 'values.yaml', group = `argocd/${app}`, place = {} }: Sharer): TrackedImage {
  return aTracked({
    application: { namespace: 'argocd', name: app },
    file: { kind: 'helm-values', path },
    place: aPlace({ pullRequest: { group, kind: undefined }, ...place }),
  });
}

const SHOP: Sharer = { app: 'shop' };
const FILE = 'file values.yaml';

test.each<readonly [string, readonly Sharer[], readonly (string | undefined)[]]>([
  ['of two Applications', [SHOP, { app: 'cart' }], [FILE, FILE]],
  ['of one Application', [SHOP, SHOP], ['argocd/shop', 'argocd/shop']],
  ['of two, one of which is grouped by file already', [SHOP, { app: 'cart', group: FILE }], [FILE, FILE]],
  [
    'of two whose branches come from a template',
    [
      { ...SHOP, place: { push: 'upd-{{.SHA256}}' } },
      { app: 'cart', place: { push: 'upd-{{.SHA256}}' } },
    ],
    [FILE, FILE],
  ],
  [
    'of which each has a file of its own',
    [SHOP, { app: 'cart', path: 'other.yaml' }],
    ['argocd/shop', 'argocd/cart'],
  ],
  ['on two bases', [SHOP, { app: 'cart', place: { base: 'next' } }], ['argocd/shop', 'argocd/cart']],
  [
    'of which one is pushed without a request',
    [
      SHOP,
      { app: 'cart', place: { push: undefined, pullRequest: undefined } as unknown as Partial<GitPlace> },
    ],
    ['argocd/shop', undefined],
  ],
  [
    'that share a branch anyway',
    [
      { ...SHOP, group: 'branch updates', place: { push: 'updates' } },
      { app: 'cart', group: 'branch updates', place: { push: 'updates' } },
    ],
    ['branch updates', 'branch updates'],
  ],
])('images of a file %s are in the groups', (_, sharers, groups) => {
  const images = sharers.map(sharer);
  const groupsOf = (all: readonly TrackedImage[]) =>
    all.map((one) => gitTargetOf(one)?.place.pullRequest?.group);
  expect(groupsOf(withSharedFiles(images))).toEqual(groups);
  // Also when the others are not evaluated now.
  expect(groupsOf(withSharedFiles(images.slice(0, 1), images.slice(1)))).toEqual(groups.slice(0, 1));
});
