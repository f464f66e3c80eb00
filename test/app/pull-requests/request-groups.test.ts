import { describe, expect, test } from 'vitest';
import { requestGroupsOf } from '../../../src/app/pull-requests/request-groups.ts';
import { aTracked } from '../../helpers/policies.ts';
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
