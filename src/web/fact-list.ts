import { isInstant } from '../core/instant.ts';
import { code, foreign, foreignText } from './foreign-text.ts';
import { html, type Html } from './html.ts';
import { timeOf } from './time.ts';

const DEEPEST = 4;
/** Entries of one list or object. */
const MOST = 30;

/** Numbers from 2001 on are times in milliseconds: no fact counts that far. */
const FIRST_TIME = 1e12;

/** What a reason is made of, whatever it is. */
export function factList(facts: Readonly<Record<string, unknown>>, now: number): Html {
  const entries = Object.entries(facts);
  return entries.length === 0 ? html`<p class="muted">None.</p>` : objectOf(entries, { now, depth: 0 });
}

interface Place {
  readonly now: number;
  readonly depth: number;
}

function objectOf(entries: readonly (readonly [string, unknown])[], { now, depth }: Place): Html {
  const known = entries.filter(([, value]) => value !== undefined);
  return html`<dl class="facts">
    ${known.slice(0, MOST).map(
      ([name, value]) =>
        html`<div>
          <dt>${foreignText(name, 80)}</dt>
          <dd>${valueOf(value, { now, depth: depth + 1 })}</dd>
        </div>`,
    )}${
      known.length > MOST &&
      html`<div>
        <dt>…</dt>
        <dd>${known.length - MOST} more</dd>
      </div>`
    }
  </dl>`;
}

function valueOf(value: unknown, place: Place): Html {
  switch (typeof value) {
    case 'string':
      return code(value);
    case 'number':
      return value >= FIRST_TIME && isInstant(value) ? timeOf(value, place.now) : html`<code>${value}</code>`;
    case 'boolean':
      return html`<code>${String(value)}</code>`;
    default:
      return composedOf(value, place);
  }
}

function composedOf(value: unknown, place: Place): Html {
  if (value === null || typeof value !== 'object') return html`<span class="muted">none</span>`;
  const entries = Object.entries(value);
  if (entries.length === 0) return html`<span class="muted">none</span>`;
  if (place.depth >= DEEPEST) return html`<span class="muted">…</span>`;
  if (!Array.isArray(value)) return objectOf(entries, place);
  return html`<ul>
    ${entries.slice(0, MOST).map(([, item]) => html`<li>${valueOf(item, { ...place, depth: place.depth + 1 })}</li>`)}${
      entries.length > MOST && html`<li>${foreign(`${entries.length - MOST} more`)}</li>`
    }
  </ul>`;
}
