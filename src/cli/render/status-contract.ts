import * as z from 'zod';

const outcome = z.enum(['update', 'updated', 'current', 'held', 'skipped', 'failed']);
const time = z.number().describe('Milliseconds since 1970');
const version = z.object({ tag: z.string().exactOptional(), digest: z.string().optional() });

const owner = {
  namespace: z.string().describe('Namespace of the Application; empty when the manifest names none'),
  application: z.string().describe('Name of the Application'),
  alias: z.string().describe('Alias in `image-list`; empty when the image has none'),
  image: z.string().describe('Registry and name as written'),
};

const tagCode = z
  .enum([
    'chosen',
    'lower',
    'older',
    'same-version',
    'not-allowed',
    'other-pattern',
    'ignored',
    'no-version',
    'outside-constraint',
    'prerelease',
    'not-followed',
    'not-promoted',
    'turned-away',
    'young',
    'unfit',
    'unreadable',
    'no-time',
    'not-reached',
    'supplementary',
  ])
  .describe('What became of it, for machines');

/** What `lynceus explain --output json` prints, and the status API answers. Keys are added, never renamed or removed. */
export const explainOutput = z
  .object({
    ...owner,
    outcome,
    code: z.string().describe('Why, for machines: a code of docs/errors.md or docs/logs.md'),
    reason: z.string().describe('One sentence for people'),
    current: version.exactOptional().describe('Version in force; absent when there is none'),
    candidate: version.exactOptional().describe('What was chosen; absent when nothing was'),
    listedAt: time
      .exactOptional()
      .describe('When the tags were listed; absent where the registry was not asked'),
    strategy: z.string().describe('How a version is chosen; empty where that could not be read'),
    counts: z.object({
      listed: z.int().nonnegative().describe('Tags in the registry'),
      considered: z.int().nonnegative().describe('Tags that passed the filters'),
      codes: z
        .record(z.string(), z.int())
        .describe('How many tags have each code, also those that are not in `tags`'),
    }),
    tags: z
      .array(
        z.object({
          tag: z.string(),
          code: tagCode,
          reason: z.string().describe('What became of it, for people'),
          inForce: z
            .literal(true)
            .exactOptional()
            .describe('It is the version in force; absent when it is not'),
          time: time
            .exactOptional()
            .describe('When it was pushed, first seen or built; absent where that was not asked for'),
          digest: z.string().exactOptional().describe('Absent where it was not asked for'),
        }),
      )
      .describe('The newest first: 50 of them, and the chosen one and the one in force; all with `--all`'),
    needed: z.array(z.string()).describe('What would have to be another way for another answer, for people'),
  })
  .meta({ title: 'Output of lynceus explain --output json' });
const policy = z
  .object({
    strategy: z.string(),
    constraint: z.string().exactOptional(),
    allowTags: z.string().exactOptional(),
    ignoreTags: z.array(z.string()),
    platforms: z.array(z.string()),
    minimumAge: z.string().exactOptional(),
    windows: z.array(z.string()),
    signatures: z.array(z.string()).describe('Names of signature policies'),
    verify: z.array(z.string()).describe('Names of checks'),
    promoteFrom: z.array(z.string()),
    promoteWhen: z.string().exactOptional(),
    paused: z.string().exactOptional(),
    hold: z.string().exactOptional(),
  })
  .describe('What is asked of versions, as people write it; absent where it could not be read');

const git = z.object({
  remote: z.string().describe('Without credentials'),
  branch: z.string(),
  path: z.string().exactOptional().describe('File, from the root of the work tree'),
  commit: z.string().exactOptional(),
  commitUrl: z.string().exactOptional().describe('Page of the commit; absent where its host is not known'),
});

