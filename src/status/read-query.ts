import { IMAGE_OUTCOMES } from '../core/status/count-images.ts';
import { IMAGE_ORDERS, type ImageQuery } from '../core/status/status-pages.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { PartOfList } from '../ports/status.ts';

/** So many items are in a part of a list unless another number is asked for, and at most. */
export const USUAL_LIMIT = 100;
export const HIGHEST_LIMIT = 500;

/** Parameters that say which images are meant. */
export const FILTER_PARAMETERS = [
  'search',
  'outcome',
  'code',
  'namespace',
  'project',
  'application',
  'image',
] as const;

/** Which images are asked for. Throws `usage-invalid`. */
export function readImageQuery(query: URLSearchParams): ImageQuery {
  const outcomes = (query.get('outcome') ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map((text) => oneOf(text, IMAGE_OUTCOMES, 'outcome'));
  const sort = query.get('sort');
  return {
    ...(outcomes.length === 0 ? {} : { outcomes }),
    ...texts(query, ['search', 'code', 'namespace', 'project', 'application', 'image']),
    ...(sort === null ? {} : { sort: oneOf(sort, IMAGE_ORDERS, 'sort') }),
  };
}

/** Which part of a list is asked for; `isKey` knows what a `next` looks like. Throws `usage-invalid`. */
export function readPart(query: URLSearchParams, isKey: (text: string) => boolean): PartOfList {
  const limit = query.get('limit') ?? String(USUAL_LIMIT);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > HIGHEST_LIMIT)
    throw wrong(`expected limit to be a number from 1 to ${HIGHEST_LIMIT}, found ${quoted(limit)}`);
  const after = query.get('after') ?? undefined;
  if (after !== undefined && !isKey(after))
    throw wrong(`expected after to be the next of an answer to the same request, found ${quoted(after)}`);
  return { limit: Number(limit), after };
}

/** Throws `usage-invalid` for a parameter that is not among these, and for one that stands there twice. */
export function checkParameters(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of new Set(query.keys())) {
    if (!allowed.includes(name)) {
      const near = didYouMean(name, allowed);
      const known = allowed.length === 0 ? 'none is known here' : `known are ${allowed.join(', ')}`;
      throw wrong(
        `there is no parameter ${quoted(name)}: ${near === undefined ? known : `did you mean ${near}? ${known}`}`,
      );
    }
    if (query.getAll(name).length > 1)
      throw wrong(`expected the parameter ${name} once, found it more often`);
  }
}

function texts<Name extends string>(
  query: URLSearchParams,
  names: readonly Name[],
): { readonly [One in Name]?: string } {
  const given = names.flatMap((name) => {
    const text = query.get(name);
    return text === null || text === '' ? [] : [[name, text] as const];
  });
  return Object.fromEntries(given) as { readonly [One in Name]?: string };
}

function oneOf<Choice extends string>(text: string, choices: readonly Choice[], name: string): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw wrong(`expected ${name} to be one of ${choices.join(', ')}, found ${quoted(text)}`);
}

function wrong(message: string): LynceusError {
  return new LynceusError('usage-invalid', message);
}
