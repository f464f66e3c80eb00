import { isAlias, isScalar, type Node, type Pair, type Scalar } from 'yaml';
import { quoted } from '../../core/quoted.ts';
import { endOfKey, lineEndAfter } from './offsets.ts';
import { leafText, type Leaf } from './new-content.ts';
import { describeNode, endOf, isBlankValue, isBlock, startOf, tailOf, valueOf } from './nodes.ts';
import { scalarText, type FlowStyle } from './scalar-text.ts';
import { refusalAt, type Source } from './source.ts';
import { VALUE_RANK, type Splice } from './splice.ts';
import type { TextFile } from './text-checks.ts';

/** Puts a value in the place of a scalar, keeping its quotes, its anchor and everything around it. */
export function replaceScalar(source: Source, scalar: Scalar, leaf: Leaf): Splice {
  if (isBlock(scalar))
    return replaceBlockLine(source, scalar, leaf.kind === 'flag' ? String(leaf.value) : leaf.text);
  return {
    start: startOf(scalar),
    end: endOf(scalar),
    text: leafText(leaf, flowStyleOf(scalar)),
    rank: VALUE_RANK,
  };
}

/** Puts a value behind a key that has none, with the one space that YAML wants. Throws `key-unsupported` for `? key`. */
export function fillEntry(source: TextFile, pair: Pair, text: string): Splice {
  const offset = endOfKey(pair);
  if (pair.srcToken?.sep?.some(({ type }) => type === 'map-value-ind') === true) {
    return { start: offset, end: offset, text: ` ${text}`, rank: VALUE_RANK };
  }
  if (pair.srcToken?.start.some(({ type }) => type === 'explicit-key-ind') === true) {
    throw refusalAt(source, offset, unsupported('a key with a question mark and no colon'));
  }
  return { start: offset, end: offset, text: `: ${text}`, rank: VALUE_RANK };
}

/** Gives an entry another key and another value in its place. Throws `key-unsupported` when its value is no scalar. */
export function renameEntry(
  source: Source,
  pair: Pair,
  to: { readonly key: string; readonly leaf: Leaf },
): readonly Splice[] {
  const { key, value } = { key: pair.key, value: valueOf(pair) };
  if (!isScalar(key)) throw refusalAt(source, startOf(key), unsupported('an alias for a key'));
  const keyText = scalarText(to.key, flowStyleOf(key));
  return [
    { start: startOf(key), end: endOf(key), text: keyText, rank: VALUE_RANK },
    replaceValue(source, { pair, value }, to.leaf),
  ];
}

function replaceValue(
  source: Source,
  at: { readonly pair: Pair; readonly value: Node | undefined },
  leaf: Leaf,
): Splice {
  const { pair, value } = at;
  const text = leafText(leaf);
  if (value === undefined || isBlankValue(value)) return fillEntry(source, pair, text);
  if (isAlias(value)) return { start: startOf(value), end: endOf(value), text, rank: VALUE_RANK };
  if (isScalar(value)) return replaceScalar(source, value, leaf);
  throw refusalAt(source, startOf(value), unsupported(describeNode(value)));
}

function flowStyleOf(scalar: Scalar): FlowStyle {
  return scalar.type === 'QUOTE_SINGLE' || scalar.type === 'QUOTE_DOUBLE' ? scalar.type : 'PLAIN';
}

/** A block scalar may hold one line and nothing else; then that line is replaced. */
function replaceBlockLine(source: Source, scalar: Scalar, text: string): Splice {
  const value = String(scalar.value);
  const content = value.slice(0, value.length - tailOf(scalar).length);
  const start = source.text.indexOf(content, lineEndAfter(source.text, startOf(scalar)));
  const end = start + content.length;
  const isOneLine = start >= 0 && end === lineEndAfter(source.text, start) && end <= endOf(scalar);
  if (!isOneLine || !/^\S/.test(content)) {
    throw refusalAt(source, startOf(scalar), unsupported('a block scalar that holds something else'));
  }
  if (!/^[^\s\p{C}][^\p{C}\p{Zl}\p{Zp}]*$/u.test(text)) {
    throw refusalAt(
      source,
      startOf(scalar),
      unsupported(`a block scalar, which cannot hold ${quoted(text)}`),
    );
  }
  return { start, end, text, rank: VALUE_RANK };
}

function unsupported(found: string): { readonly code: 'key-unsupported'; readonly message: string } {
  return { code: 'key-unsupported', message: `expected a single value on one line, found ${found}` };
}
