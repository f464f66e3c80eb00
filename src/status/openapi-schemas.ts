import { IMAGE_OUTCOMES } from '../core/status/count-images.ts';
import { PROMOTION_APPROVALS, PROMOTION_STAGES } from '../core/promotion/promotion-policy.ts';

/** A JSON Schema (draft 2020-12), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const TEXT: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
const YES_OR_NO: JsonSchema = { type: 'boolean' };
const TIME: JsonSchema = { type: 'number', description: 'Milliseconds since 1970-01-01T00:00:00Z.' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };

function about(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

function oneOf(texts: readonly string[]): JsonSchema {
  return { type: 'string', enum: texts };
}

/** An object with these members and no other; a name with `?` behind it may be absent. */
function object(members: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const entries = Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ''), schema] as const);
  return {
    type: 'object',
    required: Object.keys(members).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(entries),
    additionalProperties: false,
  };
}

function pageOf(items: JsonSchema): JsonSchema {
  return object({
    items: list(items),
    total: about(COUNT, 'How many there are in all parts.'),
    'next?': about(TEXT, 'The parameter `after` for the next part; absent at the end.'),
  });
}

const CHANGE_KINDS = [
  'updated',
  'proposed',
  'promoted',
  'set',
  'synced',
  'verified',
  'verification-failed',
  'inconclusive',
  'rolled-back',
  'held',
  'failing',
  'recovered',
];

