import type { ImageStatus } from '../core/status/image-status.ts';
import type { ImageOrder } from '../core/status/status-pages.ts';
import { foreign, foreignText } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { changedFilter, filterPath, FIRST_ORDER, type ImageFilter } from './image-filter.ts';
import { imagePath, shownVersion } from './image-links.ts';
import { outcomeBadge } from './outcome.ts';
import { formatCount } from './pager.ts';
import { timeOf } from './time.ts';
import { waitsFor } from './waits-for.ts';

export interface ImageTable {
  readonly images: readonly ImageStatus[];
  readonly filter: ImageFilter;
  readonly now: number;
}

const COLUMNS: readonly (readonly [text: string, className: string, order?: ImageOrder])[] = [
  ['Outcome', 'c-outcome', 'attention'],
  ['Application and image', 'c-image', 'name'],
  ['In force', 'c-current'],
  ['Candidate', 'c-candidate'],
  ['Behind', 'c-behind', 'behind'],
  ['Why', 'c-why'],
  ['Since', 'c-since', 'since'],
];

/** The images, a row each; the name of each leads to its own page. */
export function imageTable({ images, filter, now }: ImageTable): Html {
  const head = COLUMNS.map(([text, className, order]) => {
    if (order === undefined) return html`<th scope="col" class="${className}">${text}</th>`;
    const isChosen = order === (filter.sort ?? FIRST_ORDER);
    const path = filterPath('/', changedFilter(filter, { sort: order }));
    return html`<th
      scope="col"
      class="${className}"
      ${isChosen && html` aria-sort="${order === 'name' ? 'ascending' : 'descending'}"`}
    >
      <a href="${path}" data-list
        >${text}${isChosen && html`<span aria-hidden="true"> ${order === 'name' ? '↑' : '↓'}</span>`}</a
      >
    </th>`;
  });
  return html`<table class="images" id="images">
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${images.map((image) => row(image, now))}
    </tbody>
  </table>`;
}

function row(image: ImageStatus, now: number): Html {
  const { id, outcome, namespace, application, alias, behind, since } = image;
  const state = [outcome, image.code, image.current?.tag, image.current?.digest, image.candidate?.tag].join(
    ' ',
  );
  return html`<tr data-key="${id}" data-state="${foreignText(state, 300)}" class="is-${outcome}">
    <td class="c-outcome">${outcomeBadge(outcome)}</td>
    <th scope="row" class="c-image">
      <a class="row" href="${imagePath(id)}"
        ><span class="muted">${foreign(namespace, 80)}/</span>${foreign(application, 120)}</a
      ><small>${alias !== '' && html`<b>${foreign(alias, 80)}</b> `}${foreign(image.image, 160)}</small>
    </th>
    <td class="c-current"><span class="label">In force </span>${shownVersion(image.current)}</td>
    <td class="c-candidate">${candidateOf(image)}</td>
    <td class="c-behind">
      ${behind !== undefined && behind > 0 && html`<span title="${behind} newer versions that the policy lets through">${formatCount(behind)}<span class="label"> behind</span></span>`}
    </td>
    <td class="c-why">${whyOf(image, now)}</td>
    <td class="c-since">${timeOf(since, now)}</td>
  </tr>`;
}

/** Only what differs from the version in force says something. */
function candidateOf({ current, candidate }: ImageStatus): Html | undefined {
  if (candidate === undefined) return undefined;
  if (candidate.tag === current?.tag && candidate.digest === current?.digest) return undefined;
  return html`<span class="arrow" aria-hidden="true">→ </span>${shownVersion(candidate)}`;
}

function whyOf(image: ImageStatus, now: number): Html {
  const { reason, warnings, problems, hold } = image;
  const waiting = waitsFor(image);
  const noted = warnings.length + problems.length;
  return html`${
    image.code === 'up-to-date'
      ? html`<span class="reason muted">up to date</span>`
      : html`<span class="reason">${foreign(reason, 300)}</span>`
  }${
    waiting !== undefined &&
    html`<span class="waits"
      >${icon(waiting.icon)}waits for
      ${foreign(waiting.text, 100)}${hold?.until !== undefined && html`, ${timeOf(hold.until, now)}`}</span
    >`
  }${noted > 0 && html`<span class="waits">${icon('warning')}${noted} ${noted === 1 ? 'warning' : 'warnings'}</span>`}`;
}
