import type { StatusOverview } from '../core/status/status-pages.ts';
import { foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';
import { spanText } from './relative-time.ts';
import { timeOf } from './time.ts';

/** How long a cycle may be overdue before what is shown counts as old, in milliseconds. */
const GRACE = 300_000;
/** The same since the end of the last cycle, where it is not known when the next one is due. */
const LONGEST_SILENCE = 3_600_000;

/** How much what is shown is worth. */
export type Freshness = 'starting' | 'standby' | 'old' | 'paused' | 'fresh';

export function freshnessOf(overview: StatusOverview, now: number): Freshness {
  const { cycle, nextAt, leader, paused } = overview;
  if (!leader.leads) return 'standby';
  if (cycle === undefined) return 'starting';
  const oldAt = nextAt === undefined ? endOf(cycle) + LONGEST_SILENCE : nextAt + GRACE;
  if (now > oldAt) return 'old';
  return paused === undefined ? 'fresh' : 'paused';
}

function endOf({ startedAt, seconds }: NonNullable<StatusOverview['cycle']>): number {
  return startedAt + seconds * 1_000;
}

/** One line in the head of every page: when it was looked at last, and when it will be again. */
export function freshnessLine(overview: StatusOverview, now: number): Html {
  const { cycle, nextAt } = overview;
  if (cycle === undefined) return html`<span>No cycle yet</span>`;
  const took = spanText(cycle.seconds * 1_000);
  return html`<span
      >Last cycle ${timeOf(endOf(cycle), now)}<span class="wide">
        · took ${cycle.seconds < 1 ? 'under 1 s' : took}</span
      ></span
    >${nextAt !== undefined && nextAt > now && html`<span class="wide">next ${timeOf(nextAt, now)}</span>`}`;
}

/** What a reader must know before believing the rest; nothing on an ordinary day. */
export function notices(overview: StatusOverview, now: number): Html {
  const { cycle } = overview;
  return html`${freshnessNotice(overview, now)}${
    cycle !== undefined &&
    cycle.failures.length > 0 &&
    html`<div class="notice is-failed">
      ${icon('failed')}
      <div>
        <strong>The last cycle could not do all of its work.</strong>
        <ul>
          ${cycle.failures
            .slice(0, 5)
            .map(({ code, message }) => html`<li><code>${code}</code> ${foreign(message)}</li>`)}
        </ul>
        ${cycle.failures.length > 5 && html`<p>and ${cycle.failures.length - 5} more</p>`}
      </div>
    </div>`
  }`;
}

function freshnessNotice(overview: StatusOverview, now: number): Html | undefined {
  const { cycle, nextAt, leader } = overview;
  switch (freshnessOf(overview, now)) {
    case 'starting':
      return html`<div class="notice">
        ${icon('time')}
        <p><strong>The first cycle has not ended yet.</strong> This page fills as images are evaluated.</p>
      </div>`;
    case 'standby':
      return html`<div class="notice">
        ${icon('service')}
        <p>
          <strong>This replica stands by.</strong> ${
            leader.place === undefined
              ? 'It is not known which replica leads; this page is filled once there is one.'
              : html`${foreign(leader.place, 120)} leads and has what is current.`
          }
        </p>
      </div>`;
    case 'old':
      return html`<div class="notice is-held">
        ${icon('warning')}
        <p>
          <strong>What is shown is old.</strong> The last cycle ended
          ${
            cycle !== undefined && timeOf(endOf(cycle), now)
          }${nextAt !== undefined && html`, and the next one was due ${timeOf(nextAt, now)}`}.
          See the log and <code>/healthz</code>.
        </p>
      </div>`;
    case 'paused':
      return html`<div class="notice is-held">
        ${icon('held')}
        <p><strong>Updates are paused.</strong> ${foreign(overview.paused ?? '')}</p>
      </div>`;
    case 'fresh':
      return undefined;
  }
}
