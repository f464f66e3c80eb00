import { resultImageKey } from '../core/identity/result-image.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { CycleReport } from '../core/report.ts';
import type { Clock } from '../ports/clock.ts';

/** Applications with images that wait for a time. */
export interface WaitingApplications {
  /** What a cycle found, in place of what was known of its Applications. */
  note(report: Pick<CycleReport, 'images' | 'partial'>): void;
  /** Stops the timer. */
  stop(): void;
}

interface Waiting {
  readonly application: ApplicationId;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The clock of the machine may be set while something waits. */
const LONGEST_SLEEP = 10 * 60_000;

/** Calls `onTime` with the Applications whose time has come, each once for what a cycle found. */
export function createWaitingApplications(
  clock: Clock,
  onTime: (applications: readonly ApplicationId[]) => void,
): WaitingApplications {
  /** By image. One that is not due yet still waits. */
  const all = new Map<string, Waiting>();
  let sleeping = new AbortController();

  async function wait(signal: AbortSignal): Promise<void> {
    while (all.size > 0) {
      const first = Math.min(...[...all.values()].map(({ until }) => until));
      const remaining = first - clock.now();
      if (remaining > 0) await clock.sleep(Math.min(remaining, LONGEST_SLEEP), signal);
      if (signal.aborted) return;
      const due = [...all].filter(([, { until }]) => until <= clock.now());
      for (const [key] of due) all.delete(key);
      if (due.length > 0) onTime(due.map(([, { application }]) => application));
    }
  }

  return {
    note({ images, partial }) {
      sleeping.abort();
      sleeping = new AbortController();
      const before = new Map(all);
      if (partial !== true) all.clear();
      for (const image of images) {
        const { application, code, heldUntil } = image;
        const key = resultImageKey(image);
        const known = code === 'not-due' ? before.get(key) : undefined;
        all.delete(key);
        if (known !== undefined) all.set(key, known);
        else if (heldUntil !== undefined) all.set(key, { application, until: heldUntil });
      }
      // Only the end of its wait by a later note, or by `stop`, throws.
      wait(sleeping.signal).catch(() => undefined);
    },
    stop: () => sleeping.abort(),
  };
}
