import { expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import { findReviewerIds, orShortcoming, reviewCall } from '../../src/pull-requests/reviewers.ts';

const isId = (name: string): boolean => name.startsWith('{');

test('ids stay as they are, and ask nobody', async () => {
  const find = () => expect.unreachable('nothing is to be found');

  const { ids, shortcomings, unasked } = await findReviewerIds(['{1}', '{2}'], { label: 'git', isId, find });

  expect([...ids.values()]).toEqual(['{1}', '{2}']);
  expect([shortcomings, unasked]).toEqual([[], []]);
});

test('a name that stands for nobody, or for several, is left out with a sentence', async () => {
  const people: Readonly<Record<string, readonly string[]>> = { jane: ['{3}'], joe: ['{4}', '{5}'] };
  const find = () => Promise.resolve((name: string) => people[name] ?? []);

  const names = ['jane', '{1}', 'joe', 'nobody'];
  const { ids, shortcomings, unasked } = await findReviewerIds(names, {
    label: 'git.example/a/b',
    isId,
    find,
  });

  expect([...ids]).toEqual([
    ['{1}', '{1}'],
    ['jane', '{3}'],
  ]);
  expect(unasked).toEqual([]);
  expect(shortcomings).toEqual([
    'git.example/a/b knows several joe to ask for a review',
    'git.example/a/b knows no nobody to ask for a review',
  ]);
});

test('a failure costs the names only, an abort everything', async () => {
  const shortcomings: string[] = [];
  const failing = (code: 'host-failed' | 'aborted') => () =>
    Promise.reject(new LynceusError(code, 'no members'));

  const found = await findReviewerIds(['{1}', 'jane'], {
    label: 'git',
    isId,
    find: failing('host-failed'),
  });

  expect([...found.ids.values()]).toEqual(['{1}']);
  expect(found.unasked).toEqual(['jane']);
  expect(found.shortcomings).toEqual([expect.stringContaining('no members')]);
  await expect(orShortcoming(shortcomings, failing('aborted'))).rejects.toMatchObject({ code: 'aborted' });
});

test('teams are asked beside people', () => {
  expect(reviewCall('/pulls', 7, ['jane', 'team/platform'])).toMatchObject({
    path: '/pulls/7/requested_reviewers',
    body: { reviewers: ['jane'], team_reviewers: ['platform'] },
  });
});
