import { formatInstant, isInstant } from '../core/instant.ts';
import { html, type Html } from './html.ts';
import { relativeTime, spanText } from './relative-time.ts';

/** A time, relative to now; the exact one is in its title. Both in milliseconds since 1970. */
export function timeOf(at: number, now: number): Html {
  if (!isInstant(at)) return html`<span>at an unknown time</span>`;
  const instant = formatInstant(at);
  return html`<time datetime="${instant}" title="${exactTime(instant)}">${relativeTime(at, now)}</time>`;
}

/** How long it has been, or will be, as in `for 3 h`. Both in milliseconds since 1970. */
export function spanSince(at: number, now: number): Html {
  if (!isInstant(at)) return html`<span>an unknown time</span>`;
  const instant = formatInstant(at);
  return html`<time datetime="${instant}" title="${exactTime(instant)}" data-span
    >${spanText(now - at)}</time
  >`;
}

function exactTime(instant: string): string {
  return instant.replace('T', ' ').replace('Z', ' UTC');
}
