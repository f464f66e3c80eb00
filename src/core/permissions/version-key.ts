import { composesImage } from '../chart-keys.ts';
import { isDigest } from '../image/grammar.ts';
import { tryImageReference, type ImageReference } from '../image/reference.ts';
import type { ValueTemplate } from '../policy.ts';
import { namesImage } from '../presence.ts';
import { readValue } from '../value-template.ts';
import { splitReference, splitTag } from '../written-image.ts';
import { keyWordsOf, keyMeaningOf, type KeyMeaning, type KeyPart } from './key-meaning.ts';
import { shapeOf, SHAPE_NAMES, type ValueShape } from './value-shape.ts';
import type { WrittenKey } from './written-key.ts';

/** Of whom the key is asked for. */
export interface VersionKeyContext {
  readonly image: ImageReference;
  /** How the version is written there; absent for a plain tag or reference. */
  readonly template?: ValueTemplate | undefined;
  /** The other keys of the same image. */
  readonly beside: readonly WrittenKey[];
  /** What the chart puts in front of its name. */
  readonly registries: readonly string[];
  /** The file is the `Chart.yaml` of a chart, whose own version is none of an image. */
  readonly isChart: boolean;
}

/**
 * Why a key may not be written without a rule; `undefined` where it may: it holds a part of an image by its shape, or is made
 * for one. Decided by the words of the key and by what it has; tags that a registry lists say nothing, for a registry can
 * list any word.
 *
 *   the key is       may have
 *   ---------------  ------------------------------------------------------------------------
 *   named for it     nothing, a version, a number, a commit, a word
 *   near             a version, a digest, a reference, a word such as latest
 *   unclear          a version with two dots or a `v`, a digest, a reference with a tag
 *   for others       nothing is written
 */
export function whyNoVersionKey(key: WrittenKey, context: VersionKeyContext): string | undefined {
  const named = key.element ?? key.path;
  const path = context.isChart ? `chart.${named}` : named;
  const meaning = keyMeaningOf(path, key.part);
  if (isUnchanged(key, context)) return undefined;
  const expected = EXPECTED[key.part];
  if (meaning === 'other') return `its name is that of something else than ${expected}`;
  // Anchors are kept under keys of any name.
  if (key.isShared) return undefined;
  const text = key.text.trim();
  if (text === '') {
    if (meaning === 'named' || isNameBeside(key, context)) return undefined;
    return `it has nothing yet, and its name does not say that it is for ${expected}`;
  }
  if (mayHave({ key: { ...key, path }, text, meaning, context })) return undefined;
  return `expected ${expected} in it, found ${SHAPE_NAMES[shapeOf(text)]}`;
}

const EXPECTED: Readonly<Record<KeyPart, string>> = {
  tag: 'the tag of an image',
  digest: 'the digest of an image',
  name: 'the name of an image',
  registry: 'the registry of an image',
  image: 'an image',
};

interface Holding {
  readonly key: WrittenKey;
  readonly text: string;
  readonly meaning: Exclude<KeyMeaning, 'other'>;
  readonly context: VersionKeyContext;
}

function mayHave(holding: Holding): boolean {
  const { key, text, context } = holding;
  const read = context.template && readValue(context.template, text);
  switch (key.part) {
    case 'tag': {
      const { tag, digest } = read ?? splitTag(text);
      return isTemplated(text) && isVersion({ ...holding, text: tag ?? digest ?? '' });
    }
    case 'digest':
      return isDigestText(text) || (holding.meaning === 'named' && isPlaceholder(text));
    case 'image':
      return isTemplated(text) && isReference(holding, read ?? splitReference(text));
    case 'name':
      return isName(holding);
    case 'registry':
      return holding.meaning === 'named' && isRegistry(text);
  }
}

/** Whatever a template puts around a version: a URL, a path or an address for mail is none. */
function isTemplated(text: string): boolean {
  const shape = shapeOf(text);
  const at = text.indexOf('@');
  if (shape === 'placeholder') return true;
  const isPlain = !/\s/.test(text) && (at < 0 || isDigest(text.slice(at + 1)));
  return isPlain && shape !== 'url' && shape !== 'path' && shape !== 'flag';
}

const ANYWHERE: readonly ValueShape[] = ['version', 'build', 'digest'];

/** Words that are tags, and little else. */
const TAG_WORDS = /^(?:latest|stable|edge|nightly|main|master|develop|dev|release|rc|beta|alpha|canary|lts)$/;

