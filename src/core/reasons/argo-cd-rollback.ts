import type { LynceusError } from '../../errors.ts';
import type { ChosenImage } from '../change.ts';

/** Argo CD runs an older commit than before, at which the file says something else than it does now. */
export interface ArgoCdRollbackFacts {
  readonly candidate: ChosenImage;
  /** What Git says; `undefined` when it names no version. */
  readonly present: string | undefined;
  /** What the file says at the commit that runs; `undefined` when it names no version, or cannot be read there. */
  readonly runs: string | undefined;
  /** The commit that runs. */
  readonly revision: string;
  /** Since when, in milliseconds since 1970; `undefined` where the sync of it has not succeeded. */
  readonly deployedAt: number | undefined;
  /** Why the file cannot be read at that commit; absent when it can. */
  readonly error?: LynceusError;
}
