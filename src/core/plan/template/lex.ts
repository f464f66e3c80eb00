import { quoted } from '../../quoted.ts';
import { TemplateFault } from './fault.ts';

/** A piece of a template. Space between operands matters, so it is a token. */
export interface Token {
  readonly kind:
    | 'text'
    | 'open'
    | 'close'
    | 'space'
    | 'identifier'
    | 'field'
    | 'variable'
    | 'number'
    | 'character'
    | 'string'
    | 'raw-string'
    | 'dot'
    | 'sign'
    | 'end';
  readonly text: string;
  readonly offset: number;
}

const COMMENT = /\/\*[\s\S]*?\*\//y;
const CLOSE = /\}\}|[ \t\r\n]-\}\}[ \t\r\n]*/y;
/** Tokens that end by themselves. A space that belongs to ` -}}` is not a separator. */
const LITERALS: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['space', /[ \t\r\n]+?(?=[ \t\r\n]-\}\})|[ \t\r\n]+/y],
  ['string', /"(?:\\[^\n]|[^"\\\n])*"/y],
  ['character', /'(?:\\[^\n]|[^'\\\n])*'/y],
  ['raw-string', /`[^`]*`/y],
  ['sign', /:=|[=|(),]/y],
];
/** Tokens after which a terminator must stand. A dot before a digit belongs to a number. */
const NAMES: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /(?=[-+]|\.?\d)[-+]?(?:0[xX][\da-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[\d_]*)(?:\.[\d_]*)?(?:[eE][-+]?[\d_]*)?/y,
  ],
  ['field', /\.[\p{L}\p{Nd}_]+/uy],
  ['dot', /\./y],
  ['identifier', /[\p{L}\p{Nd}_]+/uy],
];
const TERMINATOR = /[ \t\r\n.,|:()]|\}\}|$/y;

/** Splits a template into its tokens, as Go's text/template does; the last one is `end`. */
export function lexTemplate(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    const trims = open >= 0 && /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
    const plain = text.slice(at, open < 0 ? text.length : open);
    const kept = trims ? trimEnd(plain) : plain;
    if (kept !== '') tokens.push({ kind: 'text', text: kept, offset: at });
    if (open < 0) break;
    const action = lexAction(text, open, open + (trims ? 4 : 2));
    // One by one: there may be more than a call takes arguments.
    for (const token of action.tokens) tokens.push(token);
    at = action.end;
  }
  tokens.push({ kind: 'end', text: '', offset: text.length });
  return tokens;
}

/** A pattern with `+$` would try again at every space of a long run. */
function trimEnd(text: string): string {
  let end = text.length;
  while (' \t\r\n'.includes(text[end - 1] ?? 'x')) end -= 1;
  return text.slice(0, end);
}

/** Reads `{{ … }}`; its end lies behind the space that ` -}}` swallows. */
function lexAction(text: string, open: number, inside: number): { tokens: readonly Token[]; end: number } {
  if (text.startsWith('/*', inside)) return { tokens: [], end: skipComment(text, inside) };
  const tokens: Token[] = [{ kind: 'open', text: '{{', offset: open }];
  let at = inside;
  let depth = 0;
  for (;;) {
    const close = match(CLOSE, text, at);
    if (close !== undefined) {
      if (depth > 0) throw new TemplateFault('a left parenthesis is not closed', at);
      return { tokens: [...tokens, { kind: 'close', text: '}}', offset: at }], end: at + close.length };
    }
    if (at >= text.length) throw new TemplateFault('an action is not closed: }} is missing', open);
    const token = lexToken(text, at);
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth < 0) throw new TemplateFault('unexpected right parenthesis', at);
    tokens.push(token);
    at += token.text.length;
  }
}

function skipComment(text: string, at: number): number {
  const comment = match(COMMENT, text, at);
  if (comment === undefined) throw new TemplateFault('a comment is not closed: */ is missing', at);
  const close = match(CLOSE, text, at + comment.length);
  if (close === undefined)
    throw new TemplateFault('a comment must be followed by }} at once', at + comment.length);
  return at + comment.length + close.length;
}

function lexToken(text: string, at: number): Token {
  for (const [kind, pattern] of LITERALS) {
    const literal = match(pattern, text, at);
    if (literal !== undefined) return { kind, text: literal, offset: at };
  }
  for (const [kind, pattern] of NAMES) {
    const name = match(pattern, text, at);
    if (name === undefined) continue;
    const end = at + name.length;
    if (match(TERMINATOR, text, end) !== undefined) return { kind, text: name, offset: at };
    throw new TemplateFault(`unexpected ${quoted(text[end] ?? '')} after ${name}`, end);
  }
  const found = text[at] ?? '';
  const wrong = `'"\``.includes(found)
    ? `the literal that starts with ${found} is not closed`
    : `unexpected ${quoted(found)}`;
  throw new TemplateFault(`${wrong} in an action`, at);
}

/** What a sticky pattern finds exactly at the offset. */
function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
