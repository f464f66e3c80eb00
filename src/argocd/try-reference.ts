import { parseImageReference } from '../core/image/reference.ts';
import type { ImageReference } from '../core/image/reference.ts';

/** The image that a text names, for texts that may be anything: a pod's status, a Helm parameter, a placeholder. */
export function tryReference(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    return undefined;
  }
}
