import type { ImageUpdaterId } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import type { ApplicationKey, ImageKey } from './annotations.ts';
import type { Application } from './application.ts';
import type { ApplicationRef, ImageUpdater, UpdaterImage, UpdaterLevel } from './image-updater.ts';
import type { Found } from './problems.ts';
import { readAnnotations } from './read-annotations.ts';
import { saysNo } from './read-image.ts';
import type { SettingReader, UnknownSetting } from './setting-reader.ts';
import {
  fieldInstead,
  LEVEL_FIELDS,
  TARGET_FIELDS,
  updaterFieldOf,
  type FieldValue,
  type SettingKey,
} from './updater-fields.ts';

/**
 * What one of the `applicationRefs` of an `ImageUpdater` sets for an Application: the image's own fields, else those of the entry,
 * else those of `spec`, field by field. What there is no field for may be an annotation of the resource, with the alias in
 * front for one image. `hold` and `pause` of the Application count too: they start nothing.
 */
export function readUpdater(
  updater: ImageUpdater,
  ref: ApplicationRef,
  application: Application,
): SettingReader {
  const { namespace, name } = updater;
  const id = { namespace, name };
  const byAlias = new Map(ref.images.map((image) => [image.alias, image]));
  const onApplication = readAnnotations(application, [...byAlias.keys()]);
  const levels: Levels = {
    id,
    levels: [ref, updater.level],
    byAlias,
    onResource: readAnnotations({ annotations: extensionsOf(updater) }, aliasesOf(updater)),
  };

  function ofImageEvenBlank(alias: string, key: ImageKey): Found | undefined {
    const held = key === 'hold' || key === 'pause' ? onApplication.ofImage(alias, key) : undefined;
    if (held !== undefined && !saysNo(held.value)) return held;
    return ownSetting(levels, alias, key) ?? commonSetting(levels, key);
  }

  return {
    ofApplication: (key) => given(commonSetting(levels, key)),
    ofImage: (alias, key) => given(ofImageEvenBlank(alias, key)),
    ofImageEvenBlank,
    isCommon: (alias, key) => given(ownSetting(levels, alias, key)) === undefined,
    listed: (alias, value) => ({
      key: `${byAlias.get(alias)?.at ?? `${ref.at}.images`}.imageName`,
      value,
      updater: id,
    }),
    missing: (key, alias) => ({ key: missingField(levels, key, alias), value: '', updater: id }),
    unknown: unknownExtensions(updater, ref).map((one) => ({ ...one, updater: id })),
  };
}

/** The parts of a resource that say something for one of its entries. */
interface Levels {
  readonly id: ImageUpdaterId;
  /** The entry, and what is above it. */
  readonly levels: readonly [UpdaterLevel, UpdaterLevel];
  readonly byAlias: ReadonlyMap<string, UpdaterImage>;
  /** Its annotations. */
  readonly onResource: SettingReader;
}

function ownSetting({ id, byAlias, onResource }: Levels, alias: string, key: ImageKey): Found | undefined {
  const image = byAlias.get(alias);
  if (image === undefined) return undefined;
  const field = LEVEL_FIELDS.get(key);
  const value = field?.ofImages === true ? field.of(image) : TARGET_FIELDS.get(key)?.of(image);
  if (value !== undefined) return foundAt(id, `${image.at}.${updaterFieldOf(key) ?? ''}`, value);
  const extension = onResource.isCommon(alias, key) ? undefined : onResource.ofImageEvenBlank(alias, key);
  return extension && { ...extension, updater: id };
}

function commonSetting({ id, levels, onResource }: Levels, key: SettingKey): Found | undefined {
  const field = LEVEL_FIELDS.get(key);
  for (const level of field === undefined ? [] : levels) {
    const value = field?.of(level);
    if (value !== undefined) return foundAt(id, `${level.at}.${field?.path ?? ''}`, value);
  }
  const extension = mayStandAlone(key) ? onResource.ofApplication(key) : undefined;
  return extension && { ...extension, updater: id };
}

function foundAt(updater: ImageUpdaterId, key: string, value: FieldValue): Found {
  if (typeof value !== 'object') return { key, value: String(value).trim(), updater };
  // A list without elements replaces the one of the level above, like a blank text.
  return { key, value: value.join(', '), ...(value.length === 0 ? {} : { items: value }), updater };
}

function missingField(
  { levels: [ref], byAlias, onResource }: Levels,
  key: SettingKey,
  alias: string | undefined,
): string {
  const field = updaterFieldOf(key);
  if (field === undefined) return onResource.missing(key, alias).key;
  const image = alias === undefined ? undefined : byAlias.get(alias);
  const level = image === undefined || LEVEL_FIELDS.get(key)?.ofImages === false ? ref : image;
  return `${level.at}.${field}`;
}

function given(found: Found | undefined): Found | undefined {
  return found === undefined || found.value === '' ? undefined : found;
}

function mayStandAlone(key: SettingKey): key is ApplicationKey {
  return STANDING_ALONE.has(key);
}

/** What may be written on the resource for all of its images. */
const STANDING_ALONE: ReadonlySet<string> = new Set<ApplicationKey>([
  'pull-request',
  'pull-request-group',
  'pull-request-title',
  'order',
  'hold',
  'pause',
  'minimum-age',
  'rollback',
  'allow-downgrade',
  'signature-policy',
  'interval',
  'update-windows',
  'verify',
  'on-failure',
  'notify',
  'promote-from',
  'promote-when',
  'promote-after',
  'promote-by',
  'promote-approval',
]);

/** The annotations of the resource without those that it has a field for; see `unknownExtensions`. */
function extensionsOf({ annotations }: ImageUpdater): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => fieldInstead(name) === undefined));
}

function aliasesOf({ refs }: ImageUpdater): readonly string[] {
  return [...new Set(refs.flatMap(({ images }) => images.map(({ alias }) => alias)))];
}

/**
 * Annotations of the resource that mean nothing: unknown ones, and those that a field has to say. With the alias of an image of
 * another entry they are that entry's.
 */
function unknownExtensions(updater: ImageUpdater, ref: ApplicationRef): readonly UnknownSetting[] {
  const all = aliasesOf(updater);
  const own = new Set(ref.images.map(({ alias }) => alias));
  const replaced = Object.entries(updater.annotations).flatMap(([key, value]): UnknownSetting[] => {
    const field = fieldInstead(key);
    if (field === undefined) return [];
    const message = 'an ImageUpdater has a field for this';
    const error = new LynceusError('annotation-invalid', message, { hint: `write ${field} instead` });
    return [{ key, value, alias: undefined, error }];
  });
  const { unknown } = readAnnotations({ annotations: extensionsOf(updater) }, all);
  return [...replaced, ...unknown].filter(({ alias }) => alias === undefined || own.has(alias));
}
