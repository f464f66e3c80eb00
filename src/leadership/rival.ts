import type { KubeObject } from '../kube/kube-client.ts';
import { startCountdown, type Countdown } from './countdown.ts';
import { readRecord, type LeaseRecord } from './lease-record.ts';
import type { Seat } from './seat.ts';

/** What a standby knows of the one who leads. */
export interface Rival {
  /** Whether the Lease may be taken, now that it looks like this. */
  isGone(lease: KubeObject | undefined): boolean;
  /** When somebody else leads: resolves when that may be over. */
  ended(): Promise<void> | undefined;
  stop(): void;
}

/**
 * A holder is gone when its record has not changed for as long as the lease lasts, counted from when we saw it first:
 * its times are of a clock that may be wrong, so they are compared with each other only. A Lease that has vanished may
 * still have a holder that does not know yet.
 */
export function createRival({ identity, durations, clock, log }: Seat): Rival {
  let seen = '';
  let holder = '';
  let countdown: Countdown | undefined;

  function watch(record: LeaseRecord): void {
    countdown?.stop();
    countdown = startCountdown(clock, Math.max(durations.lease, record.seconds * 1_000));
    if (record.holder !== holder) log.info('somebody else leads, waiting', { holder: record.holder });
    holder = record.holder;
  }

  return {
    isGone(lease) {
      if (lease === undefined) return countdown === undefined || countdown.over;
      const record = readRecord(lease);
      if (record.holder === '' || record.holder === identity) return true;
      const text = JSON.stringify(record);
      if (text === seen) return countdown?.over === true;
      seen = text;
      watch(record);
      return false;
    },
    ended: () => (countdown === undefined || countdown.over ? undefined : countdown.ended),
    stop: () => countdown?.stop(),
  };
}
