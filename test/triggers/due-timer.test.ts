import { expect, test } from 'vitest';
import { createChangeQueue } from '../../src/triggers/changes.ts';
import { combineTriggers } from '../../src/triggers/combine-triggers.ts';
import { createDueTimer } from '../../src/triggers/due-timer.ts';
import { createSchedule, unscheduled } from '../../src/triggers/schedule.ts';
import { SILENT } from '../helpers/logs.ts';
import { createTimeline } from '../helpers/timeline.ts';

const NEVER = new AbortController().signal;
const NOBODY = { kind: 'some', applications: [], pushes: [] };

test('what is due is a tick for no Application, and the schedule keeps its time', async () => {
  const clock = createTimeline();
  const begin = clock.now();
  let due: number | undefined = begin + 3_000;
  const schedule = createSchedule({ kind: 'interval', every: 10_000 }, clock, SILENT);
  const ticks = combineTriggers(schedule, createChangeQueue({ clock }), {
    due: createDueTimer(clock, () => due),
  });
  const seen: [number, string][] = [];
  const run = async (): Promise<void> => {
    for (;;) {
      const tick = await ticks.next(NEVER);
      if (tick.kind === 'some') due = clock.now() < begin + 5_000 ? clock.now() + 4_000 : undefined;
      seen.push([(clock.now() - begin) / 1_000, tick.kind]);
    }
  };
  run().catch(() => undefined);
  await clock.pass(25_000);
  expect(seen).toEqual([
    [0, 'all'],
    [3, 'some'],
    [7, 'some'],
    [10, 'all'],
    [20, 'all'],
  ]);
});

test('a change and what is due are one tick', async () => {
  const clock = createTimeline();
  const changes = createChangeQueue({ clock, quiet: 0, longest: 0 });
  const ticks = combineTriggers(unscheduled(), changes, {
    due: createDueTimer(clock, () => clock.now()),
  });
  const next = ticks.next(NEVER);
  await clock.pass(1);
  expect(await next).toEqual(NOBODY);
  changes.add([{ namespace: 'argocd', name: 'shop' }]);
  const both = ticks.next(NEVER);
  await clock.pass(1);
  expect((await both).kind).toBe('some');
});

test('nothing is due: it waits until it is stopped', async () => {
  const clock = createTimeline();
  const stop = new AbortController();
  const waiting = createDueTimer(clock, () => undefined).next(stop.signal);
  await clock.pass(1_000_000);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
