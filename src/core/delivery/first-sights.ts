import { resultImageKey } from '../identity/result-image.ts';
import { versionText } from '../presence.ts';
import type { ImageResult } from '../report.ts';
import type { VersionTimes } from '../tags/version-times.ts';

/** When each image had its candidate for the first time. */
export interface FirstSights {
  /** Takes up a result; returns the times of its candidate, with that of the first sight where that is known. */
  see(result: ImageResult, at: number): VersionTimes;
  /** Whether the image was seen in an earlier cycle. */
  isKnown(key: string): boolean;
  /** Lets go of images that are not among these. */
  retain(keys: ReadonlySet<string>): void;
  clear(): void;
}

interface Sight {
  readonly version: string;
  /** `undefined`: it was there when the image was seen for the first time. */
  readonly at: number | undefined;
}

/** One version of each image is remembered, so memory is that of the images. A result without a candidate tells nothing. */
export function createFirstSights(): FirstSights {
  const sights = new Map<string, Sight>();
  return {
    see(result, at) {
      const key = resultImageKey(result);
      const times = timesOf(result);
      const version = versionText(result.candidate);
      if (version === undefined) return times;
      const known = sights.get(key);
      if (known?.version !== version) sights.set(key, { version, at: known === undefined ? undefined : at });
      const seen = times.seen ?? sights.get(key)?.at;
      return seen === undefined ? times : { ...times, seen };
    },
    isKnown: (key) => sights.has(key),
    retain(keys) {
      for (const key of sights.keys()) if (!keys.has(key)) sights.delete(key);
    },
    clear: () => sights.clear(),
  };
}

/** A version that waited for its age was remembered for longer than this process lives. */
function timesOf({ basis }: ImageResult): VersionTimes {
  const times = basis?.times?.candidate ?? {};
  if (basis?.reason.code !== 'too-young') return times;
  const { since, clock } = basis.reason.facts;
  return { [clock === 'registry' ? 'pushed' : 'seen']: since, ...times };
}
