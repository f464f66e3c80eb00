import type { PresentImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import { mayTouch } from './record-index.ts';
import { knownRecords, type PlaceInHistory } from './rollback.ts';

/** How the version in force came to its place. */
export interface Writing {
  /**
   * A time at which it was there already, so that it was built and pushed before: milliseconds since 1970, `undefined`
   * when the history does not tell.
   */
  readonly at: number | undefined;
  /** Whether a commit of ours wrote it: then it was a version of the image. */
  readonly isOurs: boolean;
}

/**
 * Finds how the version in force was written. `at` is the time of our commit, or of the oldest commit that is known where
 * none of them touched the file. A commit of a person is no proof: a version may be named before it is built.
 */
export function findWriting(place: PlaceInHistory, present: PresentImage | undefined): Writing {
  const { commits } = place.history;
  const [last] = knownRecords(place);
  const written = last?.record.to;
  const isOurs = written !== undefined && [versionText(present), present?.tag].includes(written);
  const untouched = commits.some((commit) => mayTouch(commit, place.path)) ? undefined : commits.at(-1);
  return { at: (isOurs ? last?.commit : untouched)?.at || undefined, isOurs };
}
