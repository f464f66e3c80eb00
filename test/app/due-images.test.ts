import { expect, test } from 'vitest';
import { createDueImages } from '../../src/app/due-images.ts';
import { failedDecision, type Decision } from '../../src/core/selection/decision.ts';
import { LynceusError } from '../../src/errors.ts';
import { aPlace, aPlaceAt, aTracked } from '../helpers/policies.ts';

const CURRENT: Decision = {
  outcome: 'skipped',
  code: 'no-tags',
  facts: {},
  candidate: undefined,
};
const tracked = aTracked({ interval: 3_600_000 });

test.each([
  ['the same', tracked, 0],
  ['the same, that now runs', aTracked({ interval: 3_600_000, live: 'live' }), 0],
  ['with another strategy', aTracked({ interval: 3_600_000, strategy: { kind: 'alphabetical' } }), 1],
  ['at another place', aTracked({ interval: 3_600_000, place: aPlace({ base: 'next' }) }), 1],
  [
    'with the remote that its branch was resolved to',
    aTracked({
      interval: 3_600_000,
      place: aPlaceAt('https://git.example/acme/deploy.git'),
    }),
    0,
  ],
])('an image that was evaluated just now, and is wanted %s, is due %d times', (_, next, due) => {
  const images = createDueImages();
  images.select([tracked], { now: 0, regardless: false });
  const resolved = {
    ...tracked,
    destination: aTracked({ place: aPlace({ base: 'resolved' }) }).destination,
  };
  images.remember([{ tracked: resolved, decision: CURRENT }], 0);

  expect(images.select([next], { now: 1_000, regardless: false }).due).toHaveLength(due);
  expect(images.select([next], { now: 1_000, regardless: true }).due).toHaveLength(1);
});

test('an image that failed is due again', () => {
  const images = createDueImages();
  images.select([tracked], { now: 0, regardless: false });
  images.remember([{ tracked, decision: failedDecision(new LynceusError('registry-failed', 'x')) }], 0);

  expect(images.select([tracked], { now: 1_000, regardless: false }).due).toHaveLength(1);
});

const CANDIDATE = { tag: '1.1.0', digest: undefined };
const MINUTE = 60_000;

/** Until an hour after the beginning of time. */
const WAITING: Readonly<Record<string, Decision>> = {
  'an update window': {
    outcome: 'held',
    code: 'outside-window',
    facts: {
      candidate: CANDIDATE,
      from: { kind: 'annotation' },
      window: { kind: 'allow', schedule: '0 1 * * *', duration: 60 * MINUTE, timeZone: 'UTC' },
      opensAt: 60 * MINUTE,
    },
    candidate: CANDIDATE,
  },
  'its minimum age': {
    outcome: 'held',
    code: 'too-young',
    facts: {
      candidate: CANDIDATE,
      asked: 90 * MINUTE,
      age: 30 * MINUTE,
      since: 0,
      clock: 'ours',
      until: 60 * MINUTE,
    },
    candidate: CANDIDATE,
  },
};

test.each([
  ['an update window', 'not before it opens', 59, 0],
  ['an update window', 'once it opens', 60, 1],
  ['an update window', 'after it opened', 61, 1],
  ['its minimum age', 'not before it is old enough', 59, 0],
  ['its minimum age', 'once it is old enough', 60, 1],
])('an image that waits for %s is due %s, whatever its interval is', (what, _, minutes, due) => {
  const daily = aTracked({ interval: 24 * 60 * MINUTE });
  const images = createDueImages();
  images.select([daily], { now: 0, regardless: false });
  images.remember([{ tracked: daily, decision: WAITING[what] ?? CURRENT }], 0);

  expect(images.select([daily], { now: minutes * MINUTE, regardless: false }).due).toHaveLength(due);
});
