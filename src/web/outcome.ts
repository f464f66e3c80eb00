import type { ImageOutcome } from '../core/report.ts';
import { html, type Html } from './html.ts';
import { icon } from './icon.ts';

/** The outcomes as people read them, in the order of what needs attention. */
export const OUTCOMES: Readonly<Record<ImageOutcome, string>> = {
  failed: 'Failed',
  held: 'Held',
  update: 'To update',
  updated: 'Updated',
  current: 'Current',
  skipped: 'Skipped',
};

/** Icon and word. */
export function outcomeBadge(outcome: ImageOutcome): Html {
  return html`<span class="badge is-${outcome}">${icon(outcome)}${OUTCOMES[outcome]}</span>`;
}

/** The outcome that a text names. */
export function asOutcome(text: string): ImageOutcome | undefined {
  return Object.hasOwn(OUTCOMES, text) ? (text as ImageOutcome) : undefined;
}
