import type { Lynceus } from '../app/compose.ts';

/** The same Lynceus, with every cycle a dry run. */
export function dryRunning(lynceus: Lynceus): Lynceus {
  return {
    ...lynceus,
    runCycle: (options, signal) => lynceus.runCycle({ ...options, dryRun: true }, signal),
  };
}
