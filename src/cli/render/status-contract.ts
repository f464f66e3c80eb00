import * as z from 'zod';

const outcome = z.enum(['update', 'updated', 'current', 'held', 'skipped', 'failed']);
const time = z.number().describe('Milliseconds since 1970');
const version = z.object({ tag: z.string().optional(), digest: z.string().optional() });

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
    current: version.optional().describe('Version in force; absent when there is none'),
    candidate: version.optional().describe('What was chosen; absent when nothing was'),
    listedAt: time.optional().describe('When the tags were listed; absent where the registry was not asked'),
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
          inForce: z.literal(true).optional().describe('It is the version in force; absent when it is not'),
          time: time
            .optional()
            .describe('When it was pushed, first seen or built; absent where that was not asked for'),
          digest: z.string().optional().describe('Absent where it was not asked for'),
        }),
      )
      .describe('The newest first: 50 of them, and the chosen one and the one in force; all with `--all`'),
    needed: z.array(z.string()).describe('What would have to be another way for another answer, for people'),
  })
  .meta({ title: 'Output of lynceus explain --output json' });
