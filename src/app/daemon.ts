import type { CycleReport } from '../core/report.ts';
import { asLynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Log } from '../ports/log.ts';
import type { Tick, Ticks } from '../ports/tick.ts';

export interface DaemonParts {
  readonly leadership: Pick<Leadership, 'acquire' | 'release'>;
  readonly ticks: Ticks;
  readonly runCycle: (tick: Tick, signal: AbortSignal) => Promise<CycleReport>;
  /** Called before and after each cycle. */
  readonly onCycle: {
    readonly begins: () => void;
    readonly ended: (ending: CycleEnding) => void;
  };
  /** Run in turn, last first, once no cycle runs any more. */
  readonly releasers: readonly (() => Promise<void> | void)[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long a running cycle may go on after `stop`, in milliseconds; then it is abandoned between two steps. */
  readonly grace: number;
}

/** `early`: by a defect, or because the lead was lost; `stopped`: because the process ends. */
export type CycleEnding =
  { readonly kind: 'reported'; readonly report: CycleReport } | { readonly kind: 'early' | 'stopped' };

export interface Daemon {
  /** Starts no further cycle, lets the running one finish (or abandons it safely), and lets go of everything. */
  stop(): Promise<void>;
  /** Resolves when the daemon has stopped. Rejects only for a defect. */
  readonly done: Promise<void>;
}

interface Signals {
  /** No further cycle may begin. */
  readonly stopping: AbortSignal;
  /** The running cycle must end, too. */
  readonly abandoning: AbortSignal;
}

/** A daemon is a value that can be stopped: one cycle at a time, while it leads, until `stop` is called. */
export function runDaemon(parts: DaemonParts): Daemon {
  const stopping = new AbortController();
  const abandoning = new AbortController();
  const done = live(parts, { stopping: stopping.signal, abandoning: abandoning.signal });
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

async function live(parts: DaemonParts, signals: Signals): Promise<void> {
  try {
    while (!signals.stopping.aborted) await lead(parts, signals);
  } finally {
    await release(parts);
  }
}

/** Waits for its turn to lead, and runs cycles until it is lost. */
async function lead(parts: DaemonParts, { stopping, abandoning }: Signals): Promise<void> {
  const turn = await unlessStopped(parts.leadership.acquire(stopping), stopping);
  if (turn === undefined) return;
  const waiting = AbortSignal.any([stopping, turn.lost]);
  const working = AbortSignal.any([abandoning, turn.lost]);
  while (!waiting.aborted) {
    const tick = await unlessStopped(parts.ticks.next(waiting), waiting);
    if (tick !== undefined) await oneCycle(parts, tick, { working, stopping });
  }
}

/** An `AbortError` of a wait that was ended on purpose is no error. */
async function unlessStopped<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await waiting;
  } catch (thrown) {
    if (signal.aborted) return undefined;
    throw thrown;
  }
}

/** A cycle that throws is a defect or an abort; neither may end the daemon. */
async function oneCycle(
  { runCycle, onCycle, log }: DaemonParts,
  tick: Tick,
  { working, stopping }: { readonly working: AbortSignal; readonly stopping: AbortSignal },
): Promise<void> {
  onCycle.begins();
  let ending: CycleEnding = { kind: 'early' };
  try {
    ending = { kind: 'reported', report: await runCycle(tick, working) };
  } catch (thrown) {
    if (working.aborted) log.info('the cycle was abandoned');
    else log.error('the cycle ended early', { err: asLynceusError(thrown) });
    if (working.aborted && stopping.aborted) ending = { kind: 'stopped' };
  } finally {
    onCycle.ended(ending);
  }
}

async function release({ leadership, releasers, log }: DaemonParts): Promise<void> {
  for (const releaser of [...releasers, () => leadership.release()].reverse()) {
    try {
      await releaser();
    } catch (thrown) {
      log.error('something could not be closed', { err: asLynceusError(thrown) });
    }
  }
}
