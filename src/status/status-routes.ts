import { createHash } from 'node:crypto';
import { joinImageId } from '../core/status/image-id.ts';
import { isImageKey } from '../core/status/query-images.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { StatusReader } from '../ports/status.ts';
import type { GetRequest, GetRoute, Reply, RouteReply, Routes } from '../server/routes.ts';
import { isChangeKey } from './change-log.ts';
import { eventStream } from './event-stream.ts';
import { MOST_KEPT_TAGS } from './kept-searches.ts';
import { problemReply } from './problem-reply.ts';
import { checkParameters, FILTER_PARAMETERS, readImageQuery, readPart } from './read-query.ts';

export interface StatusRoutesOptions {
  /** What may be seen by who asks. */
  readonly readerFor: (request: GetRequest) => StatusReader;
  readonly clock: Clock;
  /** The OpenAPI document of these routes. */
  readonly document: object;
}

interface Asked {
  readonly reader: StatusReader;
  readonly request: GetRequest;
}

/** Where the routes are; another version of them gets another path. */
export const STATUS_PATH = '/api/v1';

const NOT_EXPLAINED = `there is no such image, or its tags are not known: they were not listed in the last cycle, or there are more than ${MOST_KEPT_TAGS} of them; lynceus explain asks the registry`;

const IMAGE = '/images/{namespace}/{application}/{alias}';

/** The status API (docs/status.md). */
export function statusRoutes({ readerFor, clock, document }: StatusRoutesOptions): Routes {
  const text = JSON.stringify(document);
  const route =
    (allowed: readonly string[], answer: (asked: Asked) => Reply): GetRoute =>
    (request) =>
      orProblem(() => {
        checkParameters(request.query, allowed);
        return answer({ reader: readerFor(request), request });
      });
  const routes: Routes = {
    '/status': route([], ({ reader }) => fresh(reader.overview())),
    '/images': route([...FILTER_PARAMETERS, 'sort', 'limit', 'after'], (asked) => {
      const query = readImageQuery(asked.request.query);
      const part = readPart(asked.request.query, isImageKey);
      return unlessKnown(asked, () => asked.reader.images(query, part));
    }),
    [IMAGE]: route([], (asked) => {
      const { namespace = '', application = '', alias = '' } = asked.request.params;
      const story = asked.reader.image(joinImageId([namespace, application, alias]));
      if (story === undefined) throw new LynceusError('not-found', 'there is no such image, or not yet');
      // Its verification goes on between reports.
      return fresh(story);
    }),
    [`${IMAGE}/explanation`]: route([], (asked) => {
      const { namespace = '', application = '', alias = '' } = asked.request.params;
      const explanation = asked.reader.explanation?.(joinImageId([namespace, application, alias]));
      if (explanation === undefined) throw new LynceusError('not-found', NOT_EXPLAINED);
      return unlessKnown(asked, () => explanation);
    }),
    '/changes': route([...FILTER_PARAMETERS, 'limit', 'after'], (asked) => {
      const query = readImageQuery(asked.request.query);
      const part = readPart(asked.request.query, isChangeKey);
      return unlessKnown(asked, () => asked.reader.changes(query, part));
    }),
    '/pipeline': route([], (asked) => unlessKnown(asked, () => ({ items: asked.reader.pipeline() }))),
    '/registries': route([], ({ reader }) => fresh({ items: reader.registries() })),
    '/remotes': route([], ({ reader }) => fresh({ items: reader.remotes() })),
    '/events': route([], ({ reader }) => eventStream(reader, clock)),
    '/openapi.json': route([], () => jsonReply(text, hashOf(text))),
    '/{rest...}': () =>
      problemReply(404, 'not-found', { detail: 'there is no such path; see /api/v1/openapi.json' }),
  };
  return Object.fromEntries(Object.entries(routes).map(([path, one]) => [`${STATUS_PATH}${path}`, one]));
}

function orProblem(answer: () => Reply): Reply {
  try {
    return answer();
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'usage-invalid') return problemReply(400, error.code, { detail: error.line });
    if (error.code === 'not-found') return problemReply(404, error.code, { detail: error.line });
    throw thrown;
  }
}

/** What is there does not change while the revision stays. */
function unlessKnown({ reader, request }: Asked, answer: () => object): RouteReply {
  const { revision } = reader.overview();
  const { 'argocd-application-name': confinement = '' } = request.headers;
  const etag = hashOf([revision, request.path, request.query.toString(), String(confinement)].join('\n'));
  return jsonReply(() => JSON.stringify(answer()), etag);
}

/** What may change at any time. */
function fresh(answer: object): RouteReply {
  const body = JSON.stringify(answer);
  return jsonReply(body, hashOf(body));
}

function jsonReply(body: RouteReply['body'], etag: string): RouteReply {
  return {
    status: 200,
    contentType: 'application/json',
    headers: { 'Cache-Control': 'no-cache' },
    etag,
    body,
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
