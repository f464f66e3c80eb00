import { parseIgnoreTags } from '../../core/tags/filter.ts';
import { ANNOTATIONS, annotationName, type ApplicationKey, type ImageKey } from '../annotations.ts';
import type { Application } from '../application.ts';
import { parseImageList, type ImageListItem } from '../image-list.ts';
import { saysNo } from '../read-image.ts';
import { LEVEL_FIELDS, TARGET_FIELDS, type FieldValue, type SettingKey } from '../updater-fields.ts';
import { aliasesFor } from './resource-aliases.ts';
import { withField, type ManifestFields, type ManifestValue } from './updater-document.ts';

/** What the annotations of an Application are in a resource. */
export interface ConvertedEntry {
  /** One of `applicationRefs`, without `namePattern`. */
  readonly fields: ManifestFields;
  /** Annotations of the resource, by their full names. */
  readonly extensions: Readonly<Record<string, string>>;
  /** Annotations of the Application that the entry stands for; a hold stays where it is. */
  readonly replaced: readonly string[];
  /** What a person should know of it, as sentences. */
  readonly notes: readonly string[];
}

/** Settings in the making. */
interface Draft {
  ref: ManifestFields;
  readonly extensions: Record<string, string>;
  readonly replaced: string[];
  readonly notes: string[];
}

/**
 * An entry that means what the annotations mean, as far as there are fields and annotations of the resource for it. The caller has
 * read the annotations without problems, and compares what is read from the entry.
 */
export function entryOfApplication({ annotations }: Application): ConvertedEntry {
  const list = parseImageList(annotations[annotationName('image-list')] ?? '');
  const aliases = aliasesFor(list);
  const draft: Draft = {
    ref: {},
    extensions: {},
    replaced: [annotationName('image-list')],
    notes: list.flatMap((item, index) => aliasNote(item, aliases[index] ?? '')),
  };
  const own = (name: string): string | undefined =>
    Object.hasOwn(annotations, name) ? annotations[name]?.trim() : undefined;
  for (const key of APPLICATION_KEYS) {
    const name = annotationName(key);
    const text = own(name);
    if (text === undefined || key === 'image-list' || key === 'hold') continue;
    draft.replaced.push(name);
    if (text !== '') setCommon(draft, key, text);
  }
  const entries = list.map(({ alias: written, ...item }, index) => {
    const alias = aliases[index] ?? '';
    let fields: ManifestFields = { alias, imageName: nameOf(item, written) };
    for (const key of written === '' ? [] : IMAGE_KEYS) {
      const name = annotationName(key, written);
      const text = own(name);
      if (text === undefined || key === 'hold') continue;
      draft.replaced.push(name);
      const path = pathOf(key);
      if (path === undefined) {
        if (text !== '') draft.extensions[annotationName(key, alias)] = text;
      } else if (text !== '' || key === 'ignore-tags') fields = withField(fields, path, valueOf(key, text));
    }
    return fields;
  });
  const { ref, extensions, replaced, notes } = draft;
  return { fields: { ...ref, images: entries }, extensions, replaced, notes };
}

const ROWS: readonly { readonly key: string; readonly scope: string }[] = ANNOTATIONS;
const APPLICATION_KEYS = ROWS.filter(({ scope }) => scope !== 'image').map(
  ({ key }) => key as ApplicationKey,
);
const IMAGE_KEYS = ROWS.filter(({ scope }) => scope !== 'application').map(({ key }) => key as ImageKey);

function aliasNote({ alias, text }: ImageListItem, now: string): readonly string[] {
  if (alias === now) return [];
  return [
    alias === ''
      ? `${text} has no alias, and a resource needs one: it is ${now}`
      : `a resource allows no alias ${alias}: it is ${now}`,
  ];
}

/** The item as it stands behind its alias. */
function nameOf({ text }: Pick<ImageListItem, 'text'>, alias: string): string {
  return alias === '' ? text : text.slice(text.indexOf('=') + 1).trim();
}

function setCommon(draft: Draft, key: ApplicationKey, text: string): void {
  if (key === 'pull-request') {
    const kind = text.toLowerCase();
    if (kind === 'github' || kind === 'gitlab') draft.ref = withField(draft.ref, [...REQUEST_PATH, kind], {});
    else draft.extensions[annotationName(key)] = text;
    return;
  }
  const path = LEVEL_FIELDS.get(key)?.path.split('.');
  if (path === undefined) draft.extensions[annotationName(key)] = text;
  else draft.ref = withField(draft.ref, path, valueOf(key, text));
}

const REQUEST_PATH = ['writeBackConfig', 'gitConfig', 'pullRequest'];

/** Where an image has a field for it. */
function pathOf(key: SettingKey): readonly string[] | undefined {
  const field = LEVEL_FIELDS.get(key);
  if (field !== undefined) return field.ofImages ? field.path.split('.') : undefined;
  return TARGET_FIELDS.get(key)?.path.split('.');
}

function valueOf(key: SettingKey, text: string): ManifestValue {
  return (VALUES.get(key)?.(text) ?? text) as ManifestValue;
}

const VALUES: ReadonlyMap<SettingKey, (text: string) => FieldValue> = new Map<
  SettingKey,
  (text: string) => FieldValue
>([
  ['force-update', (text) => !saysNo(text)],
  ['ignore-tags', parseIgnoreTags],
  ['platforms', listOf],
  ['pull-request-labels', listOf],
]);

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
