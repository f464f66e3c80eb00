import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** What starts cycles: `next` resolves when one is due, and rejects when the signal is aborted. */
export interface Ticks {
  next(signal: AbortSignal): Promise<void>;
}

export interface DaemonParts {
  readonly ticks: Ticks;
  readonly runCycle: (signal: AbortSignal) => Promise<CycleReport>;
  /** Told before and after each cycle; `undefined` means that it ended without a report. */
  readonly onCycle: {
    readonly begins: () => void;
    readonly ended: (report: CycleReport | undefined) => void;
  };
  /** Run in turn, last first, once no cycle runs any more. */
  readonly releasers: readonly (() => Promise<void> | void)[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long a running cycle may go on after `stop`, in milliseconds; then it is abandoned between two steps. */
  readonly grace: number;
}

export interface Daemon {
  /** Starts no further cycle, lets the running one finish (or abandons it safely), and lets go of everything. */
  stop(): Promise<void>;
  /** Resolves when the daemon has stopped. Rejects only for a defect. */
  readonly done: Promise<void>;
}

/** A daemon is a value that can be stopped: one cycle at a time, for as long as nobody says stop. */
export function runDaemon(parts: DaemonParts): Daemon {
  const stopping = new AbortController();
  const abandoning = new AbortController();
  const done = live(parts, stopping.signal, abandoning.signal);
  return {
    done,
    async stop() {
      stopping.abort();
      const patience = new AbortController();
      const impatient = parts.clock.sleep(parts.grace, patience.signal).then(
        () => abandoning.abort(),
        () => undefined,
      );
      await done;
      patience.abort();
      await impatient;
    },
  };
}

async function live(parts: DaemonParts, stopping: AbortSignal, abandoning: AbortSignal): Promise<void> {
  try {
    await turn(parts, stopping, abandoning);
  } finally {
    await release(parts);
  }
}

async function turn(parts: DaemonParts, stopping: AbortSignal, abandoning: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await parts.ticks.next(stopping);
    } catch (thrown) {
      if (stopping.aborted) return;
      throw thrown;
    }
    await oneCycle(parts, abandoning);
  }
}

/** A cycle that throws is a defect or an abort; neither may end the daemon. */
async function oneCycle({ runCycle, onCycle, log }: DaemonParts, abandoning: AbortSignal): Promise<void> {
  onCycle.begins();
  let report: CycleReport | undefined;
  try {
    report = await runCycle(abandoning);
  } catch (thrown) {
    if (abandoning.aborted) log.info('the cycle was abandoned');
    else log.error('the cycle ended early', { err: asLynceusError(thrown) });
  } finally {
    onCycle.ended(report);
  }
}

async function release({ releasers, log }: DaemonParts): Promise<void> {
  for (const releaser of [...releasers].reverse()) {
    try {
      await releaser();
    } catch (thrown) {
      log.error('something could not be closed', { err: asLynceusError(thrown) });
    }
  }
}
