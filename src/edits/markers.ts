import { isAlias, isMap, isNode, isScalar, isSeq, type Node } from 'yaml';
import type { ImageSlot } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import type { LynceusError } from '../errors.ts';
import { readScalar, wrongSlot } from './editor.ts';
import { commentsOf, type Comment } from './yaml/comments.ts';
import { endOf, isBlankValue, isBlock, valueOf } from './yaml/nodes.ts';
import { entriesOf, itemsOf, placeOfEntry, rootOf, type YamlPlace } from './yaml/places.ts';
import { refusalAt, type Source } from './yaml/source.ts';

/** Which part of the image a marked value holds; `reference` is all of it. */
export type MarkKind = 'reference' | 'name' | 'tag' | 'digest';

/** A value that a person marked as an image's. */
export interface Marked {
  readonly kind: MarkKind;
  readonly place: YamlPlace;
  readonly value: string | undefined;
}

interface Mark {
  /** `[NAMESPACE/]APPLICATION/ALIAS`. */
  readonly owner: string;
  readonly kind: MarkKind;
  readonly comment: Comment;
}

/** What is meant to be a marker, well written or not. */
const MEANT = /\{\s*["']?\$lynceus/gi;
const MARKER = /\{\s*"\$lynceus"\s*:\s*"([^"\\]*)"\s*\}/;
const OWNER = /^(?:[a-z0-9][a-z0-9.-]*\/){1,2}[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const KINDS: readonly MarkKind[] = ['name', 'tag', 'digest'];

/**
 * The values of one document that carry the marker of an image, in the order of the file:
 * `image: ghcr.io/acme/api:1.2.3 # {"$lynceus": "shop/api"}`. A marker belongs to the value in front of it on its line.
 *
 * Throws `target-unsupported` for a marker of anybody that cannot be read, and `key-unsupported` for one of this image
 * that stands beside something else than a single value. What could be a comment inside a block scalar is
 * text.
 */
export function markedValues(source: Source, slot: ImageSlot): readonly Marked[] {
  if (slot.kind !== 'markers') throw wrongSlot(source.file, slot);
  const own = marksOf(source).filter(({ owner }) => slot.names.includes(owner));
  if (own.length === 0) return [];
  const values = valuesByEnd(source);
  return own.map(({ kind, comment }) => {
    const place = values.get(endBefore(source.text, comment.start));
    if (place === undefined || !isPlainly(place)) throw besideNothing(source, comment);
    return { kind, place, value: readScalar(source, place) };
  });
}

/** The owners that the markers of a document name, each once. */
export function markedOwners(source: Source): readonly string[] {
  return [...new Set(marksOf(source).map(({ owner }) => owner))];
}

function marksOf(source: Source): readonly Mark[] {
  if (!/\$lynceus/i.test(source.text)) return [];
  return commentsOf(source.text).flatMap((comment) => {
    const text = source.text.slice(comment.start, comment.end);
    const count = [...text.matchAll(MEANT)].length;
    if (count === 0) return [];
    const [, content] = MARKER.exec(text) ?? [];
    if (content === undefined || count > 1) throw unreadable(source, comment, 'something else');
    return [readMark(source, content, comment)];
  });
}

function readMark(source: Source, content: string, comment: Comment): Mark {
  const colon = content.indexOf(':');
  const owner = colon < 0 ? content : content.slice(0, colon);
  const part = colon < 0 ? undefined : content.slice(colon + 1);
  const kind = part === undefined ? 'reference' : KINDS.find((one) => one === part);
  if (!OWNER.test(owner) || kind === undefined) throw unreadable(source, comment, quoted(content));
  return { owner, kind, comment };
}

/** The places of the written scalars (and aliases, which are refused) by the offset at which they end. */
function valuesByEnd(source: Source): ReadonlyMap<number, YamlPlace> {
  const found = new Map<number, YamlPlace>();
  function visit(place: YamlPlace, written: Node | undefined): void {
    if (written === undefined || isBlankValue(written)) return;
    if (isScalar(written) || isAlias(written)) found.set(endOf(written), place);
    else if (isMap(written))
      for (const entry of entriesOf(source.anchors, written))
        if (!entry.merged) visit(placeOfEntry(source, place, entry), valueOf(entry.pair));
    if (isSeq(written)) {
      const items = written.items.filter(isNode);
      for (const [index, item] of itemsOf(source, place).entries()) visit(item, items[index]);
    }
  }
  const root = rootOf(source);
  visit(root, root.node);
  return found;
}

/** One written value on a line: no alias, which would change what it points at, and no block. */
function isPlainly({ node, anchor }: YamlPlace): boolean {
  return isScalar(node) && !isBlock(node) && anchor === undefined;
}

/** The end of what stands in front of a comment; in a flow collection the comma belongs to the collection. */
function endBefore(text: string, offset: number): number {
  let end = offset;
  while (/[ \t]/.test(text[end - 1] ?? '')) end -= 1;
  if (text[end - 1] !== ',') return end;
  end -= 1;
  while (/[ \t]/.test(text[end - 1] ?? '')) end -= 1;
  return end;
}

function besideNothing(source: Source, { start }: Comment): LynceusError {
  return refusalAt(source, start, {
    code: 'key-unsupported',
    message: 'expected a single value in front of this marker, on its line',
    hint: 'a marker cannot stand beside a map, a list, an alias, a block scalar or nothing',
  });
}

function unreadable(source: Source, { start }: Comment, found: string): LynceusError {
  return refusalAt(source, start, {
    code: 'target-unsupported',
    message: `expected {"$lynceus": "[NAMESPACE/]APPLICATION/ALIAS[:tag|:name|:digest]"}, found ${found}`,
    hint: 'correct the marker or remove it',
  });
}
