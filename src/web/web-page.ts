import type { StatusReader } from '../ports/status.ts';
import type { Html } from './html.ts';

/** What a page is made from. */
export interface PageContext {
  readonly reader: StatusReader;
  readonly query: URLSearchParams;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a page shows between head and foot. */
export interface WebPage {
  readonly title: string;
  readonly body: Html;
}

/** Rows of one page, so that browsers stay quick and people find things. */
export const ROWS = 100;
