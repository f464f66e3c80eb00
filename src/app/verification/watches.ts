import { applicationKey } from '../../core/identity/application.ts';
import { imageKey } from '../../core/identity/image.ts';
import { joinKey } from '../../core/identity/key.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { JUST_WRITTEN } from '../../core/verification/machine.ts';
import type { ApplicationHealth } from '../../core/deployment/deployment.ts';
import type { FoundWrite } from '../../core/verification/find-write.ts';
import type { ObservedWrite } from '../../core/verification/observed-write.ts';
import type { VerificationEvent, VerificationState } from '../../core/verification/verification-state.ts';
import type { WatchedImage, WatchedWrite } from '../../core/verification/watched-write.ts';

/** A write that is being verified. All of it is in memory: what is lost is found again in Git, and asked again. */
export interface Watch {
  write: WatchedWrite;
  state: VerificationState;
  /** Since when this process watches it. */
  readonly watchedSince: number;
  /** It was found in the history, not written by this process just now. */
  readonly isFound: boolean;
  /** Decided when it is observed first: its time is long over, so nothing is done to it. */
  isLate?: boolean;
  /** The last observation; `undefined` while there is none. */
  observed: ObservedWrite | undefined;
  /** The health that was seen last, and when for the first time in a row; 0 when that may be long ago. */
  seen?: { readonly health: ApplicationHealth; readonly at: number };
  /** Names of checks that are measured right now. */
  readonly measuring: Set<string>;
  /** When it was looked at last, and for how long in all nobody looked: that counts for no deadline. */
  lookedAt: number;
  unobserved: number;
  /** What came of measurements, and was not looked at yet. */
  arrived: Extract<VerificationEvent, { kind: 'measured' }>[];
}

/** What is the newest write of one image now; without `found` none is to be verified. */
export interface SearchedImage {
  readonly tracked: TrackedImage;
  readonly path: string | undefined;
  readonly found: FoundWrite | undefined;
}

export interface Watches {
  readonly all: () => readonly Watch[];
  /** Begins to watch what was found, and lets go of images whose newest write is another one now. */
  adopt(images: readonly SearchedImage[], options: { readonly now: number; readonly isFound: boolean }): void;
  remove(watch: Watch): void;
  clear(): void;
}

/** One watch for each Application and commit. */
export function createWatches(): Watches {
  const watches = new Map<string, Watch>();

  /** Those of another commit have a newer one, or none. */
  function letGo(images: readonly SearchedImage[]): void {
    const newest = new Map(images.map(({ tracked, found }) => [imageKey(tracked), found?.commit]));
    for (const [key, watch] of watches) {
      const { write } = watch;
      const left = write.images.filter(({ tracked }) => {
        const image = imageKey(tracked);
        return !newest.has(image) || newest.get(image) === write.commit;
      });
      if (left.length === 0) watches.delete(key);
      else if (left.length < write.images.length) watch.write = { ...write, images: left };
    }
  }

  return {
    all: () => [...watches.values()],
    adopt(images, { now, isFound }) {
      letGo(images);
      for (const { tracked, path, found } of images) {
        if (found === undefined) continue;
        const { commit, writtenAt, kind, from, to } = found;
        const image: WatchedImage = { tracked, path, from, to };
        const key = joinKey(applicationKey(tracked.application), commit);
        const known = watches.get(key);
        if (known === undefined) {
          const write = { application: tracked.application, commit, writtenAt, kind, images: [image] };
          watches.set(key, {
            write,
            state: JUST_WRITTEN,
            watchedSince: now,
            isFound,
            observed: undefined,
            lookedAt: now,
            unobserved: 0,
            measuring: new Set(),
            arrived: [],
          });
          continue;
        }
        const others = known.write.images.filter((one) => imageKey(one.tracked) !== imageKey(tracked));
        known.write = { ...known.write, images: [...others, image] };
      }
    },
    remove({ write }) {
      watches.delete(joinKey(applicationKey(write.application), write.commit));
    },
    clear: () => watches.clear(),
  };
}
