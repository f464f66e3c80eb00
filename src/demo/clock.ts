import type { Clock } from '../ports/clock.ts';

/** Time that the demo lets pass in no time. */
export interface DemoClock extends Clock {
  readonly advance: (milliseconds: number) => void;
}

/** It begins so many milliseconds ago, so that it is the time of this machine once they have passed. */
export function createDemoClock(real: Clock, ago: number): DemoClock {
  let passed = -ago;
  return {
    ...real,
    now: () => real.now() + passed,
    advance(milliseconds) {
      passed += milliseconds;
    },
  };
}
