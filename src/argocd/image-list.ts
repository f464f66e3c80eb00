import { parseConstrainedReference } from '../core/image/reference.ts';
import type { ImageReference } from '../core/image/reference.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { shown } from './problems.ts';

/** One entry of `image-list`. */
export type ImageListItem =
  | {
      readonly kind: 'image';
      /** As written, `''` when there is none. */
      readonly alias: string;
      /** Registry and name; never a tag or digest. */
      readonly image: ImageReference;
      /** The text after the name's colon, `''` when there is none. */
      readonly constraint: string;
      readonly text: string;
    }
  | {
      readonly kind: 'unreadable';
      readonly alias: string;
      readonly text: string;
      readonly error: LynceusError;
    };

/** What may be in front of `=`: also what an annotation key may hold, plus `/`. */
const ALIAS = /^[A-Za-z0-9_][A-Za-z0-9._/-]*$/;
/** A name without host, path, tag or digest: it alone could be mistaken for a version. */
const BARE_NAME = /^[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*$/;
const VERSION = /^[vV]?(?:\d+|[xX])(?:\.(?:\d+|[xX]))*(?:[-+][0-9A-Za-z.+-]*)?$/;
/** Letters of tags, of patterns over tags and of constraints. No line break: that is where a comma was forgotten. */
const CONSTRAINT = /^[0-9A-Za-z._+*~^<>=!|?[\]{}, \t-]*$/;
/** What is between two commas; one within the braces of a pattern (`{dev,main}-*`) separates nothing. */
const PIECE = /(?:\{[^{}=:@/]*\}|[^,])+/g;
/** In a constraint `=` follows an operator or a space; after a letter or digit it ends the alias of the next item. */
const FORGOTTEN_COMMA = /[0-9A-Za-z]=/;

/**
 * Reads `image-list := item ("," item)*`, `item := [alias "="] image [":" constraint]`.
 *
 * A comma separates two images unless what follows cannot start one; then it belongs to the constraint:
 * - it starts an image when it is `alias=…`, holds `/`, `:` or `@`, or is a single name (`redis`);
 * - it continues the constraint when it begins with an operator (`<2.0`) or holds spaces (`1.2 - 1.4`);
 * - a single version (`2.0`) may be either, and is refused with both readings.
 *
 * So `web=acme/web:>=1.0,<2.0,api=acme/api:1.x` is two images. `nginx:>=1.2` has no alias.
 * Throws `annotation-invalid` when there is no image at all; a fault of one item is that item's alone.
 */
export function parseImageList(text: string): readonly ImageListItem[] {
  const pieces = (text.match(PIECE) ?? []).map((piece) => piece.trim()).filter((piece) => piece !== '');
  if (pieces.length === 0)
    throw new LynceusError('annotation-invalid', 'expected at least one image, found none', {
      hint: 'write image-list: alias=registry/name:constraint, or remove the annotation',
    });
  return joinPieces(pieces).map(readItem);
}

/** One image of an `ImageUpdater`, whose alias stands beside it. A fault is that of the item alone. */
export function readListedImage(alias: string, imageName: string): ImageListItem {
  try {
    return { kind: 'image', alias, ...readImage(imageName.trim()), text: imageName };
  } catch (error) {
    if (error instanceof LynceusError) return { kind: 'unreadable', alias, text: imageName, error };
    throw error;
  }
}

interface Joined {
  readonly text: string;
  /** The piece that might have been an image of its own. */
  readonly doubtful: string | undefined;
}

function joinPieces(pieces: readonly string[]): readonly Joined[] {
  const items: Joined[] = [];
  for (const piece of pieces) {
    const before = items.at(-1);
    const start = before === undefined ? 'yes' : startsItem(piece);
    if (before === undefined || start === 'yes') {
      items.push({ text: piece, doubtful: undefined });
      continue;
    }
    const doubtful = before.doubtful ?? (start === 'perhaps' ? piece : undefined);
    items[items.length - 1] = { text: `${before.text},${piece}`, doubtful };
  }
  return items;
}

function startsItem(piece: string): 'yes' | 'perhaps' | 'no' {
  const { alias, rest } = splitAlias(piece);
  if (alias !== '') return VERSION.test(alias) && VERSION.test(rest) ? 'perhaps' : 'yes';
  if (/^[A-Za-z0-9]/.test(piece) && /[/:@]/.test(piece)) return 'yes';
  if (!BARE_NAME.test(piece)) return 'no';
  return VERSION.test(piece) ? 'perhaps' : 'yes';
}

function splitAlias(item: string): { readonly alias: string; readonly rest: string } {
  const equals = item.indexOf('=');
  const alias = item.slice(0, Math.max(equals, 0)).trim();
  return ALIAS.test(alias) ? { alias, rest: item.slice(equals + 1).trim() } : { alias: '', rest: item };
}

function readItem({ text, doubtful }: Joined): ImageListItem {
  const { alias, rest } = splitAlias(text);
  try {
    if (doubtful !== undefined) throw twoReadings(text, doubtful);
    return { kind: 'image', alias, ...readImage(rest), text };
  } catch (error) {
    if (error instanceof LynceusError) return { kind: 'unreadable', alias, text, error };
    throw error;
  }
}

function readImage(rest: string): { readonly image: ImageReference; readonly constraint: string } {
  if (rest === '') throw new LynceusError('annotation-invalid', 'expected an image after "=", found nothing');
  const [beforeEquals] = rest.split('=', 1);
  if (beforeEquals !== undefined && beforeEquals !== rest && !/[:@<>!~^*]/.test(beforeEquals))
    throw badAlias(beforeEquals);
  const { image, constraint } = parseConstrainedReference(rest);
  if (!CONSTRAINT.test(constraint) || FORGOTTEN_COMMA.test(constraint))
    throw new LynceusError(
      'annotation-invalid',
      `expected a tag or version constraint after the image name, found ${quoted(constraint)}`,
      {
        hint: /^regexp:/i.test(constraint)
          ? `write ${quoted(`allow-tags: ${constraint}`)} instead`
          : 'separate images by commas, and put an alias in front of each: web=acme/web:1.x, api=acme/api:^2',
      },
    );
  return { image: { ...image, tag: undefined, digest: undefined }, constraint };
}

function badAlias(found: string): LynceusError {
  return new LynceusError('annotation-invalid', `expected an alias in front of "=", found ${quoted(found)}`, {
    hint: 'an alias begins with a letter, a digit or "_" and goes on with those, ".", "-" and "/"',
  });
}

function twoReadings(text: string, doubtful: string): LynceusError {
  const first = text.slice(0, text.indexOf(`,${doubtful}`));
  const asOne = text.replaceAll(',', ' ');
  const { alias, rest } = splitAlias(doubtful);
  const asImage = `${alias === '' ? '' : `${alias}=`}docker.io/library/${rest}`;
  return new LynceusError(
    'annotation-invalid',
    `${quoted(shown(text))} can be read as one image whose constraint holds a comma, or as ${quoted(shown(first))} and another image ${quoted(doubtful)}`,
    {
      hint: `for one image write a space instead of the comma: ${quoted(shown(asOne))}; for two images write the registry: ${quoted(asImage)}`,
    },
  );
}
