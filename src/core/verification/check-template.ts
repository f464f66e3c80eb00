import { LynceusError } from '../../errors.ts';
import { didYouMean } from '../did-you-mean.ts';
import { quoted } from '../quoted.ts';

/** What a question may name of the write that it is asked for. */
export const CHECK_PLACEHOLDERS = [
  'application',
  'namespace',
  'destinationNamespace',
  'commit',
  'image',
  'tag',
] as const;

export type CheckPlaceholder = (typeof CHECK_PLACEHOLDERS)[number];

export type CheckValues = Readonly<Record<CheckPlaceholder, string>>;

/** A text with placeholders: one literal more than placeholders. */
export interface CheckTemplate {
  readonly literals: readonly string[];
  readonly placeholders: readonly {
    readonly name: CheckPlaceholder;
    /** The value stands in a regular expression, as `{{ name | regex }}` says. */
    readonly isRegex: boolean;
  }[];
}

/** Reads `{{application}}`, `{{ tag }}`, `{{ image | regex }}` in a text. Throws `config-invalid`. */
export function parseCheckTemplate(text: string): CheckTemplate {
  const parts = text.split(/\{\{(.*?)\}\}/su);
  const literals = parts.filter((_, index) => index % 2 === 0);
  const open = literals.find((literal) => literal.includes('{{'));
  if (open !== undefined)
    throw invalid(`expected }} after ${quoted(open.slice(open.indexOf('{{')))}, found the end`);
  return { literals, placeholders: parts.filter((_, index) => index % 2 === 1).map(placeholderOf) };
}

function placeholderOf(inside: string): CheckTemplate['placeholders'][number] {
  const [written = '', filter, ...more] = inside.split('|').map((part) => part.trim());
  const name = CHECK_PLACEHOLDERS.find((known) => known === written);
  if (name === undefined) {
    const near = didYouMean(written.replace(/^args\./, ''), CHECK_PLACEHOLDERS);
    throw invalid(
      `expected one of the placeholders ${CHECK_PLACEHOLDERS.map((known) => `{{${known}}}`).join(', ')}, found ${quoted(`{{${inside}}}`)}`,
      near === undefined ? undefined : `did you mean {{${near}}}?`,
    );
  }
  if ((filter ?? 'regex') !== 'regex' || more.length > 0)
    throw invalid(
      `expected nothing or | regex after ${name}, found ${quoted(`{{${inside}}}`)}`,
      'values are escaped by themselves',
    );
  return { name, isRegex: filter !== undefined };
}

/** Whether the question is another one for each image of a write. */
export function namesAnImage({ placeholders }: CheckTemplate): boolean {
  return placeholders.some(({ name }) => name === 'image' || name === 'tag');
}

/**
 * The text for one write; `escape` is given each value and the index of its placeholder. Throws `template-invalid` for a value that
 * there is none of: a query for everything without a namespace would be another one.
 */
export function renderCheckTemplate(
  { literals, placeholders }: CheckTemplate,
  values: CheckValues,
  escape: (value: string, index: number) => string,
): string {
  const texts = placeholders.map(({ name, isRegex }, index) => {
    const value = values[name];
    if (value === '')
      throw new LynceusError('template-invalid', `there is no value for {{${name}}}`, { hint: HINTS[name] });
    return escape(isRegex ? escapeRegex(value) : value, index);
  });
  return literals.map((literal, index) => `${literal}${texts[index] ?? ''}`).join('');
}

const HINTS: Readonly<Partial<Record<CheckPlaceholder, string>>> = {
  namespace: 'the manifest of the Application names no namespace',
  destinationNamespace: 'the Application has no spec.destination.namespace',
  tag: 'the image was written by its digest alone',
};

/** As `QuoteMeta` of RE2, by which Prometheus matches. */
export function escapeRegex(value: string): string {
  return value.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/** The inside of a string in quotes, as PromQL and JSON read it. */
export function escapeString(value: string, quote: string): string {
  return value.replaceAll(/["'\\\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === quote || character === '\\') return `\\${character}`;
    if (character === '"' || character === "'") return character;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('config-invalid', message, { hint });
}
