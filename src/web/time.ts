import { formatInstant, isInstant } from '../core/instant.ts';
import { html, type Html } from './html.ts';
import { relativeTime } from './relative-time.ts';

/** A time, relative to now; the exact one is in its title. Both in milliseconds since 1970. */
export function timeOf(at: number, now: number): Html {
  if (!isInstant(at)) return html`<span>at an unknown time</span>`;
  const instant = formatInstant(at);
  const exact = instant.replace('T', ' ').replace('Z', ' UTC');
  return html`<time datetime="${instant}" title="${exact}">${relativeTime(at, now)}</time>`;
}
