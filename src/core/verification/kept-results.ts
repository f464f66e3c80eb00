import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import type { ApplicationId } from '../policy.ts';
import type { WriteResult } from './write-result.ts';

/** How many results of one image are kept, the newest. */
const MOST_OF_AN_IMAGE = 20;

/** Results of writes, by their Applications, in memory. */
export interface KeptResults {
  of(application: ApplicationId): readonly WriteResult[];
  all(): readonly WriteResult[];
  /** Adds results, or replaces those of the same image and commit. */
  add(results: readonly WriteResult[]): void;
  /** Lets go of Applications that are not among these; whether there were any. */
  retain(applications: readonly ApplicationId[]): boolean;
}

/** Of each image the newest are kept, as they were written. */
export function createKeptResults(): KeptResults {
  const kept = new Map<string, readonly WriteResult[]>();
  return {
    of: (application) => kept.get(applicationKey(application)) ?? [],
    all: () => [...kept.values()].flat(),
    add(results) {
      for (const result of results) {
        const key = applicationKey(result.application);
        const others = (kept.get(key) ?? []).filter((one) => writeKey(one) !== writeKey(result));
        const all = [...others, result].toSorted((a, b) => a.writtenAt - b.writtenAt);
        kept.set(key, newestOfEach(all));
      }
    },
    retain(applications) {
      const known = new Set(applications.map(applicationKey));
      const gone = [...kept.keys()].filter((key) => !known.has(key));
      for (const key of gone) kept.delete(key);
      return gone.length > 0;
    },
  };
}

function writeKey(result: WriteResult): string {
  return joinKey(resultImageKey(result), result.commit);
}

function resultImageKey({ alias, image }: WriteResult): string {
  return joinKey(alias, image);
}

function newestOfEach(results: readonly WriteResult[]): readonly WriteResult[] {
  const counts = new Map<string, number>();
  return results
    .toReversed()
    .filter((result) => {
      const key = resultImageKey(result);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= MOST_OF_AN_IMAGE;
    })
    .toReversed();
}
