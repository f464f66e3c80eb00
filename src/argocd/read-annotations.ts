import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { ANNOTATION_PREFIX, ANNOTATIONS, aliasInKeys, annotationName } from './annotations.ts';
import type { AnnotationRow, AnnotationScope, ApplicationKey, ImageKey } from './annotations.ts';
import type { Application } from './application.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import type { Found } from './problems.ts';
import type { SettingReader, UnknownSetting } from './setting-reader.ts';

/** Kubernetes ends the part after the prefix at 63 characters. */
const LONGEST_NAME = 253;

const ROWS: readonly AnnotationRow[] = ANNOTATIONS;

/** Hints for keys of other versions, and for keys that do not exist but are often tried. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['tag-match', 'write allow-tags with regexp: in front of the expression'],
  ['filter-tags', 'write allow-tags or ignore-tags'],
  ['filter-tag', 'write allow-tags or ignore-tags'],
  ['constraint', 'write the constraint behind the image in image-list'],
]);

/** The annotations of one Application, by the table of keys. */
export function readAnnotations(
  { annotations }: Pick<Application, 'annotations'>,
  aliases: readonly string[],
): SettingReader {
  function own(key: string): Found | undefined {
    const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    return value === undefined ? undefined : { key, value: value.trim() };
  }
  function candidates(alias: string, key: ImageKey): readonly (Found | undefined)[] {
    return [
      alias === '' ? undefined : own(annotationName(key, alias)),
      mayStandAlone(key) ? own(annotationName(key)) : undefined,
    ];
  }
  return {
    ofApplication: (key) => [own(annotationName(key))].find(isGiven),
    ofImage: (alias, key) => candidates(alias, key).find(isGiven),
    ofImageEvenBlank: (alias, key) => candidates(alias, key).find((found) => found !== undefined),
    isCommon: (alias, key) => !isGiven(candidates(alias, key)[0]),
    listed: (_alias, text) => ({ key: annotationName('image-list'), value: text }),
    missing: (key, alias) => ({ key: nameOf(key, alias), value: '' }),
    unknown: unknownAnnotations(annotations, aliases),
  };
}

function isGiven(found: Found | undefined): found is Found {
  return found !== undefined && found.value !== '';
}

function mayStandAlone(key: ApplicationKey | ImageKey): key is ApplicationKey {
  return isKey(key, 'application');
}

/** Whether there is such a key for an image (behind an alias) or for an Application (alone). */
function isKey(key: string, use: Exclude<AnnotationScope, 'both'>): boolean {
  return ROWS.some((row) => row.key === key && (row.scope === use || row.scope === 'both'));
}

function keysFor(use: Exclude<AnnotationScope, 'both'>): readonly string[] {
  return ROWS.filter((row) => row.scope === use || row.scope === 'both').map((row) => row.key);
}

function unknownAnnotations(
  annotations: Readonly<Record<string, string>>,
  aliases: readonly string[],
): readonly UnknownSetting[] {
  const byKey = new Map(aliases.filter((alias) => alias !== '').map((alias) => [aliasInKeys(alias), alias]));
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(ANNOTATION_PREFIX))
    .flatMap(([key, value]) => {
      const name = key.slice(ANNOTATION_PREFIX.length);
      if (isKey(name, 'application')) return [];
      const owners = splits(name).filter(({ head }) => byKey.has(head));
      if (owners.some(({ tail }) => isKey(tail, 'image'))) return [];
      // The longest alias: `a.b.allow-tagz` is about `a.b`, even when there is an alias `a` as well.
      const owner = owners.at(-1);
      const alias = owner === undefined ? undefined : byKey.get(owner.head);
      return [{ key, value, alias, error: unknownError(name, owner, [...byKey.keys()]) }];
    });
}

interface Split {
  readonly head: string;
  readonly tail: string;
}

/** Every way to cut a name in two at a dot, the shortest head first; none for a name that Kubernetes does not allow. */
function splits(name: string): readonly Split[] {
  if (name.length > LONGEST_NAME) return [];
  return [...name.matchAll(/\./g)].map(({ index }) => ({
    head: name.slice(0, index),
    tail: name.slice(index + 1),
  }));
}

function unknownError(name: string, owner: Split | undefined, aliases: readonly string[]): LynceusError {
  const message = 'there is no such annotation';
  if (owner !== undefined) return unknown(message, hintFor(owner.tail, 'image', `${owner.head}.`));
  const foreign = splits(name).find(({ tail }) => isKey(tail, 'image'));
  if (foreign !== undefined) return unknownAlias(foreign, aliases);
  if (isKey(name, 'image'))
    return unknown(`${message} for a whole Application`, `write it for one image: <alias>.${name}`);
  return unknown(message, hintFor(name, 'application', '') ?? hintForSomeImage(name));
}

function unknownAlias({ head, tail }: Split, aliases: readonly string[]): LynceusError {
  const near = didYouMean(head, aliases);
  const known =
    aliases.length === 0 ? 'image-list gives no alias' : `image-list has ${aliases.slice(0, 5).join(', ')}`;
  return unknown(
    `no image of image-list has the alias ${quoted(head)}, so it applies to no image`,
    near === undefined
      ? `${known}; correct the alias or remove the annotation`
      : `did you mean ${near}.${tail}?`,
  );
}

function hintFor(key: string, use: 'application' | 'image', before: string): string | undefined {
  const advice = ADVICE.get(key);
  if (advice !== undefined) return advice;
  if (use === 'image' && isKey(key, 'application'))
    return `${key} is for the whole Application: write it without the alias`;
  const near = didYouMean(key, keysFor(use));
  return near === undefined ? undefined : `did you mean ${before}${near}?`;
}

function hintForSomeImage(name: string): string | undefined {
  const last = splits(name)[0];
  return last === undefined ? undefined : hintFor(last.tail, 'image', `${last.head}.`);
}

function unknown(message: string, hint: string | undefined): LynceusError {
  return new LynceusError('annotation-invalid', message, {
    hint: hint ?? 'docs/annotations.md lists the annotations; correct it or remove it',
  });
}

function nameOf(key: ApplicationKey | ImageKey, alias: string | undefined): string {
  if (alias !== undefined && alias !== '' && isImageKey(key)) return annotationName(key, alias);
  return ANNOTATION_PREFIX + key;
}

function isImageKey(key: ApplicationKey | ImageKey): key is ImageKey {
  return isKey(key, 'image');
}
