import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextOpening } from '../../../src/core/windows/cron-schedule.ts';
import { judgeWindows } from '../../../src/core/windows/judge-windows.ts';
import { parseWindows } from '../../../src/core/windows/parse-windows.ts';
import type { UpdateWindow, WindowGroup } from '../../../src/core/windows/update-window.ts';
import { windowState } from '../../../src/core/windows/window-state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function at(text: string): number {
  return Date.parse(`2026-${text}Z`);
}

/** Windows of the configuration, and in front of a `|` those of the annotation. */
function groupsOf(text: string): readonly WindowGroup[] {
  const [configured = '', annotated = ''] = text.split('|').reverse();
  return [
    { from: { kind: 'configuration' }, windows: parseWindows(configured) },
    { from: { kind: 'annotation' }, windows: parseWindows(annotated) },
  ];
}

const WORK = 'allow 0 9 * * 1-5 8h';
const NIGHT = 'allow 0 23 * * * 2h';
const LUNCH = 'deny 0 12 * * * 1h';
const NOON = 'deny 30 12 * * * 1h';
const HOLIDAYS = 'deny 0 0 20 12 * 336h';
const ALWAYS = 'deny * * * * * 1h';

describe('update windows', () => {
  // Mon 30 November 2026.
  test.each<[string, string, string | undefined, string?]>([
    ['', '11-30T03:00', undefined],
    [WORK, '11-30T08:59:59.999', '11-30T09:00'],
    [WORK, '11-30T09:00', undefined],
    [WORK, '11-30T16:59:59.999', undefined],
    [WORK, '11-30T17:00', '12-01T09:00'],
    [WORK, '11-28T12:00', '11-30T09:00'],
    [`${WORK} Europe/Berlin`, '11-30T07:59', '11-30T08:00'],
    [`${WORK} Europe/Berlin`, '11-30T16:00', '12-01T08:00'],
    // Either of several.
    [`${WORK}; ${NIGHT}`, '11-30T17:30', '11-30T23:00', '0 23 * * *'],
    [`${WORK}; ${NIGHT}`, '12-01T00:30', undefined],
    // A deny window wins.
    [LUNCH, '11-30T11:00', undefined],
    [LUNCH, '11-30T12:00', '11-30T13:00'],
    [`${WORK}; ${LUNCH}`, '11-30T12:10', '11-30T13:00', '0 12 * * *'],
    [`${LUNCH}; ${WORK}`, '11-30T08:00', '11-30T09:00', '0 9 * * 1-5'],
    [`${LUNCH}; ${NOON}`, '11-30T12:40', '11-30T13:30', '30 12 * * *'],
    [`${WORK}; ${HOLIDAYS}`, '12-21T10:00', undefined, 'none'],
    [`${WORK}; deny 0 16 * * * 1h`, '11-30T16:30', '12-01T09:00'],
    [`${WORK}; deny 0 9 30 11 * 24h`, '11-30T10:00', '12-01T09:00'],
    // All origins must be open.
    [`${NIGHT}|${WORK}`, '11-30T10:00', undefined, 'never'],
    [`allow 0 11 * * * 4h|${WORK}`, '11-30T10:00', '11-30T11:00', '0 11 * * *'],
    [`allow 0 11 * * * 4h|${WORK}`, '11-30T12:00', undefined],
    [`allow * * * * * 1h|${WORK}`, '11-30T08:00', '11-30T09:00', '0 9 * * 1-5'],
    [`${LUNCH}|${WORK}`, '11-30T12:10', '11-30T13:00', '0 12 * * *'],
    // Windows that follow each other without a gap, and one that covers a year.
    ['allow 0 * * * * 1h', '11-30T10:20', undefined],
    ['allow 0 0 1 1 * 8760h', '11-30T10:20', undefined],
    ['allow 0 0 29 2 * 24h', '11-30T10:20', 'leap'],
    [ALWAYS, '11-30T10:20', undefined, 'never'],
    [`${WORK}; deny 0 9 * * 1-5 8h`, '11-30T10:20', undefined, 'never'],
  ])('%s at %s: %s', (text, now, opens, schedule) => {
    const judged = judgeWindows(groupsOf(text), at(now));

    if (opens === undefined && schedule === undefined) return expect(judged).toEqual({ kind: 'open' });
    expect(judged).toMatchObject({ kind: 'closed', opensAt: expectedOpening(opens, schedule) });
    if (schedule !== undefined && !['never', 'none'].includes(schedule))
      expect(judged).toMatchObject({ window: { schedule } });
  });

  function expectedOpening(opens: string | undefined, schedule: string | undefined): number | undefined {
    if (opens === 'leap') return Date.parse('2028-02-29T00:00Z');
    if (schedule === 'none') return Date.parse('2027-01-04T09:00Z');
    return opens === undefined ? undefined : at(opens);
  }

  test('name the origin that is closed', () => {
    const judged = judgeWindows(groupsOf(`${NIGHT}|allow * * * * * 1h`), at('11-30T10:00'));

    expect(judged).toMatchObject({ kind: 'closed', from: { kind: 'annotation' } });
  });
});

