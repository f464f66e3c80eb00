import { nextTarget } from '../http/link.ts';
import type { ApiAnswer } from './refusal.ts';

/** How a host cuts a list into pages. */
export interface Paging {
  /** The elements of one page; `undefined` when it is none. */
  readonly itemsOf: (content: unknown) => readonly unknown[] | undefined;
  /** URL of the next page; `undefined` at the end. */
  readonly nextOf: (
    answer: ApiAnswer,
    page: { readonly url: URL; readonly count: number },
  ) => string | undefined;
}

/** A bare list, and the next page in the `Link` header (RFC 8288): GitHub, GitLab. */
export const LINKED: Paging = {
  itemsOf: (content) => (Array.isArray(content) ? content : undefined),
  nextOf: ({ headers }) => nextTarget(headers['link']),
};

/** The same URL with one parameter more, or another value of it. */
export function withParameter(url: URL, name: string, value: string | number): string {
  const next = new URL(url);
  next.searchParams.set(name, String(value));
  return next.href;
}

/** A field of an answer that should be an object. */
export function jsonField(content: unknown, name: string): unknown {
  return typeof content === 'object' && content !== null
    ? (content as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A list inside an object, under this name. */
export function listUnder(name: string): Paging['itemsOf'] {
  return (content) => {
    const found = jsonField(content, name);
    return Array.isArray(found) ? found : undefined;
  };
}
