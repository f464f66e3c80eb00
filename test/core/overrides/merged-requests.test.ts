import { describe, expect, test } from 'vitest';
import { mergedRecords } from '../../../src/core/overrides/merged-requests.ts';
import { indexHistory } from '../../../src/core/overrides/record-index.ts';
import { markerText } from '../../../src/core/pull-requests/marker.ts';
import type { PullRequest } from '../../../src/core/pull-requests/request.ts';
import { aTracked } from '../../helpers/policies.ts';
import { history } from './commits.ts';

const COMMITS = history('Ada: before', 'Gitea: update shop (#1)', 'Ada: back again');
const [, SQUASHED] = COMMITS;
const TRACKED = aTracked({ application: { namespace: 'argocd', name: 'shop' } });

function aMerged(changes: Partial<PullRequest> = {}, application = 'argocd/shop'): PullRequest {
  const change = { application, alias: TRACKED.alias, image: 'ghcr.io/acme/api', from: '1.4.1', to: '1.4.2' };
  return {
    number: 1,
    url: 'https://git.example/1',
    state: 'merged',
    head: 'lynceus/main/shop',
    base: 'main',
    title: 'update',
    body: `text\n\n${markerText({ group: 'shop', changes: [change], withdrawn: false })}`,
    isOurs: true,
    endedBy: 'jane',
    mergedAs: SQUASHED?.sha,
    autoMerge: false,
    ...changes,
  };
}

describe('a merged request', () => {
  test.each([
    { when: 'is a record of the commit that it became', request: aMerged(), versions: ['1.4.1 1.4.2'] },
    {
      when: 'may show the beginning of a hash',
      request: aMerged({ mergedAs: SQUASHED?.sha.slice(0, 12) }),
      versions: ['1.4.1 1.4.2'],
    },
    { when: 'that was closed says nothing', request: aMerged({ state: 'closed' }), versions: [] },
    {
      when: 'whose commit is not in the history says nothing',
      request: aMerged({ mergedAs: 'f'.repeat(40) }),
      versions: [],
    },
    {
      when: 'whose host names no commit says nothing',
      request: aMerged({ mergedAs: undefined }),
      versions: [],
    },
    {
      when: 'whose host names an empty commit says nothing',
      request: aMerged({ mergedAs: '' }),
      versions: [],
    },
    { when: 'of another Application says nothing', request: aMerged({}, 'argocd/cart'), versions: [] },
    { when: 'of somebody else says nothing', request: aMerged({ isOurs: false }), versions: [] },
    { when: 'without a mark says nothing', request: aMerged({ body: 'by hand' }), versions: [] },
  ])('$when', ({ request, versions }) => {
    const found = mergedRecords(TRACKED, [request], indexHistory(COMMITS));
    expect(found.map(({ record: { from, to } }) => `${from ?? ''} ${to ?? ''}`)).toEqual(versions);
    expect(found.map(({ order, commit }) => [order, commit])).toEqual(versions.map(() => [1, SQUASHED]));
  });
});

test('a merged request that took back a version is a record of the check', () => {
  const { body, ...request } = aMerged();
  const taken = { application: 'argocd/shop', alias: TRACKED.alias, image: 'ghcr.io/acme/api' };
  const changes = [{ ...taken, from: '1.4.2', to: '1.4.1', check: 'slo-errors' }];
  const marked = `text\n\n${markerText({ group: 'shop', changes, withdrawn: false })}`;
  expect(body).not.toBe(marked);
  const found = mergedRecords(TRACKED, [{ ...request, body: marked }], indexHistory(COMMITS));
  expect(found.map(({ record }) => record)).toMatchObject([
    { kind: 'rollback', from: '1.4.2', to: '1.4.1', check: 'slo-errors' },
  ]);
});

describe('a merged request whose host names no commit', () => {
  const line = (text: string) => history(text)[0]?.message ?? '';
  const squashed = (message: string, paths: readonly string[] | undefined = ['x.yaml']) =>
    indexHistory([{ sha: 'd'.repeat(40), author: 'Jane', message, paths, committedBy: 'others' }]);
  const said = line('update 1.4.1 -> 1.4.2');

  test.each([
    { when: 'is the commit that records just this', history: squashed(said), found: 1 },
    { when: 'is no commit without a change', history: squashed(said, []), found: 0 },
    {
      when: 'is no commit with another version',
      history: squashed(line('update 1.4.1 -> 999.0.0')),
      found: 0,
    },
    { when: 'is no release', history: squashed(line('release 1.4.1 -> 1.4.2')), found: 0 },
    {
      when: 'is no commit of another Application',
      history: squashed(said.replace('app=shop', 'app=cart')),
      found: 0,
    },
  ])('$when', ({ history: past, found }) => {
    const request = aMerged({ mergedAs: undefined });
    const tracked = aTracked({ application: { namespace: 'argocd', name: 'shop' }, alias: 'api' });
    const body = request.body.replace(`"${TRACKED.alias}"`, '"api"');
    expect(mergedRecords(tracked, [{ ...request, body }], past)).toHaveLength(found);
    expect(mergedRecords(tracked, [{ ...request, body, isOurs: false }], past)).toEqual([]);
  });
});
