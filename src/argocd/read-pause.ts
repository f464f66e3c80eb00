import type { ImagePolicy } from '../core/policy.ts';
import { annotationName } from './annotations.ts';
import type { PolicyInput } from './policy-input.ts';
import { reasonOf } from './read-image.ts';

/**
 * Whoever pauses an Application pauses all of its images: its own annotation counts whoever says what is wanted, and one for an image does
 * not take that back.
 */
export function readPause(
  { application, settings }: Pick<PolicyInput, 'application' | 'settings'>,
  alias: string,
): Pick<ImagePolicy, 'paused'> {
  const texts = [
    settings.ofImageEvenBlank(alias, 'pause')?.value,
    settings.ofApplication('pause')?.value,
    application.annotations[annotationName('pause')]?.trim(),
  ];
  const reason = texts.map(reasonOf).find((one) => one !== undefined);
  return reason === undefined ? {} : { paused: { by: 'annotation', reason } };
}
