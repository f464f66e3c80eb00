import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { LynceusError } from '../../errors.ts';
import { quoted } from '../../core/quoted.ts';
import { follow, isMergeKey, keyOf, startOf, valueOf, type Anchors } from './nodes.ts';
import { tooDeep } from './syntax.ts';
import { at, type WholeText } from './text-checks.ts';

/** How many nodes and levels a node is when its aliases are written out. */
interface Extent {
  readonly nodes: number;
  readonly levels: number;
}

interface Walk extends WholeText {
  readonly names: Map<string, Node>;
  readonly extents: Map<Node, Extent>;
  readonly targets: Map<Alias, Node>;
  aliasedNodes: number;
}

/**
 * Finds what every alias stands for (the last anchor of that name above it: YAML 1.2.2, 3.2.2.2). Refuses unknown and
 * recursive aliases, alias bombs, merge keys without a map, duplicate keys, and keys that are no scalars, as JSON knows
 * none. Throws `target-unsupported`.
 */
export function resolveAnchors(source: WholeText, root: YAMLMap): Anchors {
  const walk: Walk = { ...source, names: new Map(), extents: new Map(), targets: new Map(), aliasedNodes: 0 };
  measure(walk, root);
  return walk.targets;
}

function measure(walk: Walk, node: Node): Extent {
  if (isAlias(node)) return measureAlias(walk, node);
  if (node.anchor !== undefined) walk.names.set(node.anchor, node);
  const extent = isScalar(node) ? { nodes: 1, levels: 1 } : measureItems(walk, node);
  if (node.anchor !== undefined) walk.extents.set(node, extent);
  if (extent.levels > walk.limits.depth) throw tooDeep(walk, startOf(node));
  return extent;
}

function measureAlias(walk: Walk, alias: Alias): Extent {
  const target = walk.names.get(alias.source);
  if (target === undefined) throw refusal(walk, alias, `no anchor ${quoted(alias.source)} above this alias`);
  const extent = walk.extents.get(target);
  if (extent === undefined)
    throw refusal(walk, alias, `an alias inside its own anchor ${quoted(alias.source)}`);
  walk.targets.set(alias, target);
  walk.aliasedNodes += extent.nodes;
  // Written out, an alias bomb has millions of nodes.
  if (walk.aliasedNodes > walk.limits.nodes / 2)
    throw refusal(walk, alias, 'aliases that multiply without measure');
  return extent;
}

function measureItems(walk: Walk, collection: YAMLMap | YAMLSeq): Extent {
  const total = { nodes: 1, levels: 0 };
  const keys = new Set<string>();
  for (const item of collection.items) {
    if (!isPair(item)) measureChild(walk, item, total);
    else {
      measureChild(walk, item.key, total);
      checkKey(walk, item, keys);
      measureChild(walk, item.value, total);
      if (isMergeKey(item)) checkMerge(walk, item);
    }
  }
  return { nodes: total.nodes, levels: total.levels + 1 };
}

function measureChild(walk: Walk, child: unknown, total: { nodes: number; levels: number }): void {
  if (!isNode(child)) return;
  const extent = measure(walk, child);
  total.nodes += extent.nodes;
  total.levels = Math.max(total.levels, extent.levels);
}

function checkKey(walk: Walk, pair: Pair, keys: Set<string>): void {
  const key = keyOf(walk.targets, pair);
  if (key === undefined) throw refusal(walk, pair.key, 'a key that is no single value');
  // Helm takes several merge keys in one map; of other keys readers disagree which one counts.
  if (keys.has(key) && !isMergeKey(pair))
    throw refusal(walk, pair.key, `the key ${quoted(key)} for the second time`);
  keys.add(key);
}

/** YAML 1.1, merge key: its value is a map or a list of maps. */
function checkMerge(walk: Walk, pair: Pair): void {
  const value = valueOf(pair);
  const target = value === undefined ? undefined : follow(walk.targets, value);
  const merged = isSeq(target) ? target.items : [target];
  if (merged.every((item) => isNode(item) && isMap(follow(walk.targets, item)))) return;
  throw refusal(walk, pair.key, 'a merge key whose value is no map');
}

function refusal(walk: Walk, node: unknown, found: string): LynceusError {
  return new LynceusError('target-unsupported', `${at(walk, startOf(node))}: found ${found}`, {
    hint: 'mend the file',
  });
}
