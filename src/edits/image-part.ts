import { isDigest, isTag } from '../core/image/grammar.ts';
import type { ImageReference } from '../core/image/reference.ts';
import { namesImage } from '../core/presence.ts';
import { splitReference, splitTag, type HelmSlot, type PluginSlot } from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';

/** Which part of an image a key is to hold. */
export interface ImagePart {
  readonly kind: 'name' | 'tag' | 'spec';
  readonly image: ImageReference;
  readonly slot: HelmSlot | PluginSlot;
  readonly file: string;
}

/** The text that is there. Throws `key-unsupported` when it is another part of an image: its reader would not expect ours. */
export function checkPart(
  present: string | undefined,
  { kind, image, slot, file }: ImagePart,
): string | undefined {
  const text = present ?? '';
  if (kind === 'tag') rejectReference(text, slot, file);
  if (kind === 'spec' && isTagAlone(text, image))
    throw otherPart(slot, 'spec', { file, found: 'a tag alone' });
  const isNamed = slot.kind === 'plugin' || (slot.kind === 'helm-parts' && slot.name.explicit);
  if (kind === 'name' && isNamed && splitReference(text).tag !== undefined)
    throw otherPart(slot, 'name', { file, found: 'a name with a tag' });
  return present;
}

/** No tag has a `/` or a `:`, beside that of its digest. Text with blanks is no image at all. */
export function rejectReference(text: string, slot: HelmSlot | PluginSlot, file: string): void {
  if (/^\S*[/:]\S*$/.test(splitTag(text).tag ?? ''))
    throw otherPart(slot, 'tag', { file, found: 'more than a tag, such as name:tag' });
}

/** A word by itself may be the name of an image, too: only one that ends as ours does is taken for it. */
function isTagAlone(text: string, image: ImageReference): boolean {
  if (text === '') return false;
  if (isDigest(text)) return true;
  const { name = '', tag } = splitReference(text);
  if (name === '') return true;
  const isWord = isTag(name) && tag === undefined;
  return isWord && !namesImage(name, image) && image.name.split('/').at(-1) !== name;
}

const EXPECTED: Readonly<Record<ImagePart['kind'], string>> = {
  name: 'the name of an image',
  tag: 'a tag',
  spec: 'NAME:TAG',
};

function otherPart(
  slot: HelmSlot | PluginSlot,
  kind: ImagePart['kind'],
  { file, found }: { readonly file: string; readonly found: string },
): LynceusError {
  const family = slot.kind === 'plugin' ? 'plugin' : 'helm';
  const right =
    kind === 'spec'
      ? `${family}.image-tag, if it is to hold the tag alone`
      : `${family}.image-spec, if it is to hold NAME:TAG`;
  return new LynceusError(
    'key-unsupported',
    `${file}: ${keyOfPart(slot, kind)}: expected ${EXPECTED[kind]}, found ${found}`,
    { hint: `name the key with ${right}; or correct the value once` },
  );
}

function keyOfPart(slot: HelmSlot | PluginSlot, kind: ImagePart['kind']): string {
  switch (slot.kind) {
    case 'plugin':
      return slot[kind] ?? '';
    case 'helm-spec':
      return slot.spec.path;
    case 'helm-parts':
      return kind === 'name' ? slot.name.path : slot.tag.path;
  }
}
