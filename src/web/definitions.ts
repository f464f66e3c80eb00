import { html, type Html, type HtmlPart } from './html.ts';

/** A name and what belongs to it; `undefined` leaves it out. */
export type Definition = readonly [name: string, value: HtmlPart];

/** A list of names and values; `undefined` where none has a value. */
export function definitions(rows: readonly Definition[]): Html | undefined {
  const known = rows.filter(([, value]) => value !== undefined && value !== false && value !== '');
  if (known.length === 0) return undefined;
  return html`<dl>
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
