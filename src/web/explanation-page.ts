import type { ImageExplanation, TagStatus } from '../core/status/image-explanation.ts';
import { code, foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { imagePath } from './image-links.ts';
import { outcomeBadge } from './outcome.ts';
import { formatCount, pager } from './pager.ts';
import { timeOf } from './time.ts';
import { ROWS, type PageContext, type WebPage } from './web-page.ts';

const NOT_KNOWN = html`<h1>Tags</h1>
  <div class="empty">
    <p><strong>Its tags are not known.</strong></p>
    <p>
      They were not listed in the last cycle, or there are too many to keep.
      <code>lynceus explain</code> asks the registry.
    </p>
  </div>`;

/** What became of every tag of an image, and what would give another answer. */
export function explanationPage(
  { id, explanation }: { readonly id: string; readonly explanation: ImageExplanation | undefined },
  { query, now }: PageContext,
): WebPage {
  const back = html`<p class="crumbs">
    <a href="/">Images</a> <span aria-hidden="true">›</span> <a href="${imagePath(id)}">the image</a>
  </p>`;
  if (explanation === undefined) return { title: 'Tags', body: html`${back}${NOT_KNOWN}` };
  const { application, alias, image, reason, outcome, counts, tags, needed, listedAt } = explanation;
  const page = pageOf(query.get('page'), tags.length);
  const shown = tags.slice((page - 1) * ROWS, page * ROWS);
  const path = `${imagePath(id)}/explanation`;
  return {
    title: `Tags of ${application} / ${alias === '' ? image : alias}`,
    body: html`${back}
      <h1>
        Tags of ${foreign(application, 120)}<span class="muted"> / </span>${foreign(alias, 120)}
        <small>${foreign(image, 200)}</small>
      </h1>
      <section class="decision is-${outcome}" aria-label="Decision">
        <p class="status">${outcomeBadge(outcome)} <code>${explanation.code}</code></p>
        <p class="sentence">${foreign(reason, 2_000)}</p>
        ${
          needed.length > 0 &&
          html`<div class="remarks">
            ${icon('upstream')}
            <ul>
              ${needed.slice(0, ROWS).map((one) => html`<li>${foreign(one, 1_000)}</li>`)}
            </ul>
          </div>`
        }
        <p class="muted">
          ${formatCount(counts.listed)} tags listed, ${formatCount(counts.considered)}
          considered${listedAt !== undefined && html`, ${timeOf(listedAt, now)}`}
        </p>
        ${codeCounts(counts.codes)}
      </section>
      <div id="rows">
        ${tagTable(shown, now)}${pager({
          shown: shown.length,
          total: tags.length,
          page,
          firstPath: path,
          nextPath: page * ROWS < tags.length ? `${path}?page=${page + 1}` : undefined,
          noun: ['tag', 'tags'],
        })}
      </div>`,
  };
}

function pageOf(text: string | null, count: number): number {
  const page = Number(text ?? 1);
  const last = Math.max(1, Math.ceil(count / ROWS));
  return Number.isInteger(page) && page > 1 && page <= last ? page : 1;
}

function codeCounts(codes: ImageExplanation['counts']['codes']): Html | undefined {
  const rows = Object.entries(codes);
  if (rows.length === 0) return undefined;
  return html`<ul class="chips" aria-label="Tags by what became of them">
    ${rows.map(([name, count]) => html`<li><code>${name}</code> ${formatCount(count)}</li>`)}
  </ul>`;
}

function tagTable(tags: readonly TagStatus[], now: number): Html {
  return html`<table class="hosts">
    <thead>
      <tr>
        <th scope="col">Tag</th>
        <th scope="col">What became of it</th>
        <th scope="col">Time</th>
      </tr>
    </thead>
    <tbody>
      ${tags.map(
        (tag) =>
          html`<tr data-key="${tag.tag}">
            <th scope="row">
              ${code(tag.tag, 120)}${tag.inForce === true && html` <strong>in force</strong>`}
            </th>
            <td><code>${tag.code}</code> ${foreign(tag.reason)}</td>
            <td>${tag.time !== undefined && timeOf(tag.time, now)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
