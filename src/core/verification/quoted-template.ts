import { LynceusError } from '../../errors.ts';
import {
  escapeRegex,
  escapeString,
  parseCheckTemplate,
  renderCheckTemplate,
  type CheckTemplate,
  type CheckValues,
} from './check-template.ts';

/** A text of a language with strings in quotes, in which each placeholder is inside of one. */
export interface QuotedTemplate {
  readonly template: CheckTemplate;
  /** Of each placeholder: the quotes that it stands in, and whether what is in them is a regular expression. */
  readonly places: readonly { readonly quote: string; readonly isMatcher: boolean }[];
}

/**
 * Reads PromQL with placeholders. A value can never end the string that it stands in, and in a matcher of the kind `=~` or `!~` it
 * matches itself alone (PromQL, "String literals" and "Time series selectors"). Throws `config-invalid`.
 */
export function parseQueryTemplate(text: string): QuotedTemplate {
  return parseQuoted(text, { quotes: `"'\``, comment: '#', where: 'the query' });
}

/** Reads JSON with placeholders in the same way; whether it is JSON at all is another question. Throws `config-invalid`. */
export function parseBodyTemplate(text: string): QuotedTemplate {
  return parseQuoted(text, { quotes: '"', comment: '', where: 'the body' });
}

/** The text for one write. Throws `template-invalid` for a value that there is none of. */
export function renderQuoted({ template, places }: QuotedTemplate, values: CheckValues): string {
  return renderCheckTemplate(template, values, (value, index) => {
    const { quote = '"', isMatcher = false } = places[index] ?? {};
    return escapeString(isMatcher ? escapeRegex(value) : value, quote);
  });
}

interface Language {
  readonly quotes: string;
  /** What begins a comment, `''` for none. */
  readonly comment: string;
  readonly where: string;
}

interface Position {
  /** The quote of the string that it is in, the comment sign in a comment, `''` elsewhere. */
  readonly inside: string;
  /** The last two characters before the string that are no space. */
  readonly before: string;
  /** A backslash came just before. */
  readonly isEscaped: boolean;
}

function parseQuoted(text: string, language: Language): QuotedTemplate {
  const template = parseCheckTemplate(text);
  let position: Position = { inside: '', before: '', isEscaped: false };
  const places = template.placeholders.map(({ name, isRegex }, index) => {
    for (const character of template.literals[index] ?? '') position = step(position, character, language);
    const { inside, before, isEscaped } = position;
    const shown = `{{${name}}}`;
    if (inside === '') throw misplaced(shown, language, 'outside of quotes');
    if (inside === language.comment) throw misplaced(shown, language, 'in a comment');
    if (inside === '`') throw misplaced(shown, language, 'between backticks, where nothing can be escaped');
    if (isEscaped) throw misplaced(shown, language, 'after a backslash');
    return { quote: inside, isMatcher: !isRegex && /[=!]~$/.test(before) };
  });
  return { template, places };
}

function step({ inside, before, isEscaped }: Position, character: string, language: Language): Position {
  if (inside === language.comment && inside !== '')
    return { inside: character === '\n' ? '' : inside, before, isEscaped: false };
  if (inside !== '') {
    if (isEscaped) return { inside, before, isEscaped: false };
    if (character === '\\' && inside !== '`') return { inside, before, isEscaped: true };
    return { inside: character === inside ? '' : inside, before, isEscaped: false };
  }
  if (character === language.comment || language.quotes.includes(character))
    return { inside: character, before, isEscaped: false };
  return {
    inside: '',
    before: /\s/.test(character) ? before : `${before}${character}`.slice(-2),
    isEscaped: false,
  };
}

function misplaced(shown: string, { where }: Language, found: string): LynceusError {
  return new LynceusError('config-invalid', `${shown} stands ${found} in ${where}`, {
    hint: `put it into double quotes, as in {job="${shown}"}`.replace(
      '{job=',
      where === 'the query' ? '{job=' : '{"job": ',
    ),
  });
}
