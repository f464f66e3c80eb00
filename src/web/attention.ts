import type { ChangeStatus, ImageStatus } from '../core/status/image-status.ts';
import type { StatusReader } from '../ports/status.ts';
import { changeIcon, changeText } from './change-kinds.ts';
import { foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { imageLink } from './image-links.ts';
import { timeOf } from './time.ts';
import { waitsFor } from './waits-for.ts';

const SHOWN = 5;
/** Among so many of the latest changes those are looked for that move a version. */
const LATEST = 100;
const MOVES: ReadonlySet<ChangeStatus['kind']> = new Set([
  'updated',
  'proposed',
  'promoted',
  'set',
  'verified',
  'rolled-back',
]);
const DAY = 86_400_000;

/** What failed and why, what waits for whom, what moved today: the first few of each, with the way to all. */
export function attention(reader: StatusReader, now: number): Html {
  const failed = reader.images({ outcomes: ['failed'], sort: 'since' }, { limit: SHOWN });
  const held = reader.images({ outcomes: ['held'], sort: 'since' }, { limit: SHOWN });
  const moved = reader
    .changes({}, { limit: LATEST })
    .items.filter(({ at, kind }) => now - at < DAY && MOVES.has(kind))
    .slice(0, SHOWN);
  return html`<div class="panels" id="attention">
    ${panel({ title: 'Failed', items: failed.items.map((image) => failedItem(image, now)), none: 'Nothing failed.', all: '/?outcome=failed', isMore: failed.total > SHOWN })}
    ${panel({ title: 'Waiting', items: held.items.map((image) => heldItem(image, now)), none: 'Nothing is held.', all: '/?outcome=held', isMore: held.total > SHOWN })}
    ${panel({ title: 'Moved today', items: moved.map((change) => movedItem(change, now)), none: 'Nothing moved in the last 24 hours.', all: '/changes', isMore: moved.length > 0 })}
  </div>`;
}

interface Panel {
  readonly title: string;
  readonly items: readonly Html[];
  /** What stands there in place of nothing. */
  readonly none: string;
  readonly all: string;
  readonly isMore: boolean;
}

function panel({ title, items, none, all, isMore }: Panel): Html {
  const list =
    items.length === 0
      ? html`<p class="muted">${none}</p>`
      : html`<ul>
          ${items}
        </ul>`;
  return html`<section class="panel">
    <h2>${title}</h2>
    ${list}${isMore && html`<p class="more"><a href="${all}">All that ${PANEL_VERBS[title]}</a></p>`}
  </section>`;
}

const PANEL_VERBS: Readonly<Record<string, string>> = {
  Failed: 'failed',
  Waiting: 'waits',
  'Moved today': 'moved',
};

function failedItem({ id, reason, since }: ImageStatus, now: number): Html {
  return html`<li data-key="failed ${id}">
    ${icon('failed')}
    <div>
      <p class="line">${imageLink(id)}<span class="when">${timeOf(since, now)}</span></p>
      <p class="why">${foreign(reason, 240)}</p>
    </div>
  </li>`;
}

function heldItem(image: ImageStatus, now: number): Html {
  const waiting = waitsFor(image);
  const until = image.hold?.until;
  return html`<li data-key="held ${image.id}">
    ${icon(waiting?.icon ?? 'held')}
    <div>
      <p class="line">${imageLink(image.id)}<span class="when">${timeOf(image.since, now)}</span></p>
      <p class="why">
        waits for ${foreign(waiting?.text ?? '', 120)}${until !== undefined && html`, ${timeOf(until, now)}`}
      </p>
    </div>
  </li>`;
}

function movedItem(change: ChangeStatus, now: number): Html {
  return html`<li data-key="moved ${change.id}">
    ${icon(changeIcon(change.kind))}
    <div>
      <p class="line">${imageLink(change.imageId)}<span class="when">${timeOf(change.at, now)}</span></p>
      <p class="why">${changeText(change)}</p>
    </div>
  </li>`;
}
