import type { TagPage } from './tag-page.ts';

/** How the first page is asked for, a link of the registry, the names after the last one, or no page size. */
export type PageStep =
  | { readonly kind: 'first' | 'link' | 'all'; readonly query: string }
  | { readonly kind: 'after'; readonly query: string; readonly page: TagPage };

/** A page that names no next one, and what was read before it. */
export interface EndingPage {
  readonly step: PageStep;
  /** Without a name when it was refused. */
  readonly page: TagPage;
  readonly refused: boolean;
  /** How many of its names were on no page before. */
  readonly fresh: number;
  /** The different names of all pages. */
  readonly known: number;
  /** Page size that was asked for; `undefined` for none. */
  readonly size: number | undefined;
}

export interface PageOrder {
  /** The next request; `undefined` when the list has ended. `'unclear'` when nobody can tell whether it has. */
  after(ending: EndingPage): PageStep | 'unclear' | undefined;
}

/** The whole list in one answer. */
const ALL: PageStep = { kind: 'all', query: '' };

/** Where registries cap a page that is asked to be longer. */
const USUAL_CAPS: ReadonlySet<number> = new Set([50, 100, 200, 250, 500, 1000]);

/**
 * Where to go on after a page without a `Link`. By the OCI distribution spec such a page is the last one; several
 * registries and proxies leave the header out all the same. So one that is as long as a page can be is followed by the
 * tags after its last one (`last`), until a page is shorter. Where that brings nothing new, `last` may be unknown there: the
 * list is asked for once without a page size, which sends all of it. A registry whose pages are in no order may have left
 * tags out between them, and has to send the whole list too.
 */
export function createPageOrder(): PageOrder {
  let cap: number | undefined;
  /** Whether there may be tags that only the whole list has. */
  let doubtful = false;
  let askedAll = false;

  function all(): PageStep | undefined {
    if (askedAll) return undefined;
    askedAll = true;
    return ALL;
  }

  return {
    after({ step, page, refused, fresh, known, size }) {
      switch (step.kind) {
        case 'link':
          return undefined;
        case 'first':
          askedAll = step.query === '';
          return isLikelyFull(page.count, size) ? stepAfter(page, size) : undefined;
        case 'after':
          if (fresh === 0) {
            const isFull = step.page.count === size;
            const isKnown = page.count === 0 && !refused;
            // Where `last` has brought tags before, or a page was only as long as a cap might be, no more tags are the end.
            const isEnd = cap !== undefined || (isKnown && !isFull);
            if (isEnd && isOrdered(step.page.names)) return undefined;
            doubtful = isFull && !isKnown;
            return all();
          }
          if (mayLeaveOut(step.page, page)) {
            doubtful = true;
            return all() ?? 'unclear';
          }
          cap = Math.max(cap ?? 0, step.page.count);
          return page.count < cap ? undefined : stepAfter(page, size);
        case 'all':
          return doubtful && new Set(page.names).size < known ? 'unclear' : undefined;
      }
    },
  };
}

function isLikelyFull(count: number, size: number | undefined): boolean {
  if (count === size) return true;
  // One that is longer than was asked for comes from a registry without pages.
  const mayBeCapped = size === undefined || count < size;
  return mayBeCapped && USUAL_CAPS.has(count);
}

function stepAfter(page: TagPage, size: number | undefined): PageStep | undefined {
  const last = page.names.at(-1);
  if (last === undefined) return undefined;
  const sized = size === undefined ? '' : `n=${size}&`;
  return { kind: 'after', query: `?${sized}last=${encodeURIComponent(last)}`, page };
}

/**
 * Whether names may be missing between two pages: `last` stands for all names that come after it in the order of the
 * spec, and here that is not the order of the page. A name that comes before it shows that the registry goes on by place.
 */
function mayLeaveOut(page: TagPage, following: TagPage): boolean {
  if (isOrdered(page.names)) return false;
  const last = page.names.at(-1) ?? '';
  return following.names.every((name) => isAfter(name, last));
}

function isOrdered(names: readonly string[]): boolean {
  const lower = names.map((name) => name.toLowerCase());
  return isAscending(names) || isAscending(lower);
}

function isAscending(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || name >= (names[index - 1] ?? ''));
}

/** The spec has had both orders: without regard to case, and that of ASCII. */
function isAfter(name: string, other: string): boolean {
  return name > other || name.toLowerCase() > other.toLowerCase();
}
