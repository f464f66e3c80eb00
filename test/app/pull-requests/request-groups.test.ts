import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../../src/app/decide-images.ts';
import {
  eachOnItsHost,
  requestGroupsOf,
  sharesBranch,
} from '../../../src/app/pull-requests/request-groups.ts';
import type { GitPlace } from '../../../src/core/policy.ts';
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

describe('eachOnItsHost', () => {
  const groups = requestGroupsOf([
    aProposal({ app: 'a' }),
    aProposal({ app: 'b' }),
    aProposal({ app: 'c', url: OTHER_HOST }),
  ]);

  test('works on one group after the other on a host', async () => {
    const running = new Set<string>();
    const most = new Map<string, number>();
    await eachOnItsHost(groups, async ({ name, place: { remote } }) => {
      running.add(`${remote.host} ${name}`);
      const here = [...running].filter((one) => one.startsWith(remote.host)).length;
      most.set(remote.host, Math.max(here, most.get(remote.host) ?? 0));
      await Promise.resolve();
      running.delete(`${remote.host} ${name}`);
    });
    expect([...most]).toEqual([
      ['one.example', 1],
      ['two.example', 1],
    ]);
  });

  test.each([
    ['https://github.com/acme/deploy.git', 'ssh://git@ssh.github.com:443/acme/other.git', 1],
    ['git@gitlab.com:acme/deploy.git', 'ssh://git@altssh.gitlab.com:443/acme/other.git', 1],
    ['https://dev.azure.com/acme/Shop/_git/deploy', 'git@ssh.dev.azure.com:v3/acme/Shop/other', 1],
    ['https://one.example/acme/deploy.git', 'https://one.example./acme/other.git', 1],
    ['https://one.example/acme/deploy.git', 'ssh://git@ssh.one.example:443/acme/other.git', 2],
  ])('%s and %s are at %j host(s)', async (one, other, count) => {
    let running = 0;
    let most = 0;
    await eachOnItsHost(requestGroupsOf([aProposal({ url: one }), aProposal({ url: other })]), async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    });
    expect(most).toBe(count);
  });

  test('a host that never answers keeps no other waiting', async () => {
    const first = await new Promise((resolve) => {
      void eachOnItsHost(groups, async ({ name, place: { remote } }) => {
        if (remote.host === 'one.example') await new Promise(() => undefined);
        resolve(name);
      });
    });
    expect(first).toBe('c');
  });
});
