import { createKeptResults } from '../../core/verification/kept-results.ts';
import type { WriteResults } from '../../ports/write-results.ts';

/** For Applications from files: what is kept ends with the process, and is found out again. */
export function createResultsInMemory(): WriteResults {
  const kept = createKeptResults();
  return {
    of: (application) => kept.of(application),
    all: () => kept.all(),
    keep: (results) => kept.add(results),
    retain: (applications) => void kept.retain(applications),
    load: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    forget: () => undefined,
  };
}
