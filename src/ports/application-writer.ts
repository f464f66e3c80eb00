import type { ApplicationChangeSet, PlannedChange } from '../core/change.ts';
import type { Warning } from '../core/reasons/warning.ts';
import type { LynceusError } from '../errors.ts';

/** What became of the changes of one Application. */
export interface ApplicationWriteResult {
  readonly set: ApplicationChangeSet;
  readonly ending:
    /** The Application in the cluster has them now. */
    | { readonly kind: 'written' }
    /** Only shown: what would have been written. */
    | { readonly kind: 'shown' }
    /** It had all of it already: nothing was written. */
    | { readonly kind: 'unchanged' }
    | { readonly kind: 'failed'; readonly error: LynceusError };
  /** Changes that were left out (the Application was changed meanwhile), with why. */
  readonly refused: readonly { readonly change: PlannedChange; readonly error: LynceusError }[];
  /** What the person should know although it went well: an owner that will undo it. */
  readonly warnings: readonly Warning[];
  /** Unified diff of the lists, for people. */
  readonly diff: string;
}

/** Writes to Applications in the cluster. Never throws for what the cluster answers: it is in the result. */
export interface ApplicationWriter {
  apply(set: ApplicationChangeSet, signal: AbortSignal): Promise<ApplicationWriteResult>;
}
