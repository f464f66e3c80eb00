import { IMAGE_OUTCOMES } from '../core/status/count-images.ts';
import { IMAGE_ORDERS } from '../core/status/status-pages.ts';
import { SCHEMAS, type JsonSchema } from './openapi-schemas.ts';
import { PROBLEM_TYPE } from './problem-reply.ts';
import { HIGHEST_LIMIT, USUAL_LIMIT } from './read-query.ts';

/** Parameters by their names, each of a query. */
const QUERY: Readonly<Record<string, { readonly about: string; readonly schema: JsonSchema }>> = {
  search: {
    about:
      'Words that must all occur in application, alias, image, version, code or reason, in whatever case.',
    schema: { type: 'string' },
  },
  outcome: {
    about: `Outcomes with commas between them: ${IMAGE_OUTCOMES.join(', ')}.`,
    schema: { type: 'string' },
  },
  code: { about: 'A code of a reason or an error.', schema: { type: 'string' } },
  namespace: { about: 'Namespace of the Application.', schema: { type: 'string' } },
  project: { about: 'Its AppProject.', schema: { type: 'string' } },
  application: { about: 'Its name.', schema: { type: 'string' } },
  image: { about: 'Alias of an image, or its name in any spelling.', schema: { type: 'string' } },
  sort: {
    about: 'The order; `attention` is what failed first, then what is held, what waits, what is up to date.',
    schema: { type: 'string', enum: IMAGE_ORDERS, default: 'attention' },
  },
  limit: {
    about: 'How many items a part of the list has at most.',
    schema: { type: 'integer', minimum: 1, maximum: HIGHEST_LIMIT, default: USUAL_LIMIT },
  },
  after: { about: 'The `next` of the part before.', schema: { type: 'string' } },
};

const FILTERS = ['search', 'outcome', 'code', 'namespace', 'project', 'application', 'image'];

interface Operation {
  readonly id: string;
  readonly about: string;
  /** The name of the schema of its answer. */
  readonly answer: string;
  readonly query?: readonly string[];
  readonly path?: readonly string[];
}

function operation({ id, about, answer, query = [], path = [] }: Operation): JsonSchema {
  return {
    get: {
      operationId: id,
      summary: about,
      parameters: [
        ...path.map((name) => ({
          name,
          in: 'path',
          required: true,
          description: PATH_PARAMETERS[name],
          schema: { type: 'string' },
        })),
        ...query.map((name) => ({
          name,
          in: 'query',
          description: QUERY[name]?.about,
          schema: QUERY[name]?.schema,
        })),
        { $ref: '#/components/parameters/IfNoneMatch' },
      ],
      responses: {
        200: {
          description: 'What is known, from memory.',
          headers: { ETag: { schema: { type: 'string' } } },
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } },
        },
        304: { description: 'It is what `If-None-Match` says.' },
        ...(query.length === 0 ? {} : { 400: problem }),
        ...(path.length === 0 ? {} : { 404: problem }),
        default: problem,
      },
    },
  };
}

const problem: JsonSchema = {
  description: 'Something is wrong.',
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  namespace: 'Namespace of the Application; `-` where its manifest names none.',
  application: 'Name of the Application.',
  alias: 'Alias of the image; its registry and name where it has none. Percent-encoded: `/` is `%2F`.',
};

const EVENTS: JsonSchema = {
  get: {
    operationId: 'followStatus',
    summary: 'Server-sent events: one at once, and one after each change.',
    responses: {
      200: {
        description:
          'Events named `status`. The data is JSON with the `revision` of the overview, `imageIds` of what changed (none: only the overview), and `more` where more changed than are named. Each event tells of what is now: `Last-Event-ID` is not needed.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      default: problem,
    },
  },
};

/** The OpenAPI 3.1 document of the status API. */
export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Lynceus status',
    version: '1',
    summary: 'What the image updater knows of images, as JSON. Nothing can be changed by it.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/api/v1' }],
  security: [{}, { bearer: [] }],
  paths: {
    '/status': operation({ id: 'getStatus', about: 'All in one look.', answer: 'Overview' }),
    '/images': operation({
      id: 'listImages',
      about: 'Images, in parts.',
      answer: 'Images',
      query: [...FILTERS, 'sort', 'limit', 'after'],
    }),
    '/images/{namespace}/{application}/{alias}': operation({
      id: 'getImage',
      about: 'An image, and what happened to it.',
      answer: 'Story',
      path: ['namespace', 'application', 'alias'],
    }),
    '/images/{namespace}/{application}/{alias}/explanation': operation({
      id: 'explainImage',
      about: 'What became of each tag of an image in the last cycle, and what would give another answer.',
      answer: 'Explanation',
      path: ['namespace', 'application', 'alias'],
    }),
    '/changes': operation({
      id: 'listChanges',
      about: 'What happened to images lately, newest first, in parts.',
      answer: 'Changes',
      query: [...FILTERS, 'limit', 'after'],
    }),
    '/pipeline': operation({
      id: 'getPipeline',
      about: 'Images that are promoted, upstream before downstream.',
      answer: 'Pipeline',
    }),
    '/registries': operation({
      id: 'listRegistries',
      about: 'Registries that were asked since the process began.',
      answer: 'Registries',
    }),
    '/remotes': operation({
      id: 'listRemotes',
      about: 'Git remotes, with the last fetch and push.',
      answer: 'Remotes',
    }),
    '/events': EVENTS,
  },
  components: {
    parameters: {
      IfNoneMatch: {
        name: 'If-None-Match',
        in: 'header',
        description: 'The `ETag` of an answer that is there already.',
        schema: { type: 'string' },
      },
    },
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        description: 'Where `server.statusAccess` is `token`: a token of Kubernetes.',
      },
    },
    schemas: SCHEMAS,
  },
} as const;
