import { parseUrl } from '../parse-url.ts';
import { foreign } from './foreign-text.ts';
import { html, type Html } from './html.ts';

/** A link to a page of somebody else: only to http and https, whatever the address says. Anything else is shown as text. */
export function outsideLink(address: string, text: Html | string): Html {
  const url = parseUrl(address);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isWeb) return html`${text} <span class="muted">${foreign(address, 80)}</span>`;
  // Whoever opens it must not learn the address of this page.
  return html`<a href="${url.href}" rel="noreferrer noopener" target="_blank"
    >${text}<span class="sr"> (opens in a new tab)</span></a
  >`;
}
