import type { ImageSlot, PresentImage } from './policy.ts';
import { samePresence, type Presence } from './presence.ts';
import type { HelmSlot } from './written-image.ts';

/** Each key of an image by itself, the first first; a slot that has one place is that place. */
export function placesOf<Slot extends ImageSlot>(slot: Slot): readonly Slot[];
export function placesOf(slot: ImageSlot): readonly ImageSlot[] {
  if (slot.kind !== 'helm-parts' && slot.kind !== 'helm-spec') return [slot];
  const { others = [], ...first } = slot;
  return [first satisfies HelmSlot, ...others];
}

/**
 * What an image has in all of its keys: the first of them, and those that differ from it. Where one is missing that may be
 * made, or any differs, the next write makes them agree.
 */
export function readTogether(readings: readonly Presence[]): Presence {
  const [only, ...more] = readings;
  if (only === undefined) return { kind: 'absent', mayCreate: false, detail: 'the image has no key' };
  if (more.length === 0) return only;
  const present = readings.flatMap((one) => (one.kind === 'present' ? [one] : []));
  const absent = readings.flatMap((one) => (one.kind === 'absent' ? [one] : []));
  const [first] = present;
  const refused = absent.find(({ mayCreate }) => !mayCreate) ?? (first === undefined ? absent[0] : undefined);
  const found = readings.flatMap((one) => one.keys ?? []);
  const keys = found.length === 0 ? {} : { keys: found };
  if (first === undefined || refused !== undefined) return { ...(refused ?? only), ...keys };
  const image = imageTogether(
    present.map((one) => one.image),
    absent.length > 0,
  );
  const hold = present.find((one) => one.hold !== undefined)?.hold;
  const foundAt = new Map(present.flatMap((one) => [...(one.foundAt ?? [])]));
  return {
    kind: 'present',
    image,
    ...keys,
    ...(foundAt.size === 0 ? {} : { foundAt }),
    ...(hold === undefined ? {} : { hold }),
  };
}

/** The same of images alone; at least one. */
export function imageTogether(images: readonly PresentImage[], isLacking: boolean): PresentImage {
  const [first = { name: undefined, tag: undefined, digest: undefined }, ...rest] = images;
  const differing = rest.filter((one) => one.fault !== undefined || !samePresence(one, first));
  const fault = isLacking ? 'incomplete' : first.fault;
  const digestKey = images.find((one) => one.digestKey !== undefined)?.digestKey;
  return {
    ...first,
    ...(digestKey === undefined ? {} : { digestKey }),
    ...(differing.length === 0 ? {} : { differing }),
    ...(fault === undefined ? {} : { fault }),
  };
}
