import { RE2JS, RE2JSException } from 're2js';
import { expressionTokens, type ExpressionToken } from './expression-tokens.ts';
import { unicodeName } from './unicode-names.ts';

/** An expression as the package takes it. */
export interface GoExpression {
  readonly text: string;
  /** The names of its groups, in the order of their opening parentheses; `undefined` for one without a name. */
  readonly groups: readonly (string | undefined)[];
}

/**
 * Spells an expression of Go's `regexp` for the package, which is narrower: two groups may have one name, and the names of
 * Unicode classes may be written in any case, with spaces, `-` and `_`, or long (`\p{Letter}`). What is broken stays as it
 * is, for the package to refuse.
 */
export function readGoSyntax(expression: string): GoExpression {
  const tokens = [...expressionTokens(expression)];
  const groups: (string | undefined)[] = [];
  const spelled = tokens.map((token, index) => {
    const [, name] = token.inClass ? [] : (/^\(\?P?<(\w+)>$/.exec(token.text) ?? []);
    if (name !== undefined) {
      const isTaken = groups.includes(name);
      groups.push(name);
      return isTaken ? '(' : token.text;
    }
    if (!token.inClass && token.text === '(' && tokens[index + 1]?.text !== '?') groups.push(undefined);
    return spellClass(token);
  });
  return { text: spelled.join(''), groups };
}

/** The package refuses it. */
const NO_CLASS = '\\p{}';

/** `\p{…}`, `\P{^…}`, `\pL`. */
const UNICODE_CLASS = /^\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))$/;

function spellClass({ text, inClass }: ExpressionToken): string {
  const [whole, letter, caret = '', long, short] = UNICODE_CLASS.exec(text) ?? [];
  if (whole === undefined) return text;
  const name = unicodeName(long ?? short ?? '');
  const isNegated = (letter === 'P') !== (caret === '^');
  if (name === 'Ascii') return asciiClass({ isNegated, inClass });
  if (isProperty(name)) return NO_CLASS;
  return isClass(name) ? `\\${isNegated ? 'P' : 'p'}{${name}}` : text;
}

function asciiClass({
  isNegated,
  inClass,
}: {
  readonly isNegated: boolean;
  readonly inClass: boolean;
}): string {
  const range = isNegated ? '\\x{80}-\\x{10FFFF}' : '\\x00-\\x7F';
  return inClass ? range : `[${range}]`;
}

/** Properties (`Alphabetic`, `Emoji`), which the package and JavaScript know, are no classes in Go. */
function isProperty(name: string): boolean {
  if (!/^[A-Z][a-z]{2,}$/.test(name) || name === 'Any' || name === 'Assigned') return false;
  try {
    return new RegExp(`\\p{${name}}`, 'u').unicode;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}

function isClass(name: string): boolean {
  try {
    RE2JS.compile(`\\p{${name}}`);
    return true;
  } catch (thrown) {
    if (thrown instanceof RE2JSException) return false;
    throw thrown;
  }
}