/** The shapes of the answers of the status API: those of core/status. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'Why a request is not answered (RFC 9457).',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: TEXT,
      title: TEXT,
      status: { type: 'integer' },
      code: about(TEXT, 'For machines, and stable: a code of docs/errors.md.'),
      detail: about(TEXT, 'One sentence for people.'),
    },
    additionalProperties: false,
  },
  Version: object({ 'tag?': TEXT, 'digest?': TEXT }),
  Hold: object({
    'until?': about(TIME, 'When it ends by itself, in milliseconds since 1970.'),
    'author?': TEXT,
    'commit?': TEXT,
    'check?': TEXT,
    'release?': about(TEXT, 'A command that ends it.'),
  }),
  Policy: object({
    strategy: TEXT,
    'constraint?': TEXT,
    'allowTags?': TEXT,
    ignoreTags: TEXTS,
    platforms: TEXTS,
    'minimumAge?': TEXT,
    windows: TEXTS,
    signatures: TEXTS,
    verify: TEXTS,
    promoteFrom: about(TEXTS, 'Ids of images or, where they are not known, how the annotation names them.'),
    'promoteWhen?': TEXT,
    'paused?': TEXT,
    'hold?': TEXT,
  }),
  Git: object({
    remote: about(TEXT, 'Host and path, without credentials.'),
    branch: TEXT,
    'path?': TEXT,
    'commit?': TEXT,
    'commitUrl?': about(TEXT, 'Page of the commit; absent where the kind of its host is not known.'),
  }),
  Deployment: object({ sync: TEXT, health: TEXT, 'healthSince?': TIME, 'revision?': TEXT }),
  Image: object({
    id: about(
      TEXT,
      'Stable and unique: namespace/application/alias, each percent-encoded; the image in place of no alias.',
    ),
    namespace: TEXT,
    application: TEXT,
    'project?': TEXT,
    'updater?': about(TEXT, 'The ImageUpdater that it is of; absent for annotations.'),
    alias: TEXT,
    image: about(TEXT, 'Registry and name as written.'),
    outcome: oneOf(IMAGE_OUTCOMES),
    code: about(TEXT, 'For machines, and stable: a reason of docs/logs.md or an error of docs/errors.md.'),
    reason: about(TEXT, 'One sentence for people. Foreign text may be in it.'),
    facts: about({ type: 'object' }, 'What the reason is made of, by its code.'),
    since: about(
      TIME,
      'Since when outcome, code and candidate are what they are, in milliseconds since 1970.',
    ),
    checkedAt: about(TIME, 'When it was evaluated last, in milliseconds since 1970.'),
    'current?': ref('Version'),
    'candidate?': ref('Version'),
    'behind?': about(
      COUNT,
      'How many versions that the policy lets through are newer than the one in force.',
    ),
    'tags?': object({ seen: COUNT, considered: COUNT }),
    'hold?': ref('Hold'),
    'policy?': ref('Policy'),
    'writer?': oneOf(['git', 'argocd']),
    'git?': ref('Git'),
    'pullRequest?': TEXT,
    'deployment?': ref('Deployment'),
    warnings: list(object({ code: TEXT, message: TEXT })),
    problems: list(object({ code: TEXT, key: TEXT, message: TEXT })),
  }),
  Change: object({
    id: TEXT,
    imageId: TEXT,
    at: TIME,
    kind: oneOf(CHANGE_KINDS),
    'from?': TEXT,
    'to?': TEXT,
    text: about(TEXT, 'One sentence for people.'),
    'by?': TEXT,
    'check?': TEXT,
    'git?': ref('Git'),
    'pullRequest?': TEXT,
  }),
  Verification: object({
    state: oneOf(['waiting', 'running', 'verified', 'failed', 'inconclusive']),
    commit: TEXT,
    since: TIME,
    checks: list(object({ name: TEXT, state: TEXT, 'detail?': TEXT })),
  }),
  Story: object({
    image: ref('Image'),
    changes: about(list(ref('Change')), 'Newest first.'),
    'verification?': ref('Verification'),
    promotedTo: about(TEXTS, 'Ids of the images that are promoted from this one.'),
  }),
  Explanation: object({
    namespace: TEXT,
    application: TEXT,
    alias: TEXT,
    image: TEXT,
    outcome: oneOf(IMAGE_OUTCOMES),
    code: TEXT,
    reason: TEXT,
    'current?': ref('Version'),
    'candidate?': ref('Version'),
    'listedAt?': about(TIME, 'When the tags were listed, in milliseconds since 1970.'),
    strategy: TEXT,
    counts: object({
      listed: COUNT,
      considered: about(COUNT, 'Left after the filters.'),
      codes: { type: 'object', additionalProperties: COUNT, description: 'How many tags have each code.' },
    }),
    tags: about(
      list(
        object({
          tag: TEXT,
          code: about(TEXT, 'What became of it, for machines: see docs/json-output.md, lynceus explain.'),
          reason: TEXT,
          'inForce?': YES_OR_NO,
          'time?': about(TIME, 'When it was pushed, first seen or built, in milliseconds since 1970.'),
          'digest?': TEXT,
        }),
      ),
      'The newest first: 50 of them, the chosen one and the one in force.',
    ),
    needed: about(TEXTS, 'What would have to be another way for another answer, for people.'),
  }),
  Images: pageOf(ref('Image')),
  Changes: pageOf(ref('Change')),
  Pipeline: object({
    items: list(
      object({
        imageId: TEXT,
        upstreams: TEXTS,
        'when?': oneOf(PROMOTION_STAGES),
        'after?': TEXT,
        'approval?': oneOf(PROMOTION_APPROVALS),
        'current?': TEXT,
        'candidate?': TEXT,
        'waitsFor?': TEXT,
      }),
    ),
  }),
  Registries: object({
    items: list(
      object({
        registry: TEXT,
        requests: about(COUNT, 'Since the process began.'),
        failures: COUNT,
        'lastAt?': TIME,
        'quota?': object({ remaining: COUNT, limit: COUNT, at: TIME }),
        'pausedUntil?': TIME,
        'pausedBecause?': TEXT,
      }),
    ),
  }),
  Remotes: object({
    items: list(
      object({
        remote: TEXT,
        'lastFetch?': object({ at: TIME, ok: YES_OR_NO }),
        'lastPush?': object({ at: TIME, ok: YES_OR_NO }),
      }),
    ),
  }),
  Overview: object({
    version: TEXT,
    revision: about(TEXT, 'Another text means that something is different.'),
    'shard?': TEXT,
    leader: object({ leads: YES_OR_NO, 'place?': TEXT }),
    'cycle?': object({
      id: TEXT,
      startedAt: TIME,
      seconds: { type: 'number' },
      failures: list(object({ code: TEXT, message: TEXT })),
      costs: object({ registryRequests: COUNT, gitFetches: COUNT, gitPushes: COUNT }),
    }),
    'nextAt?': TIME,
    'paused?': about(TEXT, 'Why everything is paused; absent when it is not.'),
    applications: COUNT,
    images: object(Object.fromEntries(IMAGE_OUTCOMES.map((outcome) => [outcome, COUNT]))),
    held: { type: 'object', additionalProperties: COUNT, description: 'Images that are held, by code.' },
    problems: COUNT,
    verificationsRunning: COUNT,
  }),
};
