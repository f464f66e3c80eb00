import { LynceusError } from '../errors.ts';
import type { BasicLogin } from './read-login.ts';

/** A login that was chosen, whether or not it can be had. */
export interface ChosenLogin {
  /** As in `Login`. */
  readonly identity: string;
  /** Why this one and no other, as one sentence for people. */
  readonly why: string;
}

/** The result of searching a place that was not named for a login for an image. */
export type LoginAnswer =
  | { readonly kind: 'login'; readonly login: BasicLogin }
  /** `why` there is none, as a part of a sentence for people. */
  | { readonly kind: 'nothing'; readonly why: string };

/** Does the work of getting a chosen login. When it fails, the error names the login and why it was chosen. */
export async function withTrail<T>({ identity, why }: ChosenLogin, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // The first trail is nearest to what went wrong.
    if (!(error instanceof LynceusError) || error.trail !== undefined) throw error;
    const { code, message, hint, retryable } = error;
    throw new LynceusError(code, message, {
      cause: error,
      hint,
      retryable,
      trail: `${identity}, ${why}`,
    });
  }
}
