import { isMap, isNode, isSeq, type Node } from 'yaml';
import { quoted } from '../../core/quoted.ts';
import { follow, startOf, valueOf } from './nodes.ts';
import { entriesOf, formatPath, type Path, type YamlPlace } from './places.ts';
import { refusalAt, type Source } from './source.ts';

/** Other users of a shared value that a message names before "and more". */
const MOST_NAMED = 5;

/**
 * Refuses to write through an alias when somebody else would get the new value too. `planned` returns whether a path
 * is set to that very value in the same edit. The place of the anchor itself may follow when nothing but the anchor
 * is its purpose (`isHolder`). Throws `key-unsupported`.
 *
 * Writing to the anchored value itself is not checked: who names that place means its aliases too.
 */
export function checkAliases(source: Source, place: YamlPlace, planned: (path: Path) => boolean): void {
  if (place.anchor === undefined || place.node === undefined) return;
  const others = usesOf(source, place.node).filter(
    (use) => !planned(use.path) && !(use.isDefinition && isHolder(use.path)),
  );
  if (others.length === 0) return;
  const named = others.slice(0, MOST_NAMED).map(({ path }) => formatPath(path));
  const list = `${named.join(', ')}${others.length > MOST_NAMED ? ' and more' : ''}`;
  throw refusalAt(source, startOf(place.node), {
    code: 'key-unsupported',
    message: `${formatPath(place.path)} shares the anchor ${quoted(place.anchor)} with ${list}, which would change too`,
    hint: 'write the value out at one of these places, or let all of them be updated to the same version',
  });
}

/** Refuses to add or remove keys of a map that others share by an alias or a merge key. Throws `key-unsupported`. */
export function checkUnshared(source: Source, map: YamlPlace): void {
  if (map.anchor === undefined && !map.merged) return;
  const how = map.anchor === undefined ? 'by a merge key' : `from the anchor ${quoted(map.anchor)}`;
  throw refusalAt(source, startOf(map.node), {
    code: 'key-unsupported',
    message: `${formatPath(map.path)} comes ${how}, and no key can be added there or removed without changing other places`,
    hint: 'write it out where it is used',
  });
}

interface AliasUse {
  readonly path: Path;
  /** Reached without any alias: this is where the anchor stands. */
  readonly isDefinition: boolean;
}

/** The paths of other keys that get the value of a place too when it is written there: they share its anchor. */
export function sharedPaths(source: Source, place: YamlPlace): readonly Path[] {
  if (source.anchors.size === 0 || place.node === undefined || place.merged) return [];
  return usesOf(source, place.node).flatMap(({ path }) =>
    formatPath(path) === formatPath(place.path) ? [] : [path],
  );
}

/** Every path at which a reader of the file meets a node. */
function usesOf(source: Source, wanted: Node): readonly AliasUse[] {
  const uses: AliasUse[] = [];
  function visit(written: Node, use: AliasUse): void {
    const node = follow(source.anchors, written);
    const isDefinition = use.isDefinition && node === written;
    if (node === wanted) uses.push({ path: use.path, isDefinition });
    if (isMap(node)) {
      for (const { key, pair, merged } of entriesOf(source.anchors, node)) {
        const value = valueOf(pair);
        if (value !== undefined)
          visit(value, { path: [...use.path, key], isDefinition: isDefinition && !merged });
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.filter(isNode).entries()) {
        visit(item, { path: [...use.path, index], isDefinition });
      }
    }
  }
  if (source.root !== undefined) visit(source.root, { path: [], isDefinition: true });
  return uses;
}

/** `version: &v 1.2` at the top of a file, or anything below a key such as `x-images` or `.anchors`. */
function isHolder(path: Path): boolean {
  return path.length === 1 || /^(?:x-|\.|_)/.test(String(path[0]));
}