function isVersion({ key, text, meaning }: Holding): boolean {
  const shape = shapeOf(text);
  if (ANYWHERE.includes(shape)) return true;
  const { words, head, whose, collection } = keyWordsOf(key.path);
  if (meaning !== 'named') return meaning === 'near' && shape === 'word' && TAG_WORDS.test(text);
  switch (shape) {
    case 'commit':
      return [...words, ...collection].some((word) => /^(?:tags?|images?|img|containers?)$/.test(word));
    case 'number': {
      // Where a whole image could stand, a number is a port or a count; a file has a version of its own.
      const isOfFile = words.length === 1 && collection.length === 0 && /^[0-9]+$/.test(text);
      return !/^(?:images?|img)$/.test(head) && !(isOfFile && head === 'version');
    }
    case 'api-version':
      return whose !== 'api' || !/^ver(?:sions?)?$/.test(head);
    case 'word':
    case 'placeholder':
    case 'ip-address':
      return true;
    default:
      return false;
  }
}

function isDigestText(text: string): boolean {
  return isDigest(text) || /^[0-9a-f]{64}$/.test(text);
}

/** A word that stands in for a value, such as `none` or `CHANGEME`. */
function isPlaceholder(text: string): boolean {
  const shape = shapeOf(text);
  return shape === 'placeholder' || (shape === 'word' && /^[A-Za-z_-]+$/.test(text));
}

/** A tag of digits that is a port in most values: `redis:6379`. */
const PORT = /^(?:80|443|[0-9]{4,5})$/;

function isReference(
  { text, meaning, context: { image } }: Holding,
  {
    name = '',
    tag,
    digest,
  }: {
    readonly name: string | undefined;
    readonly tag: string | undefined;
    readonly digest: string | undefined;
  },
): boolean {
  const shape = shapeOf(text);
  if (shape === 'number' || shape === 'commit' || shape === 'ip-address') return false;
  if (digest !== undefined && !isDigest(digest)) return false;
  if (meaning === 'named') return tryImageReference(name) !== undefined || shape !== 'text';
  if (tryImageReference(name) === undefined || (tag === undefined && digest === undefined)) return false;
  const isPort = digest === undefined && PORT.test(tag ?? '');
  return !isPort && (name.includes('/') || namesImage(name, image));
}

function isName({ key, text, meaning, context }: Holding): boolean {
  const shape = shapeOf(text);
  if (['flag', 'number', 'url', 'path', 'ip-address'].includes(shape)) return false;
  const image = tryImageReference(text);
  if (meaning === 'named') return image !== undefined || shape === 'word' || shape === 'placeholder';
  if (image === undefined || !text.includes('/')) return false;
  // Without a host it may be a folder, a topic or a team.
  return meaning === 'near' || image.registry !== '' || isNameBeside(key, context);
}

function isRegistry(text: string): boolean {
  const host = text.replace(/\/+$/, '');
  const shape = shapeOf(host);
  return !['flag', 'number', 'url', 'path'].includes(shape) && tryImageReference(`${host}/x`) !== undefined;
}

/** A name that is the image's already, alone or behind the registry beside it, stays as it is. */
function isUnchanged({ part, text }: WrittenKey, { image, beside, registries }: VersionKeyContext): boolean {
  const textsOf = (other: KeyPart) => beside.flatMap((one) => (one.part === other ? [one.text] : []));
  if (text === '') return false;
  switch (part) {
    case 'registry':
      return textsOf('name').some((name) => composesImage(text, name, image));
    case 'name':
      return (
        namesImage(text, image) ||
        [...registries, ...textsOf('registry')].some((registry) => composesImage(registry, text, image))
      );
    case 'tag':
    case 'digest':
    case 'image':
      return false;
  }
}

/** `web.name` beside `web.tag` or around it, `webName` beside `webTag`: made for the name that belongs to a tag. */
function isNameBeside({ part, path }: WrittenKey, { beside }: VersionKeyContext): boolean {
  if (part !== 'name' && part !== 'registry') return false;
  const stem = stemOf(path, /^(.*?)(?:name|registry)$/i);
  if (stem === undefined) return false;
  return beside.some((one) => {
    const isTagKey = one.part === 'tag' || one.part === 'digest';
    if (!isTagKey || keyMeaningOf(one.path, one.part) !== 'named') return false;
    const isInside = stem.endsWith('.') && one.path.startsWith(stem);
    return isInside || stem === stemOf(one.path, /^(.*?)(?:tag|version|digest)$/i);
  });
}

function stemOf(path: string, ending: RegExp): string | undefined {
  return ending.exec(path)?.[1];
}
