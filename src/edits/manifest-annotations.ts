import { isMap } from 'yaml';
import { joinKey } from '../core/identity/key.ts';
import { LynceusError } from '../errors.ts';
import { applyEdits } from './apply-edits.ts';
import { documentsOf } from './yaml/documents.ts';
import { text as textLeaf, type Edit } from './yaml/edit.ts';
import { entriesOf, childOf, itemsOf, rootOf, type YamlPlace } from './yaml/places.ts';
import { openYaml, type Source } from './yaml/source.ts';
import { readScalar } from './editor.ts';

/** What is to change in a file of manifests. */
export interface ManifestEdits {
  readonly annotations: readonly ManifestAnnotations[];
  /** `ImageUpdater`s to take out. */
  readonly deleted: readonly { readonly namespace: string; readonly name: string }[];
}

/** Annotations of the Application of this name that go, and that come; by their full names. */
export interface ManifestAnnotations {
  readonly namespace: string;
  readonly name: string;
  readonly remove: readonly string[];
  readonly set: Readonly<Record<string, string>>;
}

/** How large a file of manifests may be. */
const LIMITS = { bytes: 16 * 1024 * 1024, nodes: 500_000, depth: 100, aliases: 10_000 };

/**
 * The text with these edits, comments and order as they are; `''` when nothing is left of it. A document goes with its
 * `---`; an element of a list is refused. Throws what the editors of YAML throw, and `key-unsupported` for
 * what is not where it was read.
 */
export function editManifests(file: string, text: string, edits: ManifestEdits): string {
  const documents = documentsOf(file, text, LIMITS);
  const pending = {
    annotations: new Map(edits.annotations.map((one) => [joinKey(one.namespace, one.name), one])),
    deleted: new Set(edits.deleted.map(({ namespace, name }) => joinKey(namespace, name))),
  };
  const kept = documents.flatMap((document): readonly string[] => {
    const source = openYaml(file, document.text, document);
    const root = rootOf(source);
    const { kind, key } = identityOf(source, root);
    if (kind === 'ImageUpdater' && pending.deleted.delete(key)) return [];
    const objects = kind?.endsWith('List') === true ? itemsIn(source, root) : [root];
    const planned = objects.flatMap((object): readonly Edit[] => {
      const identity = identityOf(source, object);
      const change =
        identity.kind === 'Application' || kind === 'ApplicationList'
          ? pending.annotations.get(identity.key)
          : undefined;
      if (change === undefined) return [];
      pending.annotations.delete(identity.key);
      return editsFor(source, object, change);
    });
    return [planned.length === 0 ? document.text : applyEdits(source, planned)];
  });
  const [missed] = [
    ...pending.annotations.values(),
    ...edits.deleted.filter(({ namespace, name }) => pending.deleted.has(joinKey(namespace, name))),
  ];
  if (missed !== undefined)
    throw new LynceusError('key-unsupported', `${file}: expected a document of its own for ${missed.name}`, {
      hint: 'change this one by hand',
    });
  return kept.join('');
}

function itemsIn(source: Source, root: YamlPlace): readonly YamlPlace[] {
  const items = childOf(source, root, 'items');
  return items === undefined ? [] : itemsOf(source, items);
}

function identityOf(
  source: Source,
  object: YamlPlace,
): { readonly kind: string | undefined; readonly key: string } {
  const metadata = childOf(source, object, 'metadata');
  const textAt = (place: YamlPlace | undefined, key: string): string | undefined => {
    const child = place && childOf(source, place, key);
    return child && readScalar(source, child);
  };
  return {
    kind: textAt(object, 'kind'),
    key: joinKey(textAt(metadata, 'namespace') ?? '', textAt(metadata, 'name') ?? ''),
  };
}

function editsFor(source: Source, object: YamlPlace, { remove, set }: ManifestAnnotations): readonly Edit[] {
  const metadata = childOf(source, object, 'metadata');
  if (metadata === undefined) return [];
  const annotations = childOf(source, metadata, 'annotations');
  if (annotations === undefined || !isMap(annotations.node)) {
    const entries = Object.entries(set).map(([key, value]) => [key, textLeaf(value)] as const);
    if (entries.length === 0) return [];
    return [{ kind: 'add', place: metadata, keys: ['annotations'], value: { kind: 'map', entries } }];
  }
  const present = entriesOf(source.anchors, annotations.node).map(({ key }) => key);
  const isEmptied = Object.keys(set).length === 0 && present.every((key) => remove.includes(key));
  if (isEmptied) return [{ kind: 'remove', place: annotations }];
  return [
    ...remove.flatMap((key): readonly Edit[] => {
      const place = childOf(source, annotations, key);
      return place === undefined ? [] : [{ kind: 'remove', place }];
    }),
    ...Object.entries(set).map(([key, value]): Edit => {
      const place = childOf(source, annotations, key);
      return place === undefined
        ? { kind: 'add', place: annotations, keys: [key], value: textLeaf(value) }
        : { kind: 'set', place, leaf: textLeaf(value), asString: true };
    }),
  ];
}
