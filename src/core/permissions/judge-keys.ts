import { LynceusError } from '../../errors.ts';
import type { ImageSlot, TrackedImage, ValueTemplate } from '../policy.ts';
import { eachPresent, type Presence } from '../presence.ts';
import { quoted } from '../quoted.ts';
import { placesOf } from '../several-keys.ts';
import { whyNoVersionKey } from './version-key.ts';
import type { WrittenKey } from './written-key.ts';

/** What an image would write of a file. */
interface AskedKeys {
  readonly presence: Presence;
  /** Where the file was found, links followed. */
  readonly path: string | undefined;
}

/**
 * The refusal of the first key of a values file that the image may not write, because it holds no part of an image by its
 * shape and is not made for one: `permission-denied`. `undefined` where all may be written.
 */
export function judgeKeys(
  { image, destination: { slot } }: Pick<TrackedImage, 'image' | 'destination'>,
  { presence, path = '' }: AskedKeys,
): LynceusError | undefined {
  const slots = placesOf(slot);
  const now = presence.kind === 'present' ? eachPresent(presence.image) : [];
  const registries = now.flatMap((one) => one?.registry ?? []);
  for (const [index, keys] of (presence.keys ?? []).entries()) {
    const context = {
      image,
      registries,
      template: templateOf(slots[index]),
      beside: keys,
      isChart: isChart(path),
    };
    for (const key of keys) {
      const why = whyNoVersionKey(key, context);
      if (why !== undefined) return denied(key, { why, path });
    }
  }
  return undefined;
}

function denied(
  key: WrittenKey,
  { why, path }: { readonly why: string; readonly path: string },
): LynceusError {
  return new LynceusError(
    'permission-denied',
    `${path}: the key ${quoted(key.path)} may not be written: ${why}`,
    {
      hint: 'name the key of an image in the annotation',
    },
  );
}

function templateOf(slot: ImageSlot | undefined): ValueTemplate | undefined {
  return slot !== undefined && 'template' in slot ? slot.template : undefined;
}

function isChart(path: string): boolean {
  return /(?:^|\/)Chart\.ya?ml$/.test(path);
}
