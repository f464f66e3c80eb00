import type { ImageChange } from '../core/change.ts';
import { formatName } from '../core/image/reference.ts';
import { versionText } from '../core/presence.ts';
import { LynceusError } from '../errors.ts';

/** The error for a change that is not made because its place is not as it was when it was read. */
export function changedMeanwhile(message: string): LynceusError {
  return new LynceusError('changed-meanwhile', message, { hint: 'it is decided anew in the next cycle' });
}

/** The error for a change that would not be there with the other changes made. */
export function lostChange(place: string, { image, to }: Pick<ImageChange, 'image' | 'to'>): LynceusError {
  const wanted = `${formatName(image)}:${versionText(to) ?? ''}`;
  return new LynceusError(
    'conflicting-changes',
    `${place} would not have ${wanted} once the other images are written`,
    { hint: 'give each image a place of its own' },
  );
}
