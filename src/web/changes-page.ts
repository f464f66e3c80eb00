import type { ChangeStatus } from '../core/status/image-status.ts';
import { html, type Html } from './html.ts';
import { changedFilter, filterPath, readImageFilter } from './image-filter.ts';
import { pager } from './pager.ts';
import { searchForm } from './search-form.ts';
import { changeItem } from './timeline.ts';
import { ROWS, type PageContext, type WebPage } from './web-page.ts';

/** What happened lately, newest first, under the day that it happened on. */
export function changesPage({ reader, query, now }: PageContext): WebPage {
  const { after, page, sort: _, ...wanted } = readImageFilter(query);
  const list = reader.changes(wanted, { after, limit: ROWS });
  const isFiltered = filterPath('/changes', wanted) !== '/changes';
  const found =
    list.items.length === 0
      ? empty(isFiltered)
      : html`${byDay(list.items).map(
          ([day, changes]) =>
            html`<section data-key="${day}">
              <h2>${day}</h2>
              <ol class="timeline wide-list">
                ${changes.map((change) => changeItem(change, { now, isNamed: true }))}
              </ol>
            </section>`,
        )}${pager({
          shown: list.items.length,
          total: list.total,
          page,
          firstPath: filterPath('/changes', changedFilter({ ...wanted, page }, {})),
          nextPath:
            list.next === undefined
              ? undefined
              : filterPath('/changes', { ...wanted, after: list.next, page: page + 1 }),
          noun: ['change', 'changes'],
        })}`;
  return {
    title: 'Changes',
    body: html`<h1>Changes</h1>
      ${searchForm({
        path: '/changes',
        what: 'changes',
        value: wanted.search,
        placeholder: 'Application, image, version, person…',
      })}
      <div id="rows">${found}</div>`,
  };
}

function empty(isFiltered: boolean): Html {
  return isFiltered
    ? html`<div class="empty">
        <p><strong>No change matches.</strong></p>
        <p><a class="button" href="/changes" data-list>Show all changes</a></p>
      </div>`
    : html`<div class="empty">
        <p><strong>Nothing has changed yet.</strong></p>
        <p>
          Commits, syncs, checks and rollbacks are listed here as they happen. What came before is in the
          history of Git.
        </p>
      </div>`;
}

/** By days in UTC, as everything is that has no place. */
function byDay(changes: readonly ChangeStatus[]): readonly (readonly [string, readonly ChangeStatus[]])[] {
  const days = new Map<string, ChangeStatus[]>();
  for (const change of changes) {
    const day = new Date(change.at).toISOString().slice(0, 10);
    const before = days.get(day);
    if (before === undefined) days.set(day, [change]);
    else before.push(change);
  }
  return [...days];
}
