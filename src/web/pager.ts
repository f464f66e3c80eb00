import { html, type Html } from './html.ts';

export interface PagerOptions {
  /** How many rows are shown, and how many there are in all parts. */
  readonly shown: number;
  readonly total: number;
  /** Which page it is, from 1. */
  readonly page: number;
  readonly firstPath: string;
  /** Absent at the end. */
  readonly nextPath: string | undefined;
  /** What is counted, for one and for several. */
  readonly noun: readonly [one: string, several: string];
}

/** How many there are, and the way to the others. */
export function pager({ shown, total, page, firstPath, nextPath, noun }: PagerOptions): Html {
  const counted = `${formatCount(total)} ${total === 1 ? noun[0] : noun[1]}`;
  const text = shown === total ? counted : `${formatCount(shown)} of ${counted}`;
  return html`<nav class="pager" aria-label="Parts of the list">
    <p>${text}${page > 1 && ` · page ${page}`}</p>
    ${
      page > 1 && html`<a class="button" href="${firstPath}" data-list>First page</a>`
    }${nextPath !== undefined && html`<a class="button" href="${nextPath}" data-list rel="next">Next page</a>`}
  </nav>`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
