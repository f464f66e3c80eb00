import type { OutgoingNotice } from '../../ports/notifier.ts';
import type { Clock } from '../../ports/clock.ts';

/** Between one sending of an alert that lasts and the next; Prometheus does it as often (`--rules.alert.resend-delay`). */
const EVERY = 60_000;
/** As Prometheus: what is not sent again has ended after four times as long. */
export const ENDS_AFTER = 4 * EVERY;

const MOST = 5_000;

/** Alerts that last, which are sent again until they have ended. */
export interface FiringAlerts {
  /** Since when it lasts, by its first notice that is known. Of more than 5,000 the rest is not known, and ends by itself. */
  add(outgoing: OutgoingNotice): number;
  remove(subject: string): OutgoingNotice | undefined;
  /** These last, and no others. */
  replace(standing: readonly OutgoingNotice[]): void;
  close(): void;
}

/** Calls `resend` every minute, as long as something lasts. What it throws is of no matter: the next time comes. */
export function createFiringAlerts(
  clock: Pick<Clock, 'sleep'>,
  resend: (firing: readonly OutgoingNotice[], signal: AbortSignal) => Promise<void>,
): FiringAlerts {
  const closing = new AbortController();
  const { signal } = closing;
  let firing = new Map<string, OutgoingNotice>();
  let isRunning = false;

  function start({ isSent }: { readonly isSent: boolean }): void {
    if (isRunning || signal.aborted || firing.size === 0) return;
    isRunning = true;
    void run(isSent).finally(() => {
      isRunning = false;
    });
  }

  async function run(isSent: boolean): Promise<void> {
    if (!isSent) await resend([...firing.values()], signal).catch(() => undefined);
    while (firing.size > 0 && !signal.aborted) {
      await clock.sleep(EVERY, signal).catch(() => undefined);
      if (firing.size > 0 && !signal.aborted)
        await resend([...firing.values()], signal).catch(() => undefined);
    }
  }

  /** The same, as old as the first one of its condition. */
  function asOldAsKnown(outgoing: OutgoingNotice): OutgoingNotice {
    const at = firing.get(outgoing.notice.subject)?.notice.at ?? outgoing.notice.at;
    return { ...outgoing, notice: { ...outgoing.notice, at } };
  }

  return {
    add(outgoing) {
      const { subject } = outgoing.notice;
      const one = asOldAsKnown(outgoing);
      if (firing.has(subject) || firing.size < MOST) firing.set(subject, one);
      start({ isSent: true });
      return one.notice.at;
    },
    remove(subject) {
      const known = firing.get(subject);
      firing.delete(subject);
      return known;
    },
    replace(standing) {
      firing = new Map(standing.slice(0, MOST).map((one) => [one.notice.subject, asOldAsKnown(one)]));
      start({ isSent: false });
    },
    close: () => closing.abort(),
  };
}
