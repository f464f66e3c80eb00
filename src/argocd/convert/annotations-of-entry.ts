import { ANNOTATIONS, annotationName, type ApplicationKey, type ImageKey } from '../annotations.ts';
import type { Application } from '../application.ts';
import type { ApplicationRef, ImageUpdater } from '../image-updater.ts';
import type { Found } from '../problems.ts';
import { readUpdater } from '../read-updater.ts';
import type { SettingReader } from '../setting-reader.ts';

const ROWS: readonly { readonly key: string; readonly scope: string }[] = ANNOTATIONS;

/**
 * The annotations that mean for an Application what an entry of an `ImageUpdater` means, by their full names. The caller compares
 * what is read from them. A hold stays where it is, unless the resource has it.
 */
export function annotationsOfEntry(
  updater: ImageUpdater,
  ref: ApplicationRef,
  application: Application,
): Readonly<Record<string, string>> {
  const reader = readUpdater(updater, ref, { ...application, annotations: {} });
  const annotations: Record<string, string> = {
    [annotationName('image-list')]: ref.images
      .map(({ alias, imageName }) => `${alias}=${imageName.trim()}`)
      .join(', '),
  };
  for (const { key, scope } of ROWS) {
    if (scope === 'image' || key === 'image-list' || isTakenBack(ref, reader, key)) continue;
    const found = reader.ofApplication(key as ApplicationKey);
    if (found !== undefined) annotations[annotationName(key as ApplicationKey)] = textOf(found);
  }
  for (const { alias } of ref.images) {
    for (const { key, scope } of ROWS) {
      if (scope === 'application') continue;
      const found = reader.ofImageEvenBlank(alias, key as ImageKey);
      // What is set for all of them stands there already, unless an Application cannot set it for all.
      if (found === undefined || (scope !== 'image' && isCommon(annotations, key, found))) continue;
      if (found.value === '' && found.items === undefined) continue;
      annotations[annotationName(key as ImageKey, alias)] = textOf(found);
    }
  }
  return annotations;
}

/**
 * Whether an image has a blank text where the others have what is set for all: as an annotation a blank one counts as missing, so
 * that it is written for each of the others.
 */
function isTakenBack({ images }: ApplicationRef, reader: SettingReader, key: string): boolean {
  return images.some(({ alias }) => {
    const found = reader.ofImageEvenBlank(alias, key as ImageKey);
    return found?.value === '' && found.items === undefined;
  });
}

function isCommon(annotations: Readonly<Record<string, string>>, key: string, found: Found): boolean {
  return annotations[annotationName(key as ApplicationKey)] === textOf(found);
}

function textOf({ value, items }: Found): string {
  return items === undefined ? value : items.join(',');
}
