import { html, type Html } from './html.ts';
import { icon } from './icon.ts';

export interface SearchField {
  /** What is searched, as in "Search images". */
  readonly what: string;
  /** What is searched for now. */
  readonly value: string | undefined;
  /** What may be searched for. */
  readonly placeholder: string;
}

export function searchField({ what, value = '', placeholder }: SearchField): Html {
  return html`<div class="search">
    ${icon('search')}<label class="sr" for="search">Search ${what}</label
    ><input
      id="search"
      name="search"
      type="search"
      value="${value}"
      placeholder="${placeholder}"
      maxlength="300"
      autocomplete="off"
      spellcheck="false"
    />
  </div>`;
}

/** A form that searches, and nothing else; `path` is that of the page. */
export function searchForm({ path, ...field }: SearchField & { readonly path: string }): Html {
  return html`<form class="filter" role="search" action="${path}" method="get" id="filter">
    ${searchField(field)}
    <button>Search</button>
  </form>`;
}
