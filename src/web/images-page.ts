import type { ImageOutcome } from '../core/report.ts';
import type { StatusOverview } from '../core/status/status-pages.ts';
import { attention } from './attention.ts';
import { filterForm } from './filter-form.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { changedFilter, filterPath, FIRST_ORDER, readImageFilter, type ImageFilter } from './image-filter.ts';
import { imageTable } from './image-table.ts';
import { OUTCOMES } from './outcome.ts';
import { formatCount, pager } from './pager.ts';
import { ROWS, type PageContext, type WebPage } from './web-page.ts';

/** What is out of date and why, what waits for whom, what moved; then all images, a part at a time. */
export function imagesPage({ reader, query, now }: PageContext): WebPage {
  const filter = readImageFilter(query);
  const { after, page, ...wanted } = filter;
  const overview = reader.overview();
  const list = reader.images({ sort: FIRST_ORDER, ...wanted }, { after, limit: ROWS });
  const isWhole = filterPath('/', filter) === '/';
  const listed =
    list.items.length === 0
      ? emptyList(overview, filter)
      : html`${imageTable({ images: list.items, filter, now })}${pager({
          shown: list.items.length,
          total: list.total,
          page,
          firstPath: filterPath('/', changedFilter(filter, {})),
          nextPath:
            list.next === undefined
              ? undefined
              : filterPath('/', { ...filter, after: list.next, page: page + 1 }),
          noun: ['image', 'images'],
        })}`;
  return {
    title: titleOf(filter),
    body: html`<h1 class="sr">Images</h1>
      ${counts(overview, filter)} ${isWhole && attention(reader, now)}
      <section aria-labelledby="list-title" id="list">
        <h2 id="list-title">${isWhole ? 'All images' : titleOf(filter)}</h2>
        ${filterForm(filter)}
        <div id="rows">${listed}</div>
      </section>`,
  };
}

function titleOf({ outcomes }: ImageFilter): string {
  return outcomes?.length === 1 && outcomes[0] !== undefined ? `${OUTCOMES[outcomes[0]]} images` : 'Images';
}

/** How many images there are of each outcome; each number is a filter. */
function counts({ images, applications }: StatusOverview, filter: ImageFilter): Html {
  const all = Object.values(images).reduce((sum, count) => sum + count, 0);
  const tiles = Object.entries(OUTCOMES).map(([name, word]) => {
    const outcome = name as ImageOutcome;
    const isChosen = filter.outcomes?.includes(outcome) === true;
    const path = filterPath('/', changedFilter(filter, { outcomes: isChosen ? undefined : [outcome] }));
    return html`<li>
      <a
        class="tile is-${outcome}${images[outcome] === 0 && ' is-none'}"
        href="${path}"
        data-list${isChosen && html` aria-current="true"`}
        >${icon(outcome)}<strong>${formatCount(images[outcome])}</strong><span>${word}</span></a
      >
    </li>`;
  });
  return html`<section aria-label="Images by outcome" id="counts">
    <ul class="tiles">
      ${tiles}
    </ul>
    <p class="muted">
      ${formatCount(all)} ${all === 1 ? 'image' : 'images'} of ${formatCount(applications)}
      ${applications === 1 ? 'Application' : 'Applications'}
    </p>
  </section>`;
}

function emptyList({ cycle }: StatusOverview, filter: ImageFilter): Html {
  if (filterPath('/', filter) !== '/')
    return html`<div class="empty">
      <p><strong>No image matches.</strong></p>
      <p>Search looks in application, alias, image, tag, code and reason; every word must occur.</p>
      <p><a class="button" href="/" data-list>Show all images</a></p>
    </div>`;
  if (cycle === undefined)
    return html`<div class="empty">
      <p><strong>Nothing is known yet.</strong></p>
      <p>The first cycle is running. Images appear here as they are evaluated.</p>
    </div>`;
  return html`<div class="empty">
    <p><strong>No Application asks for updates.</strong></p>
    <p>
      Put the annotation <code>argocd-image-updater.argoproj.io/image-list</code> on an Application, or apply
      an <code>ImageUpdater</code>. With the next cycle its images are here.
    </p>
  </div>`;
}
