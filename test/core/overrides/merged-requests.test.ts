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
    { when: 'without a mark says nothing', request: aMerged({ body: 'by hand' }), versions: [] },
  ])('$when', ({ request, versions }) => {
    const found = mergedRecords(TRACKED, [request], indexHistory(COMMITS));
    expect(found.map(({ record: { from, to } }) => `${from ?? ''} ${to ?? ''}`)).toEqual(versions);
    expect(found.map(({ order, commit }) => [order, commit])).toEqual(versions.map(() => [1, SQUASHED]));
  });
});
