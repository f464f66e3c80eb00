import { IMAGE_ORDERS, type ImageOrder, type ImageQuery } from '../core/status/status-pages.ts';
import { asOutcome } from './outcome.ts';

/** Which part of the images a page shows; all of it is in the address. */
export interface ImageFilter extends ImageQuery {
  readonly after?: string;
  /** Which page it is, for people: 1 is the first. */
  readonly page: number;
}

type LooseFilter = { readonly [Key in keyof ImageFilter]?: ImageFilter[Key] | undefined };

export const TEXT_FILTERS = ['namespace', 'project', 'application', 'image', 'code'] as const;

/** Longer texts are cut: nobody types them. */
const LONGEST = 300;

/** What an address asks for. What cannot be understood counts as not there. */
export function readImageFilter(query: URLSearchParams): ImageFilter {
  const outcomes = query
    .getAll('outcome')
    .flatMap((text) => text.split(','))
    .flatMap((text) => asOutcome(text) ?? []);
  const sort = IMAGE_ORDERS.find((order) => order === query.get('sort'));
  const texts = ['search', ...TEXT_FILTERS].flatMap((name) => {
    const text = query.get(name)?.trim().slice(0, LONGEST) ?? '';
    return text === '' ? [] : [[name, text] as const];
  });
  const after = query.get('after') ?? '';
  const page = Number(query.get('page') ?? 1);
  return {
    ...Object.fromEntries(texts),
    ...(outcomes.length === 0 ? {} : { outcomes: [...new Set(outcomes)] }),
    ...(sort === undefined ? {} : { sort }),
    ...(after === '' ? {} : { after }),
    page: after !== '' && Number.isInteger(page) && page > 1 && page < 1e6 ? page : 1,
  };
}

/** The order that images are in where the address names none: who opens the page wants to see what needs attention. */
export const FIRST_ORDER: ImageOrder = 'attention';

/** Address of a list with this filter; what is as it is without saying so is left out. */
export function filterPath(path: string, filter: LooseFilter): string {
  const query = new URLSearchParams();
  for (const name of ['search', ...TEXT_FILTERS] as const) {
    const text = filter[name];
    if (text !== undefined && text !== '') query.set(name, text);
  }
  for (const outcome of filter.outcomes ?? []) query.append('outcome', outcome);
  if (filter.sort !== undefined && filter.sort !== FIRST_ORDER) query.set('sort', filter.sort);
  if (filter.after !== undefined) query.set('after', filter.after);
  if (filter.after !== undefined && filter.page !== undefined) query.set('page', String(filter.page));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The same filter from its beginning, with something else in it; `undefined` takes something out. */
export function changedFilter(filter: ImageFilter, change: LooseFilter): LooseFilter {
  return { ...filter, after: undefined, page: undefined, ...change };
}