const step = fc.integer({ min: 0, max: 10_000 }).map((minutes) => at('01-01T00:00') + minutes * MINUTE);
const window: fc.Arbitrary<UpdateWindow> = fc.record({
  kind: fc.constantFrom('allow', 'deny'),
  schedule: fc.constantFrom('0 9 * * *', '30 */6 * * *', '0 0 * * 1', '15 12 2-4 * *', '*/20 3 * * *'),
  duration: fc.integer({ min: 1, max: 30 * 60 }).map((minutes) => minutes * MINUTE),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu'),
});
const windows = fc.array(window, { maxLength: 3 });

/** By the definition: some opening lies less than the duration ago. */
function isOpen({ duration, ...clocked }: UpdateWindow, now: number): boolean {
  const opening = nextOpening(clocked, now - duration);
  return opening !== undefined && opening <= now;
}

function maybeWritten(group: readonly UpdateWindow[], now: number): boolean {
  const allows = group.filter(({ kind }) => kind === 'allow');
  if (group.some((one) => one.kind === 'deny' && isOpen(one, now))) return false;
  return allows.length === 0 || allows.some((one) => isOpen(one, now));
}

describe('whatever the windows are', () => {
  test('they are open by their definition, in whatever order times are asked for', () => {
    fc.assert(
      fc.property(windows, windows, fc.array(step, { minLength: 1, maxLength: 4 }), (some, others, times) => {
        const groups: readonly WindowGroup[] = [
          { from: { kind: 'configuration' }, windows: some },
          { from: { kind: 'annotation' }, windows: others },
        ];
        for (const now of times) {
          const expected = maybeWritten(some, now) && maybeWritten(others, now);
          expect(judgeWindows(groups, now).kind).toBe(expected ? 'open' : 'closed');
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the time at which they open is the first', () => {
    fc.assert(
      fc.property(windows, windows, step, (some, others, now) => {
        const groups: readonly WindowGroup[] = [
          { from: { kind: 'configuration' }, windows: some },
          { from: { kind: 'annotation' }, windows: others },
        ];
        const judged = judgeWindows(groups, now);
        if (judged.kind === 'open' || judged.opensAt === undefined) return;
        const { opensAt } = judged;
        expect(maybeWritten(some, opensAt) && maybeWritten(others, opensAt)).toBe(true);
        for (let earlier = now; earlier < opensAt; earlier += Math.max(MINUTE, (opensAt - now) / 20))
          expect(maybeWritten(some, earlier) && maybeWritten(others, earlier)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('each lasts its duration in elapsed time when the clocks change', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 23 * 60 }),
        fc.integer({ min: 0, max: 364 }),
        (timeZone, hour, minutes, day) => {
          const one = { kind: 'allow', schedule: `30 ${hour} * * *`, timeZone } as const;
          const opening = nextOpening(one, at('01-01T00:00') + day * 24 * HOUR) ?? 0;
          const end = opening + minutes * MINUTE;
          const made = { ...one, duration: end - opening };
          expect(windowState(made, opening - 1).kind).toBe('closed');
          expect(windowState(made, opening)).toEqual({ kind: 'open', until: end });
          expect(windowState(made, end - 1).kind).toBe('open');
          expect(windowState({ ...made }, end).kind).toBe('closed');
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('20 windows are cheap to ask for 5,000 images in each of ten cycles', () => {
  const all = Array.from({ length: 20 }, (_, hour) =>
    parseWindows(`${hour % 2 === 0 ? 'allow' : 'deny'} 0 ${hour} * * 1-5 30m Europe/Berlin`),
  ).flat();
  const before = performance.now();
  for (let cycle = 0; cycle < 10; cycle += 1) {
    const now = at('11-30T10:40') + cycle * 2 * MINUTE;
    for (let image = 0; image < 5_000; image += 1) {
      const judged = judgeWindows([{ from: { kind: 'configuration' }, windows: [...all] }], now);
      if (judged.kind === 'open') throw new Error('expected closed windows');
    }
  }
  // About 0.2 s; without what is remembered it would be minutes.
  expect(performance.now() - before).toBeLessThan(5_000);
});
