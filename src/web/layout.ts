import type { StatusOverview } from '../core/status/status-pages.ts';
import type { WebAssets } from './assets.ts';
import { foreign, foreignText } from './foreign-text.ts';
import { freshnessLine, freshnessOf, notices } from './freshness.ts';
import { html, type Html } from './html.ts';
import { ICON_SHAPES } from './icon.ts';

export interface LayoutOptions {
  readonly title: string;
  /** Path of the entry of the navigation that is shown; absent for a page that is not in it. */
  readonly section?: string;
  readonly body: Html;
  readonly overview: StatusOverview;
  readonly assets: WebAssets;
  readonly now: number;
}

const SECTIONS = [
  ['/', 'Images'],
  ['/changes', 'Changes'],
  ['/pipeline', 'Pipeline'],
  ['/registries', 'Registries'],
] as const;

/** A whole document. Keys of the keyboard are in the dialog, which the script opens; without it all is there but the keys. */
export function layout(options: LayoutOptions): Html {
  const { title, body, overview, assets, now } = options;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${foreignText(title, 120)} · Lynceus</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="icon" type="image/svg+xml" href="${assets.icon.path}" />
        <link rel="stylesheet" href="${assets.style.path}" />
        ${assets.script !== undefined && html`<script type="module" src="${assets.script.path}"></script>`}
      </head>
      <body data-now="${now}" data-revision="${overview.revision}">
        <a class="skip" href="#main">Skip to the content</a>
        ${ICON_SHAPES}${topOfPage(options)}
        <main id="main" tabindex="-1">
          <div id="notices">${notices(overview, now)}</div>
          ${body}
        </main>
        <footer class="foot">
          <p>Lynceus ${overview.version}</p>
          <p><a href="/api/v1/openapi.json">API</a></p>
          <p class="scripted">
            <button type="button" id="help-button" data-kept>Keyboard: <kbd>?</kbd></button>
          </p>
        </footer>
        <p id="announcement" class="sr" role="status" data-kept></p>
        ${HELP}
      </body>
    </html> `;
}

function topOfPage({ section, overview, now }: LayoutOptions): Html {
  const { shard, leader } = overview;
  return html`<header class="top">
    <a class="brand" href="/">${MARK}Lynceus</a>
    <nav aria-label="Pages">
      <ul>
        ${SECTIONS.map(
          ([path, name]) =>
            html`<li><a href="${path}" ${path === section && html` aria-current="page"`}>${name}</a></li>`,
        )}
      </ul>
    </nav>
    <div class="freshness is-${freshnessOf(overview, now)}" id="freshness">
      ${freshnessLine(overview, now)}${shard !== undefined && html`<span>shard ${foreign(shard, 60)}</span>`}
      ${!leader.leads && html`<span>standby</span>`}<span id="connection" role="status" data-kept></span>
    </div>
  </header>`;
}

const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <path d="M2.5 16C6 9.5 10.5 6.5 16 6.5S26 9.5 29.5 16C26 22.5 21.5 25.5 16 25.5S6 22.5 2.5 16z" />
  <ellipse cx="16" cy="16" rx="3" ry="7.5" />
</svg>`;

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/'], 'search'],
  [['j', '↓'], 'next row'],
  [['k', '↑'], 'row before'],
  [['Enter'], 'open the row'],
  [['Esc'], 'leave the search, or close this'],
  [['?'], 'show this'],
];

const HELP = html`<dialog id="help" aria-labelledby="help-title" data-kept>
  <h2 id="help-title">Keyboard</h2>
  <dl class="keys">
    ${KEYS.map(
      ([keys, what]) =>
        html`<div>
          <dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt>
          <dd>${what}</dd>
        </div>`,
    )}
  </dl>
  <form method="dialog"><button>Close</button></form>
</dialog>`;
