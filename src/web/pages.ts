import { joinImageId } from '../core/status/image-id.ts';
import type { StatusReader } from '../ports/status.ts';
import type { GetRequest, GetRoute, RouteReply, Routes } from '../server/routes.ts';
import type { WebAssets } from './assets.ts';
import { changesPage } from './changes-page.ts';
import { explanationPage } from './explanation-page.ts';
import { html, markupText } from './html.ts';
import { imagePage } from './image-page.ts';
import { imagesPage } from './images-page.ts';
import { layout } from './layout.ts';
import { pipelinePage } from './pipeline-page.ts';
import { registriesPage } from './registries-page.ts';
import type { PageContext, WebPage } from './web-page.ts';

export interface WebRoutesOptions {
  /** What may be seen by who asks. */
  readonly readerFor: (request: GetRequest) => StatusReader;
  readonly clock: { now(): number };
  readonly assets: WebAssets;
}

/** The pages and what they load. */
export function webRoutes({ readerFor, clock, assets }: WebRoutesOptions): Routes {
  const contextOf = (request: GetRequest): PageContext => ({
    reader: readerFor(request),
    query: request.query,
    now: clock.now(),
  });
  const sections = Object.entries(SECTIONS).map(([path, page]): [string, GetRoute] => [
    path,
    (request) => {
      const context = contextOf(request);
      return replyWith(page(context), { ...context, assets, section: path });
    },
  ]);
  const images: GetRoute = (request) => {
    const context = contextOf(request);
    return replyWith(imageAt(request, context), { ...context, assets });
  };
  return {
    ...Object.fromEntries(sections),
    '/images/{namespace}/{application}/{alias}': images,
    '/images/{namespace}/{application}/{alias}/explanation': (request) => {
      const context = contextOf(request);
      return replyWith(explanationAt(request, context), { ...context, assets });
    },
    '/images/{rest...}': images,
    ...assetRoutes(assets),
  };
}

/** Nothing is run, loaded or sent elsewhere, whatever a tag, a name or an answer of a registry contains. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'private, no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
};

const SECTIONS: Readonly<Record<string, (context: PageContext) => WebPage>> = {
  '/': imagesPage,
  '/changes': changesPage,
  '/pipeline': pipelinePage,
  '/registries': registriesPage,
};

interface PageFrame extends PageContext {
  readonly assets: WebAssets;
  readonly section?: string;
}

/** `undefined` is a page that is not there. */
function replyWith(page: WebPage | undefined, { reader, now, assets, section }: PageFrame): RouteReply {
  const { title, body } = page ?? NOT_FOUND;
  const place = section === undefined ? {} : { section };
  return {
    status: page === undefined ? 404 : 200,
    contentType: 'text/html; charset=utf-8',
    headers: PAGE_HEADERS,
    body: markupText(layout({ title, body, overview: reader.overview(), assets, now, ...place })),
  };
}

function imageAt({ params }: GetRequest, { reader, now }: PageContext): WebPage | undefined {
  const { namespace = '', application = '', alias = '' } = params;
  const story = reader.image(joinImageId([namespace, application, alias]));
  return story && imagePage(story, now);
}

function explanationAt({ params }: GetRequest, context: PageContext): WebPage | undefined {
  const { namespace = '', application = '', alias = '' } = params;
  const id = joinImageId([namespace, application, alias]);
  if (context.reader.image(id) === undefined) return undefined;
  return explanationPage({ id, explanation: context.reader.explanation?.(id) }, context);
}

const NOT_FOUND: WebPage = {
  title: 'Not found',
  body: html`<h1>Not found</h1>
    <div class="empty">
      <p><strong>There is no such page or image.</strong></p>
      <p>
        An image is gone when its Application is, or no longer asks for updates. After a restart images are
        known again with the first cycle.
      </p>
      <p><a class="button" href="/">Show all images</a></p>
    </div>`,
};

/** Files that pages load; the name of each has a hash of what is in it, so it is kept for good. */
function assetRoutes({ script, style, icon }: WebAssets): Routes {
  const headers = {
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  return Object.fromEntries(
    [script, style, icon].flatMap((asset) => {
      if (asset === undefined) return [];
      const { path, contentType } = asset;
      // The same object for every answer: the server compresses it once.
      const body = Buffer.from(asset.body);
      return [[path, () => ({ status: 200, contentType, headers, body })]];
    }),
  );
}
