import { isMap } from 'yaml';
import type { UpperLayer } from '../core/layers.ts';
import { LynceusError } from '../errors.ts';
import { peekScalar } from './editor.ts';
import { meaningOf, type Meaning } from './yaml/meaning.ts';
import { entriesOf, itemsOf, placeOfEntry, rootOf, type YamlPlace } from './yaml/places.ts';
import { openYaml, type Source } from './yaml/source.ts';

/** The layers that an override file of Argo CD brings; none where it cannot be read. */
export function layersOfOverrideFile(path: string, text: string): readonly UpperLayer[] {
  try {
    return layersOf(openYaml(path, text));
  } catch (thrown) {
    if (thrown instanceof LynceusError) return [];
    throw thrown;
  }
}

function layersOf(source: Source): readonly UpperLayer[] {
  const at = source.file;
  const inside = (...keys: readonly string[]) => placeAt(source, keys);
  const names = (place: YamlPlace) =>
    itemsOf(source, place).flatMap((item) => textOf(fieldOf(source, item, 'name')) ?? []);
  const layers: UpperLayer[] = [];
  const images = inside('kustomize', 'images');
  if (images !== undefined)
    layers.push({ kind: 'images', at, entries: itemsOf(source, images).flatMap((one) => textOf(one) ?? []) });
  if (inside('plugin', 'env') !== undefined) layers.push({ kind: 'env', at });
  const values = textOf(inside('helm', 'values'));
  if (values !== undefined) layers.push({ kind: 'values', at, text: values });
  const object = meaningIn(meaningOf(source), ['helm', 'valuesObject']);
  if (object?.kind === 'map') layers.push({ kind: 'values-object', at, values: plainMap(object.entries) });
  const parameters = inside('helm', 'parameters');
  if (parameters !== undefined) layers.push({ kind: 'parameters', at, names: names(parameters) });
  const files = inside('helm', 'fileParameters');
  if (files !== undefined) layers.push({ kind: 'file-parameters', at, names: names(files) });
  return layers;
}

function placeAt(source: Source, keys: readonly string[]): YamlPlace | undefined {
  return keys.reduce<YamlPlace | undefined>(
    (place, key) => place && fieldOf(source, place, key),
    rootOf(source),
  );
}

/** Argo CD reads field names without regard to case. */
function fieldOf(source: Source, place: YamlPlace, key: string): YamlPlace | undefined {
  if (!isMap(place.node)) return undefined;
  const entry = entriesOf(source.anchors, place.node).find(
    (one) => one.key.toLowerCase() === key.toLowerCase(),
  );
  return entry && placeOfEntry(source, place, entry);
}

function textOf(place: YamlPlace | undefined): string | undefined {
  return place && peekScalar(place);
}

function meaningIn(meaning: Meaning, keys: readonly string[]): Meaning | undefined {
  return keys.reduce<Meaning | undefined>((inner, key) => {
    const entries = inner?.kind === 'map' ? [...inner.entries] : [];
    return entries.find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  }, meaning);
}

/** Only keys count, so all values are texts. */
function plain(meaning: Meaning): unknown {
  switch (meaning.kind) {
    case 'text':
      return meaning.text;
    case 'bare':
      return meaning.source;
    case 'map':
      return plainMap(meaning.entries);
    case 'list':
      return meaning.items.map(plain);
  }
}

function plainMap(entries: ReadonlyMap<string, Meaning>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...entries].map(([key, value]) => [key, plain(value)]));
}
