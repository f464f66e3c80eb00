import { describe, expect, test } from 'vitest';
import type { ImageResult } from '../../src/core/report.ts';
import {
  createWaitingApplications,
  type WaitingApplications,
} from '../../src/triggers/waiting-applications.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface World {
  readonly clock: Timeline;
  readonly waiting: WaitingApplications;
  /** What was called for, and when, in minutes. */
  readonly calls: readonly string[];
  readonly begin: number;
}

function world(): World {
  const clock = createTimeline();
  const begin = clock.now();
  const calls: string[] = [];
  const waiting = createWaitingApplications(clock, (applications) => {
    const names = [...new Set(applications.map(({ name }) => name))].sort();
    calls.push(`${(clock.now() - begin) / MINUTE}: ${names.join(' ')}`);
  });
  return { clock, waiting, calls, begin };
}

/** An image of this Application; `minutes` after the begin it may be written. */
function image({ begin }: World, text: string, minutes?: number): ImageResult {
  const [name = '', alias = ''] = text.split('/');
  return {
    application: { namespace: 'argocd', name },
    alias,
    image: `acme/${alias}`,
    outcome: minutes === undefined ? 'current' : 'held',
    code: minutes === undefined ? 'up-to-date' : 'outside-window',
    reason: '',
    current: undefined,
    candidate: undefined,
    ...(minutes === undefined ? {} : { heldUntil: begin + minutes * MINUTE }),
    writer: 'git',
    place: undefined,
    path: undefined,
    commit: undefined,
    branch: undefined,
  };
}

describe('Applications that wait for a time', () => {
  test('are called for when it comes, each once', async () => {
    const all = world();
    all.waiting.note({
      images: [image(all, 'a/x', 60), image(all, 'b/x', 90), image(all, 'c/x'), image(all, 'd/x', 60)],
    });
    await all.clock.pass(59 * MINUTE);
    expect(all.calls).toEqual([]);
    await all.clock.pass(10 * HOUR);
    expect(all.calls).toEqual(['60: a d', '90: b']);
    expect(all.clock.sleepers).toBe(0);
  });

  test('are forgotten by a cycle in which they wait no more', async () => {
    const all = world();
    all.waiting.note({ images: [image(all, 'a/x', 60), image(all, 'b/x', 60), image(all, 'c/x', 60)] });
    await all.clock.pass(MINUTE);
    all.waiting.note({ images: [image(all, 'a/x'), image(all, 'b/x', 70)] });
    await all.clock.pass(HOUR * 2);
    expect(all.calls).toEqual(['70: b']);
  });

  test('stay as they are in a cycle for others, or for another of their images', async () => {
    const all = world();
    all.waiting.note({ images: [image(all, 'a/x', 60), image(all, 'a/y', 80), image(all, 'b/x', 60)] });
    all.waiting.note({ images: [image(all, 'a/x')], partial: true });
    all.waiting.note({ images: [], partial: true });
    await all.clock.pass(HOUR * 2);
    expect(all.calls).toEqual(['60: b', '80: a']);
  });

  test('stay as they are while an interval of their own is not over', async () => {
    const all = world();
    all.waiting.note({ images: [image(all, 'a/x', 60), image(all, 'b/x', 60)] });
    const skipped = { ...image(all, 'a/x'), outcome: 'skipped', code: 'not-due' } as const;
    all.waiting.note({ images: [skipped, { ...image(all, 'b/x'), outcome: 'current' }] });
    await all.clock.pass(HOUR * 2);
    expect(all.calls).toEqual(['60: a']);
  });

  test('are called for at once when their time is over', async () => {
    const all = world();
    all.waiting.note({ images: [image(all, 'a/x', -5)] });
    await all.clock.pass(0);
    expect(all.calls).toEqual(['0: a']);
  });

  test('are no more called for once it is stopped', async () => {
    const all = world();
    all.waiting.note({ images: [image(all, 'a/x', 60)] });
    await all.clock.pass(MINUTE);
    all.waiting.stop();
    await all.clock.pass(HOUR * 2);
    expect(all.calls).toEqual([]);
    expect(all.clock.sleepers).toBe(0);
  });
});
