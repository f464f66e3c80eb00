import { describe, expect, test } from 'vitest';
import { runDaemon, type CycleEnding, type DaemonParts } from '../../src/app/daemon.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { collectLog, SILENT } from '../helpers/logs.ts';

const REPORT = { cycle: 'x', images: [] } as unknown as CycleReport;

/** A promise and its ends. */
function gate(): { readonly wait: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { wait, open: () => open() };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(new DOMException('aborted', 'AbortError'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

function parts(changes: Partial<DaemonParts>): DaemonParts {
  return {
    leadership: {
      acquire: () => Promise.resolve({ lost: new AbortController().signal }),
      release: () => Promise.resolve(),
    },
    ticks: { next: (signal) => aborted(signal) },
    runCycle: () => Promise.resolve(REPORT),
    onCycle: { begins: () => undefined, ended: () => undefined },
    releasers: [],
    clock: { now: () => 0, sleep: (_ms, signal) => aborted(signal), random: () => 0 },
    log: SILENT,
    grace: 1000,
    ...changes,
  };
}

/** Ticks a few times, then waits for the end. */
function ticks(count: number): DaemonParts['ticks'] {
  let left = count;
  return { next: (signal) => (left-- > 0 ? Promise.resolve({ kind: 'all' }) : aborted(signal)) };
}

describe('the daemon', () => {
  test('runs one cycle per tick and never two at once', async () => {
    let running = 0;
    let most = 0;
    let count = 0;
    const three = gate();
    const daemon = runDaemon(
      parts({
        ticks: ticks(3),
        runCycle: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          running -= 1;
          count += 1;
          if (count === 3) three.open();
          return REPORT;
        },
      }),
    );

    await three.wait;
    await daemon.stop();

    expect([count, most]).toEqual([3, 1]);
  });

  test('stops at once while it waits, and lets go of everything, last first', async () => {
    const released: string[] = [];
    const daemon = runDaemon(
      parts({ releasers: [() => void released.push('first'), () => void released.push('second')] }),
    );

    await daemon.stop();

    expect(released).toEqual(['second', 'first']);
  });

  test('lets a running cycle finish', async () => {
    const begun = gate();
    const finish = gate();
    const endings: CycleEnding[] = [];
    const daemon = runDaemon(
      parts({
        ticks: ticks(1),
        onCycle: { begins: begun.open, ended: (ending) => endings.push(ending) },
        runCycle: async () => {
          await finish.wait;
          return REPORT;
        },
      }),
    );
    await begun.wait;

    const stopped = daemon.stop();
    finish.open();
    await stopped;

    expect(endings).toEqual([{ kind: 'reported', report: REPORT }]);
  });

  test('abandons a cycle that takes longer than the grace time', async () => {
    const begun = gate();
    const endings: string[] = [];
    const { log, lines } = collectLog();
    const daemon = runDaemon(
      parts({
        ticks: ticks(1),
        log,
        clock: { now: () => 0, sleep: () => Promise.resolve(), random: () => 0 },
        onCycle: { begins: begun.open, ended: ({ kind }) => endings.push(kind) },
        runCycle: (_tick, signal) => aborted(signal),
      }),
    );
    await begun.wait;

    await daemon.stop();

    expect(lines.map(({ message }) => message)).toEqual(['the cycle was abandoned']);
    expect(endings).toEqual(['stopped']);
  });

  test('goes on after a cycle that throws', async () => {
    const second = gate();
    const { log, lines } = collectLog();
    const endings: string[] = [];
    let count = 0;
    const daemon = runDaemon(
      parts({
        ticks: ticks(2),
        log,
        onCycle: { begins: () => undefined, ended: ({ kind }) => endings.push(kind) },
        runCycle: () => {
          count += 1;
          if (count === 1) return Promise.reject(new Error('a defect'));
          second.open();
          return Promise.resolve(REPORT);
        },
      }),
    );

    await second.wait;
    await daemon.stop();

    expect(lines.map(({ message }) => message)).toEqual(['the cycle ended early']);
    expect(endings).toEqual(['early', 'reported']);
  });

  test('does nothing until it leads, and gives the lead away when it stops', async () => {
    const turn = gate();
    const ran = gate();
    const told: string[] = [];
    const daemon = runDaemon(
      parts({
        ticks: ticks(1),
        leadership: {
          acquire: async () => {
            await turn.wait;
            told.push('leads');
            return { lost: new AbortController().signal };
          },
          release: () => {
            told.push('released');
            return Promise.resolve();
          },
        },
        runCycle: () => {
          told.push('cycle');
          ran.open();
          return Promise.resolve(REPORT);
        },
      }),
    );
    await new Promise(setImmediate);
    const before = [...told];

    turn.open();
    await ran.wait;
    await daemon.stop();

    expect(before).toEqual([]);
    expect(told).toEqual(['leads', 'cycle', 'released']);
  });

  test('abandons its cycle the moment the lead is lost, and tries to get it back', async () => {
    const begun = gate();
    const again = gate();
    const lost = new AbortController();
    let turns = 0;
    const daemon = runDaemon(
      parts({
        ticks: ticks(1),
        onCycle: { begins: begun.open, ended: () => undefined },
        leadership: {
          acquire: (signal) => {
            turns += 1;
            if (turns === 1) return Promise.resolve({ lost: lost.signal });
            again.open();
            return aborted(signal);
          },
          release: () => Promise.resolve(),
        },
        runCycle: (_tick, signal) => aborted(signal),
      }),
    );
    await begun.wait;

    lost.abort();
    await again.wait;
    await daemon.stop();

    expect(turns).toBe(2);
  });
});
