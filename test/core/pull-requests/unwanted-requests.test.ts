import { expect, test } from 'vitest';
import { markerText } from '../../../src/core/pull-requests/marker.ts';
import type { PullRequest } from '../../../src/core/pull-requests/request.ts';
import { unwantedRequests } from '../../../src/core/pull-requests/unwanted-requests.ts';
import { aTracked } from '../../helpers/policies.ts';

interface RequestParts {
  readonly group?: string;
  readonly head?: string;
  readonly apps?: readonly string[];
  readonly withdrawn?: boolean;
  readonly body?: string;
  readonly isOurs?: boolean;
}

function aRequest({
  group = 'argocd/shop',
  head = 'lynceus/main/argocd_shop',
  apps = ['shop'],
  withdrawn = false,
  body,
  isOurs = true,
}: RequestParts = {}): PullRequest {
  const changes = apps.map((app) => ({
    application: `argocd/${app}`,
    alias: 'api',
    image: 'ghcr.io/acme/api',
    from: '1',
    to: '2',
  }));
  return {
    number: 1,
    url: 'https://git.example/1',
    state: 'open',
    head,
    base: 'main',
    title: 'update',
    body: body ?? `text\n\n${markerText({ group, changes, withdrawn })}`,
    isOurs,
    endedBy: undefined,
    autoMerge: false,
  };
}

test.each<readonly [string, RequestParts, boolean]>([
  ['of a group that is no more', {}, true],
  ['of all of a remote, as it was grouped before', { group: 'all', apps: ['shop', 'cart'] }, true],
  ['of a group that is there', { group: 'argocd/cart', apps: ['cart'] }, false],
  ['from a branch of a group that is there', { head: 'lynceus/main/argocd_cart' }, false],
  ['of an Application that is not read now', { apps: ['elsewhere'] }, false],
  ['of one that is read and one that is not', { apps: ['shop', 'elsewhere'] }, false],
  ['that we closed, and somebody opened again', { withdrawn: true }, false],
  ['with our marker, by a person', { isOurs: false }, false],
  ['by a person', { body: 'please merge' }, false],
  ['with a marker that names no image', { apps: [] }, false],
])('a request %s', (_, parts, isUnwanted) => {
  const request = aRequest(parts);
  const known = ['shop', 'cart'].map((name) => aTracked({ application: { namespace: 'argocd', name } }));
  const found = unwantedRequests({
    open: [request],
    groups: new Set(['argocd/cart']),
    heads: new Set(['lynceus/main/argocd_cart']),
    known,
  });
  expect(found).toEqual(isUnwanted ? [request] : []);
});
