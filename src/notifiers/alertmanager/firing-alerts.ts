import type { OutgoingNotice } from '../../ports/notifier.ts';
import type { Clock } from '../../ports/clock.ts';

/** Between one sending of an alert that lasts and the next; Prometheus does it as often (`--rules.alert.resend-delay`). */
const EVERY = 60_000;
/** As Prometheus: what is not sent again has ended after four times as long. */
export const ENDS_AFTER = 4 * EVERY;

const MOST = 5_000;

/** Alerts that last, which are sent again until somebody says that they have ended. */
export interface FiringAlerts {
  /** Since when it lasts, by its first notice that is still known. Of more than 5,000 the rest is not known, and ends by itself. */
  add(outgoing: OutgoingNotice): number;
  remove(subject: string): OutgoingNotice | undefined;
  /** These last, and no others. */
  replace(standing: readonly OutgoingNotice[]): void;
  close(): void;
}

/** `resend` is called with what lasts every minute, as long as there is something; what it throws is of no matter, as the next time comes. */
export function createFiringAlerts(
  clock: Clock,
  resend: (firing: readonly OutgoingNotice[], signal: AbortSignal) => Promise<void>,
): FiringAlerts {
  const closing = new AbortController();
  let firing = new Map<string, OutgoingNotice>();
  let isRunning = false;

  function start(): void {
    if (isRunning || closing.signal.aborted || firing.size === 0) return;
    isRunning = true;
    void run().finally(() => {
      isRunning = false;
    });
  }

  async function run(): Promise<void> {
    while (firing.size > 0 && !closing.signal.aborted) {
      await clock.sleep(EVERY, closing.signal).catch(() => undefined);
      if (closing.signal.aborted) return;
      if (firing.size > 0) await resend([...firing.values()], closing.signal).catch(() => undefined);
    }
  }

  return {
    add(outgoing) {
      const { subject } = outgoing.notice;
      const known = firing.get(subject);
      const since = known?.notice.at ?? outgoing.notice.at;
      if (known !== undefined || firing.size < MOST)
        firing.set(subject, { ...outgoing, notice: { ...outgoing.notice, at: since } });
      start();
      return since;
    },
    remove(subject) {
      const known = firing.get(subject);
      firing.delete(subject);
      return known;
    },
    replace(standing) {
      const kept = standing.slice(0, MOST).map((outgoing) => {
        const at = firing.get(outgoing.notice.subject)?.notice.at ?? outgoing.notice.at;
        return [outgoing.notice.subject, { ...outgoing, notice: { ...outgoing.notice, at } }] as const;
      });
      firing = new Map(kept);
      start();
    },
    close: () => closing.abort(),
  };
}
