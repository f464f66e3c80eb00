import { expect, test } from 'vitest';
import { createDueImages } from '../../src/app/due-images.ts';
import { parseWindows } from '../../src/core/windows/parse-windows.ts';
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

test.each([
  ['before it opens', 59, 0],
  ['once it opens', 60, 1],
  ['and stays so', 61, 1],
])('an image that waits for an update window is due %s, whatever its interval is', (_, minutes, due) => {
  const minute = 60_000;
  const daily = aTracked({ interval: 24 * 60 * minute });
  const images = createDueImages();
  images.select([daily], { now: 0, regardless: false });
  const candidate = { tag: '1.1.0', digest: undefined };
  const [window] = parseWindows('allow 0 1 * * * 1h');
  if (window === undefined) throw new Error('expected a window');
  const facts = { candidate, from: { kind: 'annotation' }, window, opensAt: 60 * minute } as const;
  images.remember(
    [{ tracked: daily, decision: { outcome: 'held', code: 'outside-window', facts, candidate } }],
    0,
  );

  expect(images.select([daily], { now: minutes * minute, regardless: false }).due).toHaveLength(due);
});