/** An image as the status API shows it: `ImageStatus`. */
const imageStatus = z.object({
  id: z.string().describe('Stable and unique'),
  ...owner,
  project: z.string().exactOptional().describe('AppProject of the Application'),
  updater: z.string().exactOptional().describe('The ImageUpdater that it is of; absent for annotations'),
  outcome,
  code: z.string().describe('Why, for machines: a code of docs/errors.md or docs/logs.md'),
  reason: z.string().describe('One sentence for people'),
  facts: z.record(z.string(), z.unknown()).describe('What the reason is made of'),
  since: time.describe('Since when outcome, code and candidate are what they are; milliseconds since 1970'),
  checkedAt: time.describe('When it was evaluated last; milliseconds since 1970'),
  current: version.exactOptional(),
  candidate: version.exactOptional(),
  behind: z.number().exactOptional().describe('How many versions are newer; absent where that is not known'),
  tags: z
    .object({ seen: z.number(), considered: z.number() })
    .exactOptional()
    .describe('Tags in the registry, and left after the filters; absent where it was not asked'),
  hold: z
    .object({
      until: z.number().exactOptional(),
      author: z.string().exactOptional(),
      commit: z.string().exactOptional(),
      check: z.string().exactOptional(),
      release: z.string().exactOptional(),
    })
    .exactOptional()
    .describe('Who or what holds it, until when, and the command that ends it'),
  policy: policy.exactOptional(),
  writer: z.enum(['git', 'argocd']).exactOptional(),
  git: git.exactOptional(),
  pullRequest: z.string().exactOptional().describe('Page of the pull request that proposes it'),
  deployment: z
    .object({
      sync: z.string(),
      health: z.string(),
      healthSince: z.number().exactOptional(),
      revision: z.string().exactOptional(),
    })
    .exactOptional()
    .describe('What Argo CD says of the Application'),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  problems: z.array(z.object({ code: z.string(), key: z.string(), message: z.string() })),
});

const change = z.object({
  id: z.string(),
  imageId: z.string(),
  at: time,
  kind: z.string().describe('What happened, for machines'),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
  text: z.string().describe('One sentence for people'),
  by: z.string().exactOptional(),
  check: z.string().exactOptional(),
  git: git.exactOptional(),
  pullRequest: z.string().exactOptional(),
});

/** What is known of one image: `ImageStory`. */
const imageStory = z.object({
  image: imageStatus,
  changes: z.array(change).describe('What happened to it, newest first; empty without a daemon'),
  verification: z
    .object({
      state: z.enum(['waiting', 'running', 'verified', 'failed', 'inconclusive']),
      commit: z.string(),
      since: time,
      checks: z.array(z.object({ name: z.string(), state: z.string(), detail: z.string().exactOptional() })),
    })
    .exactOptional()
    .describe('What is watched of the version that was written last'),
  promotedTo: z.array(z.string()).describe('The images that are promoted from it, by their ids'),
});

/** All in one look: `StatusOverview`. */
const statusOverview = z.object({
  version: z.string().describe('Of Lynceus'),
  revision: z.string().describe('Another text means that something is different'),
  shard: z.string().exactOptional(),
  leader: z.object({ leads: z.boolean(), place: z.string().exactOptional() }),
  cycle: z
    .object({
      id: z.string(),
      startedAt: time,
      seconds: z.number(),
      failures: z.array(z.object({ code: z.string(), message: z.string() })),
      costs: z.object({ registryRequests: z.number(), gitFetches: z.number(), gitPushes: z.number() }),
    })
    .exactOptional()
    .describe('The last cycle; absent before the first one ended'),
  nextAt: time.exactOptional().describe('When the next cycle is due; milliseconds since 1970'),
  paused: z.string().exactOptional(),
  applications: z.number(),
  images: z.record(outcome, z.number()).describe('How many images have each outcome'),
  held: z.record(z.string(), z.number()).describe('Images that are held, by code'),
  problems: z.number(),
  verificationsRunning: z.number(),
});

/** One part of a list: `StatusPage`. */
const imagesPage = z.object({
  items: z.array(imageStatus),
  total: z.number(),
  next: z.string().exactOptional(),
});

/** What `lynceus status --output json` prints. Keys are added, never renamed or removed. */
export const statusOutput = z
  .object({
    status: statusOverview.describe('As `GET /api/v1/status` answers'),
    images: z
      .array(imageStatus)
      .describe('As the items of `GET /api/v1/images`, the ones that need somebody first'),
    stories: z
      .array(imageStory)
      .exactOptional()
      .describe('Of the images of the Application that is named; absent where none is'),
  })
  .meta({ title: 'Output of lynceus status --output json' });

/** What the status API answers, as far as it is read here; keys that are not known stay as they are. */
export const STATUS_ANSWERS = { overview: statusOverview, page: imagesPage, story: imageStory } as const;

export type StatusOutput = z.infer<typeof statusOutput>;
