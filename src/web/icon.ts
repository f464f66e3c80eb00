import { html, type Html } from './html.ts';

/** Shapes of 16 by 16, drawn with a line of 1.5. Each outcome has a shape of its own, so that no colour is needed to tell them apart. */
const SHAPES = {
  failed: html`<circle cx="8" cy="8" r="6.25" /><path d="M8 4.75v4M8 11.2v.1" />`,
  held: html`<circle cx="8" cy="8" r="6.25" /><path d="M6.25 5.75v4.5M9.75 5.75v4.5" />`,
  update: html`<circle cx="8" cy="8" r="6.25" /><path d="M8 11V5.25M5.5 7.5 8 5l2.5 2.5" />`,
  updated: html`<circle cx="8" cy="8" r="6.25" class="solid" /><path
      d="M8 11V5.25M5.5 7.5 8 5l2.5 2.5"
      class="on-solid"
    />`,
  current: html`<circle cx="8" cy="8" r="6.25" /><path d="m5.25 8.25 2 2 3.5-4.25" />`,
  skipped: html`<circle cx="8" cy="8" r="6.25" class="dashed" /><path d="M5.5 8h5" />`,
  search: html`<circle cx="7" cy="7" r="4.5" /><path d="m10.5 10.5 3.5 3.5" />`,
  person: html`<circle cx="8" cy="5.25" r="2.5" /><path d="M3 13.5c.5-2.75 2.5-4 5-4s4.5 1.25 5 4" />`,
  time: html`<circle cx="8" cy="8" r="6.25" /><path d="M8 4.5V8l2.5 1.5" />`,
  check: html`<path d="M8 1.75 13.25 4v4c0 3-2.25 5.25-5.25 6.25C5 13.25 2.75 11 2.75 8V4z" /><path
      d="m5.75 8 1.75 1.75 3-3.25"
    />`,
  upstream: html`<path d="M3.5 3v4.5h9M9.75 4.75 12.5 7.5l-2.75 2.75" />`,
  service: html`<rect x="2.5" y="3" width="11" height="4" rx="1" /><rect
      x="2.5"
      y="9"
      width="11"
      height="4"
      rx="1"
    />`,
  back: html`<path d="M5.5 3.5 2.5 6.5l3 3" /><path d="M2.5 6.5h6.5a4 3.5 0 0 1 0 7H6" />`,
  commit: html`<circle cx="8" cy="8" r="2.75" /><path d="M1.5 8h3.75M10.75 8h3.75" />`,
  warning: html`<path d="M8 2 14.5 13.5h-13z" /><path d="M8 6.25v3.5M8 11.6v.1" />`,
} as const;

export type IconName = keyof typeof SHAPES;

/** Decoration: what it means stands beside it in words. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-${name}" /></svg>`;
}

/** All shapes, once a page. */
export const ICON_SHAPES: Html = html`<svg class="shapes" aria-hidden="true">
  ${Object.entries(SHAPES).map(
    ([name, shape]) => html`<symbol id="i-${name}" viewBox="0 0 16 16">${shape}</symbol>`,
  )}
</svg>`;
