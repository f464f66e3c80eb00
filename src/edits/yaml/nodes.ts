import { isAlias, isMap, isNode, isScalar, isSeq, type Alias, type Node, type Pair, type Scalar } from 'yaml';

/** Aliases of a file and the node each one stands for. */
export type Anchors = ReadonlyMap<Alias, Node>;

/** What is behind an alias; the node itself when it is none. */
export function follow(anchors: Anchors, node: Node): Node {
  return isAlias(node) ? (anchors.get(node) ?? node) : node;
}

/** The value of an entry as written; `undefined` for a flow entry without one (`{a}`). */
export function valueOf(pair: Pair): Node | undefined {
  return isNode(pair.value) ? pair.value : undefined;
}

/** `tag:` with nothing behind it. In `tag: ~` somebody wrote that there is nothing. */
export function isBlankValue(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.type === 'PLAIN' && node.source === '');
}

/** Nothing that could be lost: a blank value, or `null` and `~`, without an anchor or a tag. */
export function isNullValue(node: Node | undefined): boolean {
  if (isBlankValue(node)) return true;
  return isScalar(node) && node.value === null && node.anchor === undefined && node.tag === undefined;
}

/**
 * A scalar as text: a plain one as it stands in the file (`1.20`, never 1.2), a quoted one without its quotes, a
 * block scalar without its final line feed. `undefined` for nothing (`tag:`, `tag: null`).
 */
export function textOfScalar(scalar: Scalar): string | undefined {
  if (scalar.type === 'PLAIN') return scalar.value === null ? undefined : (scalar.source ?? '');
  const text = typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? '');
  return isBlock(scalar) ? text.replace(/\n+$/, '') : text;
}

/** The line feeds at the end of a block scalar, which its header asks for; `''` for every other scalar. */
export function tailOf(scalar: Scalar): string {
  return isBlock(scalar) && typeof scalar.value === 'string' ? (/\n*$/.exec(scalar.value)?.[0] ?? '') : '';
}

/** `|` and `>`. */
export function isBlock(scalar: Scalar): boolean {
  return scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
}

/** The key of an entry as text; `undefined` when it is no scalar. */
export function keyOf(anchors: Anchors, pair: Pair): string | undefined {
  const key = isNode(pair.key) ? follow(anchors, pair.key) : undefined;
  if (!isScalar(key)) return undefined;
  return key.type === 'PLAIN' ? (key.source ?? '') : String(key.value);
}

/** `<<`, unquoted: YAML 1.1 "Merge Key Language-Independent Type". */
export function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.type === 'PLAIN' && pair.key.source === '<<';
}

/** Start of a node in the file. Every parsed node has a range. */
export function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** End of a node in the file, comments behind it not counted in. */
export function endOf(node: Node): number {
  return node.range?.[1] ?? 0;
}

/** What a node is, for messages; never its content, which may be a secret. */
export function describeNode(node: Node | undefined): string {
  if (isBlankValue(node)) return 'nothing';
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (isAlias(node)) return 'an alias';
  return 'a single value';
}
