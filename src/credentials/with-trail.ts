import { LynceusError } from '../errors.ts';

/** A login that was chosen, whether or not it can be had. */
export interface ChosenLogin {
  /** As in `Login`. */
  readonly identity: string;
  /** Why this one and no other, as one sentence for people. */
  readonly why: string;
}

/** Does the work of getting a chosen login; when it fails, the error says which login it was and why that one. */
export async function withTrail<T>({ identity, why }: ChosenLogin, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What was said first is nearest to what went wrong.
    if (!(error instanceof LynceusError) || error.trail !== undefined) throw error;
    const { code, message, hint, retryable } = error;
    throw new LynceusError(code, message, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
      retryable,
      trail: `${identity}, ${why}`,
    });
  }
}
