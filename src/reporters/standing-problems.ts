import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import { joinKey } from '../core/identity/key.ts';
import type { Problem } from '../core/problem.ts';

const HOUR = 3_600_000;

/** Remembers which faults of `ImageUpdater`s were logged, so that one that stays is not logged in every cycle. */
export interface StandingProblems {
  /** The problems of a cycle (`now` in milliseconds since 1970) that are to be logged: all, but of a standing one an hour later. */
  due(problems: readonly Problem[], now: number): readonly Problem[];
}

export function createStandingProblems(): StandingProblems {
  /** When each of those that stand was logged last. */
  let logged: ReadonlyMap<string, number> = new Map();
  return {
    due(problems, now) {
      const standing = new Map<string, number>();
      const due = problems.filter((problem) => {
        const { updater, application, code, message } = problem;
        if (updater === undefined || application.name !== '') return true;
        const key = joinKey(imageUpdaterKey(updater), code, message);
        const at = logged.get(key);
        // A wall clock that was set back must not keep it quiet.
        const isQuiet = at !== undefined && at <= now && now - at < HOUR;
        standing.set(key, isQuiet ? at : now);
        return !isQuiet;
      });
      logged = standing;
      return due;
    },
  };
}
