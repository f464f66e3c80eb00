import type { Presence } from '../core/presence.ts';
import { markedLines, readHold, readHoldAbove } from './hold-comment.ts';
import { startOf } from './yaml/nodes.ts';
import { formatPath, type YamlPlace } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';

/** Where the values of an image are in one document, the version first. */
type PlacesIn = (source: Source) => readonly YamlPlace[];

/** Which lines of a file belong to one image, as far as holds are concerned. Lines count from 1. */
export interface HeldLines {
  /** The line of its version; `undefined` when the file does not have it. */
  readonly version: number | undefined;
  /** Key of its version. */
  readonly key: string | undefined;
  /** Lines with a comment about a hold that belongs to it, well spelled or not. */
  readonly marked: readonly number[];
}

/** A reading with the holds of these documents. One beside the value itself counts before one beside what it is in. */
export function withHolds(
  reading: Extract<Presence, { kind: 'present' }>,
  documents: readonly Source[],
  placesIn: PlacesIn,
): Presence {
  const [own] = documents.flatMap((source) => readHold(source, placesIn(source)) ?? []);
  const [above] = documents.flatMap((source) => readHoldAbove(source, placesIn(source)) ?? []);
  const hold = own ?? above;
  if (hold === undefined) return reading;
  const held = { ...reading, hold: hold.reason };
  if (above === undefined) return held;
  return { ...held, holdAbove: { key: above.key, line: above.line, alone: own === undefined } };
}

export function heldLines(documents: readonly Source[], placesIn: PlacesIn): HeldLines {
  const found = documents.flatMap((source) => placesIn(source).map((place) => ({ source, place })));
  const [first] = found;
  return {
    version: first && lineOfPlace(first.source, first.place),
    key: first && formatPath(first.place.path),
    marked: documents.flatMap((source) => markedLines(source, placesIn(source))),
  };
}

function lineOfPlace({ text, firstLine }: Source, { entry, node }: YamlPlace): number {
  return (
    text.slice(0, startOf(entry === undefined ? node : entry.pair.key)).split('\n').length + firstLine - 1
  );
}
