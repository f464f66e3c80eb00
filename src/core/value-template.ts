import { LynceusError } from '../errors.ts';
import type { ChosenImage } from './change.ts';
import { didYouMean } from './did-you-mean.ts';
import { isDigest, isTag } from './image/grammar.ts';
import { formatName, type ImageReference } from './image/reference.ts';
import type { Placeholder, PresentImage, ValueTemplate } from './policy.ts';
import { namesImage } from './presence.ts';
import { quoted } from './quoted.ts';

/** Every character that a placeholder's text may hold, as the inside of a character class. */
const ALPHABETS: Readonly<Record<Placeholder, string>> = {
  registry: String.raw`A-Za-z0-9.:[\]-`,
  repository: 'A-Za-z0-9._/-',
  name: String.raw`A-Za-z0-9._/:[\]-`,
  tag: 'A-Za-z0-9._-',
  digest: 'A-Za-z0-9._:=+-',
};
const NAMES = Object.keys(ALPHABETS) as readonly Placeholder[];

/** Far longer than any reference; a value that is longer is none of ours. */
const LONGEST_VALUE = 4096;

/**
 * Reads a template, and makes sure that what it writes can be read back in one way only: `{tag}` or `{digest}` must be in it, no
 * placeholder twice, and a text between two of them at which they come apart. Throws `annotation-invalid`, for example for
 * `{tag}{digest}`, and for `{repository}-{tag}`: `a-b-1` may be `a` and `b-1`, or `a-b` and `1`.
 */
export function parseValueTemplate(text: string): ValueTemplate {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) || text.length > LONGEST_VALUE)
    throw invalid('a template on one line', text);
  const literals: string[] = [];
  const placeholders: Placeholder[] = [];
  for (const [index, part] of text.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 1) placeholders.push(placeholderOf(part));
    else if (/[{}]/.test(part)) throw invalid('a name between { and }', text);
    else literals.push(part);
  }
  const template = { text, literals, placeholders };
  checkParts(template);
  return template;
}

/** Whether a template holds this placeholder. */
export function holds({ placeholders }: ValueTemplate, placeholder: Placeholder): boolean {
  return placeholders.includes(placeholder);
}

/** The value for an image; the same text when `present` is equal to it. Throws `edit-unsafe` without a digest to write. */
export function formatValue(
  template: ValueTemplate,
  present: string | undefined,
  { image, to }: { readonly image: ImageReference; readonly to: ChosenImage },
): string {
  const read = present === undefined ? undefined : readValue(template, present);
  if (present !== undefined && read !== undefined && hasVersion(template, read, { image, to }))
    return present;
  const parts: Readonly<Record<Placeholder, string | undefined>> = {
    registry: image.registry,
    repository: image.name,
    name: formatName(image),
    tag: to.tag,
    digest: to.digest,
  };
  const texts = template.placeholders.map((name) => {
    const part = parts[name];
    if (part !== undefined && part !== '') return part;
    throw new LynceusError('edit-unsafe', `there is no ${name} for the template ${quoted(template.text)}`);
  });
  return template.literals.map((literal, index) => `${literal}${texts[index] ?? ''}`).join('');
}

function hasVersion(
  template: ValueTemplate,
  { name, tag, digest }: PresentImage,
  { image, to }: { readonly image: ImageReference; readonly to: ChosenImage },
): boolean {
  const isVersion =
    (!holds(template, 'tag') || tag === to.tag) && (!holds(template, 'digest') || digest === to.digest);
  return isVersion && (name === undefined || namesImage(name, image));
}

/** Reads a value by its template; `undefined` when it is not of this form. The inverse of `formatValue`. */
export function readValue(template: ValueTemplate, value: string): PresentImage | undefined {
  if (value.length > LONGEST_VALUE) return undefined;
  const match = expressionOf(template).exec(value);
  if (match === null) return undefined;
  const parts = new Map(template.placeholders.map((name, index) => [name, match[index + 1]]));
  const { tag, digest } = { tag: parts.get('tag'), digest: parts.get('digest') };
  if ((tag !== undefined && !isTag(tag)) || (digest !== undefined && !isDigest(digest))) return undefined;
  const [registry, repository] = [parts.get('registry'), parts.get('repository')];
  const path = registry === undefined ? repository : `${registry}/${repository ?? ''}`;
  return { name: parts.get('name') ?? path, tag, digest };
}

function expressionOf({ literals, placeholders }: ValueTemplate): RegExp {
  const parts = literals.map((literal, index) => {
    const placeholder = placeholders[index];
    return escaped(literal) + (placeholder === undefined ? '' : `([${ALPHABETS[placeholder]}]+)`);
  });
  return new RegExp(`^${parts.join('')}$`);
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function placeholderOf(text: string): Placeholder {
  const found = NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  const near = didYouMean(text, NAMES);
  throw invalid(
    'the placeholders {registry}, {repository}, {name}, {tag} and {digest}',
    `{${text}}`,
    near === undefined ? undefined : `did you mean {${near}}?`,
  );
}

function checkParts(template: ValueTemplate): void {
  const { text, placeholders } = template;
  const twice = placeholders.find((name, index) => placeholders.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`{${twice}} once`, text);
  if (!holds(template, 'tag') && !holds(template, 'digest'))
    throw invalid('{tag} or {digest} in the template', text);
  if (holds(template, 'name') && (holds(template, 'registry') || holds(template, 'repository')))
    throw invalid('either {name} or {registry} and {repository}, which are the same', text);
  if (holds(template, 'registry') && !holds(template, 'repository'))
    throw invalid('{repository} as well where {registry} is', text);
  if (comesApart(withoutEnds(template))) return;
  throw invalid(
    'a template whose parts can be read back',
    text,
    'put a text such as : or @ between two placeholders',
  );
}

/** The literals before the first placeholder and after the last are found by their position, so they may be any text. */
function withoutEnds({ literals, placeholders }: ValueTemplate): Omit<ValueTemplate, 'text'> {
  return { literals: ['', ...literals.slice(1, -1), ''], placeholders };
}

/**
 * Between some two placeholders is a character that no placeholder to its left, or none to its right, can contain: the
 * value is split there, and then each half in the same way.
 */
function comesApart({ literals, placeholders }: Omit<ValueTemplate, 'text'>): boolean {
  if (placeholders.length < 2) return true;
  return placeholders.slice(1).some((_, before) => {
    const cut = before + 1;
    const left = { literals: [...literals.slice(0, cut), ''], placeholders: placeholders.slice(0, cut) };
    const right = { literals: ['', ...literals.slice(cut + 1)], placeholders: placeholders.slice(cut) };
    const isMark = (letter: string) => !mayHold(left, letter) || !mayHold(right, letter);
    return [...(literals[cut] ?? '')].some(isMark) && comesApart(left) && comesApart(right);
  });
}

function mayHold({ literals, placeholders }: Omit<ValueTemplate, 'text'>, letter: string): boolean {
  return (
    literals.some((literal) => literal.includes(letter)) ||
    placeholders.some((name) => new RegExp(`^[${ALPHABETS[name]}]$`).test(letter))
  );
}

function invalid(expected: string, found: string, hint?: string): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    `expected ${expected}, found ${quoted(found)}`,
    hint === undefined ? {} : { hint },
  );
}
