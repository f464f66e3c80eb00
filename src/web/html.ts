const MARKUP = Symbol('markup');

/** A piece of HTML. Only `html` makes one: what comes out of JSON never is, because JSON has no symbols. */
export interface Html {
  readonly [MARKUP]: string;
}

/** What a template may contain. Texts and numbers are escaped; `undefined` and `false` are nothing; lists are joined. */
export type HtmlPart = Html | string | number | false | undefined | readonly HtmlPart[];

/**
 * Makes HTML of a template. Values are escaped for text and for attributes in double quotes; a template has them nowhere else.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  const markup = withoutIndent(texts).map((text, index) => text + markupOf(parts[index]));
  return { [MARKUP]: markup.join('') };
}

const compact = new WeakMap<TemplateStringsArray, readonly string[]>();

/** How a template is indented is for who reads the code. */
function withoutIndent(texts: TemplateStringsArray): readonly string[] {
  const known = compact.get(texts);
  if (known !== undefined) return known;
  const made = texts.map((text) => text.replaceAll(/\n\s+/g, '\n'));
  compact.set(texts, made);
  return made;
}

/** The text to send. */
export function markupText(piece: Html): string {
  return piece[MARKUP];
}

function markupOf(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return isList(part) ? part.map(markupOf).join('') : part[MARKUP];
}

function isList(part: Html | readonly HtmlPart[]): part is readonly HtmlPart[] {
  return Array.isArray(part);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}
