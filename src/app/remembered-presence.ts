import { hash } from 'node:crypto';
import type { FileTarget, ImageSlot } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { readImage, type EditOptions } from '../edits/index.ts';

interface ReadFile {
  readonly file: FileTarget;
  readonly text: string;
  readonly slot: ImageSlot;
}

interface Remembered extends EditOptions {
  readonly file: FileTarget;
  /** Of the text: files are large, and there are many. */
  readonly digest: string;
  readonly presence: Presence;
}

/** As long as somebody has the slot, which is as long as the policy that it is of. */
const REMEMBERED = new WeakMap<ImageSlot, Remembered>();

/** The same as `readImage`. A file that has the text that it had in the last cycle is not parsed again. */
export function rememberedPresence(
  { file, text, slot }: ReadFile,
  { createMissing, limits }: EditOptions,
): Presence {
  const digest = hash('sha1', text, 'base64');
  const known = REMEMBERED.get(slot);
  if (
    known?.digest === digest &&
    known.file === file &&
    known.createMissing === createMissing &&
    known.limits === limits
  )
    return known.presence;
  const presence = readImage(file, text, slot, { createMissing, limits });
  REMEMBERED.set(slot, { file, digest, presence, createMissing, limits });
  return presence;
}
