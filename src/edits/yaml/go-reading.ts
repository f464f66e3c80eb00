import { isScalar, type Node } from 'yaml';
import { isBlankValue } from './nodes.ts';

/** Words that are no strings, in just these spellings (YAML 1.1; `resolveMap` of go-yaml). */
const WORDS: ReadonlySet<string> = new Set(
  ['y', 'yes', 'true', 'on', 'n', 'no', 'false', 'off', 'null', '.nan', '.inf', '-.inf', '+.inf'].flatMap(
    (word) => [word, word.toUpperCase(), word.replace(/[a-z]/, (letter) => letter.toUpperCase())],
  ),
);

const INTEGER = /^[-+]?(?:0x[0-9a-f]+|0b[01]+|0o?[0-7]*|[1-9][0-9]*)$/i;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i;
/** A string to go-yaml 2, which Helm and kustomize use, and a time to go-yaml 3 and others. */
const DATE = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$/;

/** In Go a float is printed without an exponent from the one to below the other. */
const PLAIN_FROM = 1e-4;
const PLAIN_BELOW = 1e6;

/**
 * Whether Helm or kustomize read unquoted text as something else than that string, so that it needs quotes. `string`: the
 * field is one, and everything else is refused (kustomize, Argo CD). `value`: it is printed by a template (Helm), and a number
 * that is printed as it stands is well: `1.25` and `7`, not `1.20`, `010` and `4200077`.
 */
export function needsQuotes(text: string, as: 'string' | 'value'): boolean {
  if (DATE.test(text)) return true;
  if (WORDS.has(text)) return as === 'string' || !/^(?:true|false)$/.test(text);
  if (!isNumber(text)) return false;
  return as === 'string' || !printsAsWritten(text);
}

/** The same of a plain scalar; nothing else needs any. */
export function isReadOtherwise(node: Node | undefined, as: 'string' | 'value'): boolean {
  if (!isScalar(node) || node.type !== 'PLAIN' || node.tag !== undefined || isBlankValue(node)) return false;
  return node.value !== null && needsQuotes(node.source ?? '', as);
}

/** Underscores are taken away first; what is too large for a float is a string. */
function isNumber(text: string): boolean {
  if (!/^[-+.0-9]/.test(text)) return false;
  const plain = text.replaceAll('_', '');
  return INTEGER.test(plain) || (FLOAT.test(plain) && Number.isFinite(Number(plain)));
}

function printsAsWritten(text: string): boolean {
  const size = Math.abs(Number(text));
  return String(Number(text)) === text && (size === 0 || (size >= PLAIN_FROM && size < PLAIN_BELOW));
}
