/** A piece of TypeScript text. Comments and white space are none; what strings and regular expressions hold is no code. */
export interface Token {
  readonly kind: 'word' | 'string' | 'regexp' | 'sign';
  /** Of a string: what is between its quotes, escapes unread. Of a template: nothing. */
  readonly text: string;
}

/** After these words a slash starts a regular expression, not a division. */
const BEFORE_REGEXP = new Set([
  'return',
  'case',
  'typeof',
  'in',
  'of',
  'do',
  'else',
  'void',
  'delete',
  'await',
  'yield',
  'throw',
]);

const SPACE = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const WORD = /[\p{ID_Start}$_#\d][\p{ID_Continue}$]*/uy;
const STRING = /'((?:\\[\s\S]|[^'\\\n])*)'|"((?:\\[\s\S]|[^"\\\n])*)"/y;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const SIGN = /\?\.|=>|[\s\S]/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{)/y;

/** Reads TypeScript text well enough to tell code from comments, strings, templates and regular expressions. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  // For each `${` that is open: how many `{` are open inside it.
  const templates: number[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const takeTemplateText = (): void => {
    if (take(TEMPLATE_TEXT)?.[1] === '${') templates.push(0);
  };
  while (at < text.length) {
    if (take(SPACE) !== null) continue;
    const string = take(STRING);
    const word = string === null ? take(WORD) : null;
    const regexp = string === null && word === null && regexpMayStart(tokens.at(-1)) ? take(REGEXP) : null;
    if (string !== null) tokens.push({ kind: 'string', text: string[1] ?? string[2] ?? '' });
    else if (word !== null) tokens.push({ kind: 'word', text: word[0] });
    else if (regexp !== null) tokens.push({ kind: 'regexp', text: '' });
    else {
      const sign = take(SIGN)?.[0] ?? '';
      const open = templates.at(-1);
      if (sign === '`') {
        tokens.push({ kind: 'string', text: '' });
        takeTemplateText();
      } else if (sign === '}' && open === 0) {
        templates.pop();
        takeTemplateText();
      } else {
        if (open !== undefined && (sign === '{' || sign === '}'))
          templates[templates.length - 1] = open + (sign === '{' ? 1 : -1);
        tokens.push({ kind: 'sign', text: sign });
      }
    }
  }
  return tokens;
}

function regexpMayStart(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return BEFORE_REGEXP.has(before.text);
  return before.kind === 'sign' && ![')', ']', '}'].includes(before.text);
}
