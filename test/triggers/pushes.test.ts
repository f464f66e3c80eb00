import { describe, expect, test } from 'vitest';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import type { PushEvent, Tick } from '../../src/ports/tick.ts';
import { createChangeQueue } from '../../src/triggers/changes.ts';
import { combineTriggers } from '../../src/triggers/combine-triggers.ts';
import { createPushQueue, type PushQueue } from '../../src/triggers/pushes.ts';
import { createSchedule, unscheduled, type Schedule } from '../../src/triggers/schedule.ts';
import { SILENT } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';

const NEVER = new AbortController().signal;

interface World {
  readonly clock: Timeline;
  readonly pushes: PushQueue;
  /** What was ticked, and when, in seconds. */
  readonly ticks: readonly string[];
}

/** Runs cycles of this many milliseconds, one after the other. */
function running(cycle = 0, scheduleOf: (clock: Timeline) => Schedule = () => unscheduled()): World {
  const clock = createTimeline();
  const pushes = createPushQueue({ clock });
  const triggers = combineTriggers(scheduleOf(clock), createChangeQueue({ clock }), { pushes });
  const begin = clock.now();
  const ticks: string[] = [];
  const run = async (): Promise<never> => {
    for (;;) {
      const tick = await triggers.next(NEVER);
      ticks.push(`${(clock.now() - begin) / 1_000}: ${textOf(tick)}`);
      await clock.sleep(cycle, NEVER);
    }
  };
  run().catch(() => undefined);
  return { clock, pushes, ticks };
}

function textOf(tick: Tick): string {
  return tick.kind === 'all' ? 'all' : tick.pushes.map(nameOf).join(' ');
}

function nameOf(push: PushEvent): string {
  return push.kind === 'image'
    ? push.repository.path
    : `${push.remotes[0]?.label ?? ''}@${push.branch ?? '*'}`;
}

function image(path: string): PushEvent {
  return { kind: 'image', repository: { registry: 'ghcr.io', path } };
}

function git(branch: string | undefined, ...urls: readonly string[]): PushEvent {
  return { kind: 'git', remotes: urls.map(parseGitRemote), branch };
}

describe('cycles for what was pushed', () => {
  test('begin 200 ms after one', async () => {
    const { clock, pushes, ticks } = running();
    await clock.pass(3_000);
    pushes.add([image('a')]);
    await clock.pass(60_000);
    expect(ticks).toEqual(['3.2: a']);
  });

  test('wait for its likes, a second at most', async () => {
    const { clock, pushes, ticks } = running();
    for (let at = 0; at < 1_000; at += 100) {
      pushes.add([image(`a${at / 100}`)]);
      await clock.pass(100);
    }
    await clock.pass(60_000);
    expect(ticks).toEqual(['1: a0 a1 a2 a3 a4 a5 a6 a7 a8 a9']);
  });

  test('are for each image repository and branch once, however it is spelled', async () => {
    const { clock, pushes, ticks } = running();
    pushes.add([image('a'), image('b'), image('a')]);
    pushes.add([git('main', 'https://git.example/acme/x.git', 'git@git.example:acme/x.git')]);
    pushes.add([git('main', 'ssh://git@GIT.example/acme/x'), git('dev', 'https://git.example/acme/x')]);
    pushes.add([git(undefined, 'https://git.example/acme/x')]);
    await clock.pass(1_000);
    expect(ticks).toEqual(['0.2: a b git.example/acme/x@main git.example/acme/x@dev git.example/acme/x@*']);
  });

  test.each([
    ['without a pause, while cycles are quick', 5, 0],
    ['without a pause, while cycles are slow', 5, 3_000],
    ['with gaps that a busy process makes', 700, 50],
  ])('are two at most for a flood of 1,000 %s', async (_, gap, cycle) => {
    const { clock, pushes, ticks } = running(cycle);
    const events = Math.min(1_000, Math.floor(10_000 / gap));
    for (let sent = 0; sent < events; sent += 1) {
      pushes.add(Array.from({ length: Math.ceil(1_000 / events) }, (_each, n) => image(`a${sent}-${n}`)));
      await clock.pass(gap);
    }
    await clock.pass(60_000);
    expect(ticks).toHaveLength(2);
    expect(ticks.join(' ').match(/a\d+-\d+/g)).toHaveLength(events * Math.ceil(1_000 / events));
  });

  test('go on every ten seconds for a flood that does not end', async () => {
    const { clock, pushes, ticks } = running();
    for (let at = 0; at < 60_000; at += 500) {
      pushes.add([image('a')]);
      await clock.pass(500);
    }
    expect(ticks.map((tick) => Math.round(parseFloat(tick)))).toEqual([0, 11, 21, 31, 41, 51]);
  });

  test('come soon again after a pause', async () => {
    const { clock, pushes, ticks } = running();
    for (let times = 0; times < 3; times += 1) {
      pushes.add([image('a')]);
      await clock.pass(2_000);
    }
    expect(ticks).toEqual(['0.2: a', '2.2: a', '4.2: a']);
  });

  test('follow a cycle that runs when they are told of', async () => {
    const { clock, pushes, ticks } = running(5_000);
    pushes.add([image('a')]);
    await clock.pass(3_000);
    pushes.add([image('a')]);
    await clock.pass(60_000);
    expect(ticks).toEqual(['0.2: a', '5.2: a']);
  });

  test('are covered by one for everything that begins later, and not by one that runs', async () => {
    const every = (clock: Timeline): Schedule =>
      createSchedule({ kind: 'interval', every: 10_000 }, clock, SILENT);
    const { clock, pushes, ticks } = running(4_000, every);
    await clock.pass(2_000);
    pushes.add([image('during')]);
    await clock.pass(7_900);
    pushes.add([image('before')]);
    await clock.pass(8_000);
    expect(ticks).toEqual(['0: all', '4: during', '10: all']);
  });
});
