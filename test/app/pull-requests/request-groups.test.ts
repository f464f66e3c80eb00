import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../../src/app/decide-images.ts';
import {
  needsApproval,
  requestGroupsOf,
  sharesBranch,
} from '../../../src/app/pull-requests/request-groups.ts';
import type { GitPlace } from '../../../src/core/policy.ts';
import type { PromotionApproval } from '../../../src/core/promotion/promotion-policy.ts';
import { aPlaceAt, aTracked } from '../../helpers/policies.ts';
import { aProposal, type Proposal } from './a-request.ts';

const OTHER_HOST = 'https://two.example/acme/deploy.git';

describe('images whose changes share a pull request', () => {
  test.each<readonly [string, Proposal, number]>([
    ['of one group', { app: 'shop', parts: { alias: 'web' } }, 1],
    ['of another Application in the group', { app: 'web', push: 'lynceus/main/shop', group: 'shop' }, 1],
    ['of another group', { app: 'web' }, 2],
    ['of another base', { base: 'next' }, 2],
    ['of another remote', { url: 'https://one.example/acme/other.git' }, 2],
    ['of another host', { url: OTHER_HOST }, 2],
    ['for which the Application names another kind of host', { kind: 'gitlab' }, 2],
    ['that spell the remote otherwise', { url: 'https://ONE.example/acme/deploy/' }, 1],
  ])('one %s', (_, other, count) => {
    const groups = requestGroupsOf([aProposal(), aProposal(other)]);
    expect(groups).toHaveLength(count);
    expect(groups.flatMap(({ evaluations }) => evaluations)).toHaveLength(2);
  });

  test('are those alone that are to be proposed', () => {
    const pushed = { ...aProposal(), tracked: aTracked() };
    const live = {
      ...aProposal(),
      tracked: aTracked({ target: { method: 'application', at: 'spec.source', format: 'helm' } }),
    };
    expect(requestGroupsOf([pushed, live])).toEqual([]);
  });
});

describe('a group shares its branch', () => {
  const LOGIN = { kind: 'secret', namespace: 'argocd', name: 'other' } as const;
  const placed = (changes: Partial<GitPlace>) => {
    const place = aPlaceAt('https://one.example/acme/deploy', { push: 'updates', ...changes });
    return { ...aProposal(), tracked: aTracked({ place }) };
  };
  const REQUEST = { group: 'branch updates', kind: undefined };

  test.each<readonly [string, boolean, Evaluation]>([
    ['from another base', true, placed({ base: 'next', pullRequest: REQUEST })],
    ['with another login', true, placed({ credentials: LOGIN, pullRequest: REQUEST })],
    ['without a pull request', true, placed({})],
    ['by another transport', true, placed({ ...aPlaceAt('git@one.example:acme/deploy'), push: 'updates' })],
    [
      'by its name, from another branch',
      true,
      placed({ push: 'x', credentials: LOGIN, pullRequest: REQUEST }),
    ],
    ['in one group', false, placed({ pullRequest: REQUEST })],
    ['of another name', false, placed({ push: 'updates-2', pullRequest: { ...REQUEST, group: 'x' } })],
    ['of another remote', false, placed({ ...aPlaceAt('https://one.example/acme/x'), base: 'next' })],
    ['that is a template', false, placed({ base: 'next', push: 'updates{{.SHA256}}' })],
  ])('with one %s: %s', (_, shares, other) => {
    const own = placed({ pullRequest: REQUEST });
    const [group] = requestGroupsOf([own]);
    if (group === undefined) expect.unreachable();

    expect(sharesBranch(group, [own, other])).toBe(shares);
    expect(sharesBranch(group, [own])).toBe(false);
  });
});

describe('a request needs approval', () => {
  const promoted = (approval: PromotionApproval, outcome: 'update' | 'current' = 'update') => {
    const promotion = { from: [], when: 'healthy', after: 0, by: 'tag', approval, key: '' } as const;
    return aProposal({ outcome, parts: { ...aProposal().tracked.policy, promotion } });
  };
  test.each<readonly [string, boolean, readonly Evaluation[]]>([
    ['of no image that is promoted', false, [aProposal()]],
    ['of one that nobody has to agree to', false, [promoted('none')]],
    ['of one that a merge lets through', true, [aProposal(), promoted('pull-request')]],
    ['that one may join later', true, [aProposal(), promoted('pull-request', 'current')]],
  ])('%s: %s', (_, expected, evaluations) => {
    expect(needsApproval({ evaluations })).toBe(expected);
  });
});
