import { expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import { findReviewerIds, orShortcoming, reviewCalls } from '../../src/pull-requests/reviewers.ts';

const isId = (name: string): boolean => name.startsWith('{');

test('ids stay as they are, and ask nobody', async () => {
  const shortcomings: string[] = [];
  const find = () => expect.unreachable('nothing is to be found');

  expect(await findReviewerIds(['{1}', '{2}'], shortcomings, { label: 'git', isId, find })).toEqual([
    '{1}',
    '{2}',
  ]);
  expect(shortcomings).toEqual([]);
});

test('a name that stands for nobody, or for several, is left out with a sentence', async () => {
  const shortcomings: string[] = [];
  const people: Readonly<Record<string, readonly string[]>> = { jane: ['{3}'], joe: ['{4}', '{5}'] };
  const find = () => Promise.resolve((name: string) => people[name] ?? []);

  const ids = await findReviewerIds(['jane', '{1}', 'joe', 'nobody'], shortcomings, {
    label: 'git.example/a/b',
    isId,
    find,
  });

  expect(ids).toEqual(['{1}', '{3}']);
  expect(shortcomings).toEqual([
    'git.example/a/b knows several joe to ask for a review',
    'git.example/a/b knows no nobody to ask for a review',
  ]);
});

test('a failure costs the names only, an abort everything', async () => {
  const shortcomings: string[] = [];
  const failing = (code: 'host-failed' | 'aborted') => () =>
    Promise.reject(new LynceusError(code, 'no members'));

  const found = await findReviewerIds(['{1}', 'jane'], shortcomings, {
    label: 'git',
    isId,
    find: failing('host-failed'),
  });

  expect(found).toEqual(['{1}']);
  expect(shortcomings).toEqual([expect.stringContaining('no members')]);
  await expect(orShortcoming(shortcomings, failing('aborted'))).rejects.toMatchObject({ code: 'aborted' });
});

test('teams are asked beside people, and nobody when there is none', () => {
  expect(reviewCalls('/pulls', 7, [])).toEqual([]);
  expect(reviewCalls('/pulls', 7, ['jane', 'team/platform'])).toMatchObject([
    { path: '/pulls/7/requested_reviewers', body: { reviewers: ['jane'], team_reviewers: ['platform'] } },
  ]);
});
