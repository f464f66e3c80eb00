import { searchField } from './search-form.ts';
import { html, type Html } from './html.ts';
import { changedFilter, filterPath, FIRST_ORDER, TEXT_FILTERS, type ImageFilter } from './image-filter.ts';
import { foreign } from './foreign-text.ts';
import type { ImageOrder } from '../core/status/status-pages.ts';
import { OUTCOMES } from './outcome.ts';

const ORDERS: Readonly<Record<ImageOrder, string>> = {
  attention: 'What needs attention',
  name: 'Name',
  behind: 'Versions behind',
  since: 'Changed last',
};

const LABELS: Readonly<Record<(typeof TEXT_FILTERS)[number], string>> = {
  namespace: 'Namespace',
  project: 'Project',
  application: 'Application',
  image: 'Image',
  code: 'Code',
};

/** Search, filters and order as a form that needs no script: its fields are the address of the list. */
export function filterForm(filter: ImageFilter): Html {
  const isFurther = TEXT_FILTERS.some((name) => filter[name] !== undefined);
  return html`<form class="filter" role="search" action="/" method="get" id="filter">
      ${searchField({
        what: 'images',
        value: filter.search,
        placeholder: 'Application, image, tag, reason…',
      })}
      <label class="order"
        >Order
        <select name="sort" id="sort">
          ${Object.entries(ORDERS).map(
            ([order, text]) =>
              html`<option value="${order}" ${order === (filter.sort ?? FIRST_ORDER) && html` selected`}>
                ${text}
              </option>`,
          )}
        </select></label
      >
      ${filter.outcomes?.map((outcome) => html`<input type="hidden" name="outcome" value="${outcome}" />`)}
      <button>Search</button>
      <details id="further" ${isFurther && html` open`}>
        <summary>More filters</summary>
        <div class="fields">
          ${TEXT_FILTERS.map(
            (name) =>
              html`<label for="filter-${name}"
                >${LABELS[name]}<input
                  id="filter-${name}"
                  name="${name}"
                  value="${filter[name] ?? ''}"
                  maxlength="300"
                  autocomplete="off"
                  spellcheck="false"
              /></label>`,
          )}
        </div>
      </details>
    </form>
    ${chips(filter)}`;
}

/** What is filtered by, each with the way to leave it out. */
function chips(filter: ImageFilter): Html {
  const texts = (['search', ...TEXT_FILTERS] as const).flatMap((name) => {
    const text = filter[name];
    if (text === undefined) return [];
    const label = name === 'search' ? 'Search' : LABELS[name];
    return [chip({ label, text, path: filterPath('/', changedFilter(filter, { [name]: undefined })) })];
  });
  const outcomes = (filter.outcomes ?? []).map((outcome) => {
    const others = filter.outcomes?.filter((other) => other !== outcome) ?? [];
    const path = filterPath('/', changedFilter(filter, { outcomes: others }));
    return chip({ label: 'Outcome', text: OUTCOMES[outcome], path });
  });
  const all = [...outcomes, ...texts];
  return html`<div id="chips">
    ${
      all.length > 0 &&
      html`<ul class="chips" aria-label="Filters in force">
        ${all}
      </ul>`
    }
  </div>`;
}

function chip({
  label,
  text,
  path,
}: {
  readonly label: string;
  readonly text: string;
  readonly path: string;
}): Html {
  return html`<li>
    <a href="${path}" data-list
      ><span class="muted">${label}:</span> ${foreign(text, 80)} <span aria-hidden="true">×</span
      ><span class="sr"> (leave out)</span></a
    >
  </li>`;
}
