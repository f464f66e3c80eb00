import { commonPause, type ImagePause } from '../core/overrides/pause.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { Pauses } from '../ports/pauses.ts';
import { orError } from './or-error.ts';

/** Where it says that everything is paused. */
export interface PauseServices {
  /** By the configuration. */
  readonly configured: boolean;
  /** By people, and by what stops itself. */
  readonly kept: Pauses;
}

/** The pause of all images in a cycle; `undefined` for none. Nothing is asked where the configuration pauses. */
export async function pauseOfAll(
  services: PauseServices | undefined,
  signal: AbortSignal,
): Promise<ImagePause | undefined> {
  if (services === undefined) return undefined;
  const { configured, kept } = services;
  return commonPause({ configured, kept: configured ? {} : await orError(signal, () => kept.read(signal)) });
}

/** The same image, paused by what pauses all; that it is not known whether anything does adds nothing to a pause of its own. */
export function withPause(tracked: TrackedImage, pause: ImagePause | undefined): TrackedImage {
  if (pause === undefined || (pause.by === 'unknown' && tracked.policy.paused !== undefined)) return tracked;
  return { ...tracked, policy: { ...tracked.policy, paused: pause } };
}
