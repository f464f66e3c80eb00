import { expect, test } from 'vitest';
import { batchesOf } from '../../src/app/batches.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import { aPlace, aTracked } from '../helpers/policies.ts';

const REMOTE = 'https://git.example/acme/deploy.git';
const LIVE = { method: 'application', at: 'spec.source', format: 'helm' } as const;

function inGit(name: string, url: string, namespace = 'argocd') {
  return aTracked({ application: { namespace, name }, place: aPlace({ remote: parseGitRemote(url) }) });
}

function live(name: string) {
  return aTracked({ target: LIVE, application: { namespace: 'argocd', name } });
}

test('images of one remote are one batch, however it is spelled, and each Application in the cluster is one', () => {
  const images = [
    inGit('a', REMOTE),
    inGit('b', 'git@git.example:acme/deploy.git'),
    inGit('c', 'https://git.example/acme/other.git'),
    live('d'),
    live('d'),
    live('e'),
  ];
  const waiting = [inGit('w', REMOTE), inGit('x', 'https://git.example/acme/third.git')];

  const batches = batchesOf(images, waiting);

  expect(batches.map((batch) => batch.images.map(({ application }) => application.name))).toEqual([
    ['a', 'b'],
    ['c'],
    ['d', 'd'],
    ['e'],
  ]);
  expect(batches.map((batch) => batch.waiting.length)).toEqual([1, 0, 0, 0]);
});

test('a batch is worked on for its namespace, and for none of them when it has several', () => {
  const [one, shared] = batchesOf(
    [
      inGit('a', REMOTE, 'team'),
      inGit('b', 'https://git.example/x/y.git', 'team'),
      inGit('c', 'https://git.example/x/y.git', 'other'),
    ],
    [],
  );

  expect(one?.asker.namespace).toBe('team');
  expect(['team', 'other']).not.toContain(shared?.asker.namespace);
});
