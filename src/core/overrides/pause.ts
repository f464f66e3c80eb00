import type { LynceusError } from '../../errors.ts';

/** A pause that somebody made for all Applications, as it is kept in the cluster. */
export interface CommonPause {
  /** A person, or the guard that stopped rollbacks; `''` when nobody is named. */
  readonly by: string;
  /** As written; `''` for none. */
  readonly reason: string;
  /** Milliseconds since 1970; `undefined` when it is not told. */
  readonly since: number | undefined;
}

/** What is paused until a person resumes it: `everything` automatic, or `rollbacks` by checks alone. */
export interface CommonPauses {
  readonly everything?: CommonPause;
  readonly rollbacks?: CommonPause;
}

/** One part of what can be paused for all Applications. */
export type PausedPart = keyof CommonPauses;

/**
 * Why nothing automatic is done for an image. `annotation`: one of its Application, or what an `ImageUpdater` says of it; `reason` is `''` when none is given.
 * `configuration`: the setting `paused`. `command`: `lynceus pause`. `unknown`: it could not be found out whether somebody paused.
 */
export type ImagePause =
  | { readonly by: 'annotation'; readonly reason: string }
  | { readonly by: 'configuration' }
  | { readonly by: 'command'; readonly pause: CommonPause }
  | { readonly by: 'unknown'; readonly error: LynceusError };

/** What is known of pauses when a cycle begins. */
export interface PauseFacts {
  /** The setting `paused`. */
  readonly configured: boolean;
  /** An error: they could not be read. */
  readonly kept: CommonPauses | LynceusError;
}

/** The pause that is for all images; `undefined` for none. The configuration comes first: it cannot be resumed. */
export function commonPause({ configured, kept }: PauseFacts): ImagePause | undefined {
  if (configured) return { by: 'configuration' };
  if (kept instanceof Error) return { by: 'unknown', error: kept };
  return kept.everything === undefined ? undefined : { by: 'command', pause: kept.everything };
}
