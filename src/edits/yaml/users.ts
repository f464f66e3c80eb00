import { isMap, isNode, isSeq, type Node } from 'yaml';
import { quoted } from '../../core/quoted.ts';
import { follow, startOf, valueOf } from './nodes.ts';
import { entriesOf, pathText, type Path, type Place } from './places.ts';
import { refuse, type Source } from './source.ts';

/** Other users of a shared value that a message names before it says "and more". */
const MOST_NAMED = 5;

/**
 * Refuses to write through an alias when somebody else would get the new value too. `planned` tells whether a path
 * is set to that very value in the same edit. The place of the anchor itself may follow when nothing but the anchor
 * is its purpose (`isHolder`). Throws `key-unsupported`.
 *
 * Writing to the anchored value itself is not asked here: who points there says what its aliases shall say.
 */
export function checkUsers(source: Source, place: Place, planned: (path: Path) => boolean): void {
  if (place.anchor === undefined || place.node === undefined) return;
  const others = usersOf(source, place.node).filter(
    (user) => !planned(user.path) && !(user.isDefinition && isHolder(user.path)),
  );
  if (others.length === 0) return;
  const named = others.slice(0, MOST_NAMED).map(({ path }) => pathText(path));
  const list = `${named.join(', ')}${others.length > MOST_NAMED ? ' and more' : ''}`;
  throw refuse(source, startOf(place.node), {
    code: 'key-unsupported',
    message: `${pathText(place.path)} shares the anchor ${quoted(place.anchor)} with ${list}, which would change too`,
    hint: 'write the value out at one of these places, or let all of them be updated to the same version',
  });
}

/** Refuses to add or remove keys of a map that others share by an alias or a merge key. Throws `key-unsupported`. */
export function checkUnshared(source: Source, map: Place): void {
  if (map.anchor === undefined && !map.merged) return;
  const how = map.anchor === undefined ? 'by a merge key' : `from the anchor ${quoted(map.anchor)}`;
  throw refuse(source, startOf(map.node), {
    code: 'key-unsupported',
    message: `${pathText(map.path)} comes ${how}, and no key can be added there or removed without changing other places`,
    hint: 'write it out where it is used',
  });
}

interface User {
  readonly path: Path;
  /** Reached without any alias: this is where the anchor stands. */
  readonly isDefinition: boolean;
}

/** Every path at which a reader of the file meets a node. */
function usersOf(source: Source, wanted: Node): readonly User[] {
  const users: User[] = [];
  function visit(written: Node, user: User): void {
    const node = follow(source.anchors, written);
    const isDefinition = user.isDefinition && node === written;
    if (node === wanted) users.push({ path: user.path, isDefinition });
    if (isMap(node)) {
      for (const { key, pair, merged } of entriesOf(source.anchors, node)) {
        const value = valueOf(pair);
        if (value !== undefined)
          visit(value, { path: [...user.path, key], isDefinition: isDefinition && !merged });
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.filter(isNode).entries()) {
        visit(item, { path: [...user.path, index], isDefinition });
      }
    }
  }
  if (source.root !== undefined) visit(source.root, { path: [], isDefinition: true });
  return users;
}

/** `version: &v 1.2` at the top of a file, or anything below a key such as `x-images` or `.anchors`. */
function isHolder(path: Path): boolean {
  return path.length === 1 || /^(?:x-|\.|_)/.test(String(path[0]));
}
