import { LynceusError } from '../errors.ts';

/** All in milliseconds. */
export interface LeaseDurations {
  /** How long others wait after the last renewal that they saw before they take over; whole seconds. */
  readonly lease: number;
  /** How long after its last successful renewal the leader still trusts in leading. */
  readonly renew: number;
  /** Time between two looks of a standby, and between two renewals. */
  readonly retry: number;
}

const USUAL: LeaseDurations = { lease: 10_000, renew: 7_000, retry: 2_000 };

/** Throws `config-invalid` unless `retry` < `renew` < `lease`: a leader must let go before anybody may take over. */
export function checkDurations(given: Partial<LeaseDurations> = {}): LeaseDurations {
  const durations = { ...USUAL, ...given };
  const { lease, renew, retry } = durations;
  if (retry > 0 && retry < renew && renew < lease && lease % 1_000 === 0) return durations;
  throw new LynceusError(
    'config-invalid',
    `expected a time between renewals that is shorter than the renew deadline, and a renew deadline that is shorter than the lease, which is whole seconds; found ${retry}, ${renew} and ${lease} ms`,
  );
}
