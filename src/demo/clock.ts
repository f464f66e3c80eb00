import type { Clock } from '../ports/clock.ts';

/** The time of this machine, until the demo lets hours pass in no time. */
export interface DemoClock extends Clock {
  readonly advance: (milliseconds: number) => void;
}

export function createDemoClock(real: Clock): DemoClock {
  let passed = 0;
  return {
    ...real,
    now: () => real.now() + passed,
    advance(milliseconds) {
      passed += milliseconds;
    },
  };
}
