import * as z from 'zod';
import { NOTICE_KINDS } from '../../core/notices/notice-kind.ts';

const version = z
  .string()
  .nullable()
  .describe('`tag`, `tag@digest`, or a digest alone where no tag is written; null when there is none');

const code = z
  .string()
  .describe('Why, for machines: a code of docs/errors.md for what failed, else one of docs/logs.md');

const owner = {
  application: z.string().describe('Name of the Application'),
  namespace: z.string().describe('Its namespace; empty when the manifest names none'),
};

const image = {
  ...owner,
  alias: z.string().describe('Alias in `image-list`; empty when the image has none'),
  image: z.string().describe('Registry and name as written in `image-list`'),
};

const problem = z.object({
  ...owner,
  code: z.string().describe('What is wrong, for machines: a code of docs/errors.md'),
  key: z.string().describe('Annotation key or manifest path'),
  value: z.string().describe('The value found; empty when there is none'),
  message: z.string().describe('What is wrong, and what would be right'),
});

const warning = z.object({
  code: z.string().describe('Why, as a stable code: see logs.md'),
  message: z.string().describe('One sentence for people'),
});

/** What `lynceus plan --output json` prints. A stable contract: keys are added, never renamed or removed. */
export const planOutput = z
  .object({
    changes: z
      .array(
        z.object({
          ...image,
          code,
          from: version,
          to: version,
          writer: z.enum(['git', 'argocd']).describe('How it is written'),
          remote: z.string().nullable().describe('Git remote, without credentials'),
          branch: z
            .string()
            .nullable()
            .describe('Branch that is pushed; null when the remote could not be asked for it'),
          path: z.string().nullable().describe('File that is changed, from the root of the work tree'),
          pullRequest: z
            .object({
              action: z.enum(['open', 'update', 'keep']).describe('What is done with it'),
              url: z.string().nullable().describe('Its page; null when it is yet to be opened'),
            })
            .nullable()
            .describe('Pull request that proposes the change; null when it is written without one'),
        }),
      )
      .describe('What would be written'),
    images: z
      .array(
        z.object({
          ...image,
          outcome: z.enum(['update', 'updated', 'current', 'held', 'skipped', 'failed']),
          code,
          reason: z.string().describe('One sentence for people'),
          current: version.describe('Version that is in the file now'),
          candidate: version.describe('What was chosen'),
          heldUntil: z
            .string()
            .nullable()
            .describe(
              'When what holds it ends by itself, in UTC (RFC 3339); null when it is not held, or no time is known',
            ),
          warnings: z.array(warning).describe('What a person should know although nothing failed for it'),
        }),
      )
      .describe('Every image that was evaluated'),
    problems: z.array(problem).describe('What a person must change'),
  })
  .meta({ title: 'Output of lynceus plan --output json' });

/** What `lynceus lint --output json` prints. */
export const lintOutput = z
  .object({
    applications: z.int().nonnegative().describe('Applications that were read'),
    images: z.int().nonnegative().describe('Images whose annotations are right'),
    problems: z.array(problem),
    updaters: z.int().nonnegative().describe('ImageUpdater resources that were read'),
    leftOut: z
      .int()
      .nonnegative()
      .describe('Applications whose annotations do not count, because an ImageUpdater is beside them'),
    warnings: z
      .array(z.object({ ...image, ...warning.shape }))
      .describe('Images that are written without effect, as far as the manifests show it'),
  })
  .meta({ title: 'Output of lynceus lint --output json' });

const updaterName = z.object({
  name: z.string().describe('Name of the ImageUpdater'),
  namespace: owner.namespace,
});

/** What `lynceus convert --output json` prints. */
export const convertOutput = z
  .object({
    created: z
      .array(z.looseObject({ apiVersion: z.string(), kind: z.string() }))
      .describe('Manifests of ImageUpdaters that come'),
    deleted: z.array(updaterName).describe('ImageUpdaters that go'),
    changes: z
      .array(
        z.object({
          ...owner,
          remove: z.array(z.string()).describe('Annotations that go, by their full names'),
          set: z.record(z.string(), z.string()).describe('Annotations that come'),
        }),
      )
      .describe('Applications whose annotations change'),
    files: z.array(z.string()).describe('Files that change; empty for a cluster'),
    problems: z.array(problem).describe('What the other form cannot say, and what cannot be read'),
    notes: z
      .array(
        z.object({
          ...owner,
          code: z.enum(['alias-changed', 'left-alone']).describe('What the note is about'),
          message: z.string(),
        }),
      )
      .describe('What is said a little differently, or left alone'),
  })
  .meta({ title: 'Output of lynceus convert --output json' });

const globs = z.array(z.string()).optional();

/** What `lynceus permissions --output json` prints. */
export const permissionsOutput = z
  .object({
    applications: z.int().nonnegative().describe('Applications that were read'),
    images: z.int().nonnegative().describe('Images that were looked at'),
    rules: z
      .array(
        z.object({
          projects: globs,
          namespaces: globs,
          applications: globs,
          remotes: globs,
          branches: globs,
          paths: globs,
          keys: globs,
          registries: globs,
          logins: globs,
          templates: globs,
          promoteFrom: globs,
        }),
      )
      .describe('The list `permissions.rules` of the configuration'),
    unread: z
      .array(z.object({ ...owner, alias: z.string(), code, message: z.string() }))
      .describe('Images whose place could not be looked at, so that their rules may lack something'),
    problems: z.array(problem).describe('What a person must change, whatever the rules are'),
  })
  .meta({ title: 'Output of lynceus permissions --output json' });

/** What `lynceus test --output json` prints. */
export const testOutput = z
  .object({
    image: z.string(),
    strategy: z.enum(['semver', 'newest-build', 'newest-pushed', 'alphabetical', 'digest']),
    candidate: z.string().nullable().describe('The chosen tag; null when no tag qualifies'),
    digest: z.string().nullable().describe('Digest of the chosen tag; null when it was not needed'),
    reason: z.string().describe('One sentence for people: why this one, or why none'),
    tagsSeen: z.int().nonnegative().describe('Tags in the registry'),
    tagsConsidered: z.int().nonnegative().describe('Tags that passed the filters'),
    requests: z.int().nonnegative().describe('Requests sent to the registry and its token service'),
    login: z
      .object({
        identity: z.string().describe('Name of the login that was used; `anonymous` for none'),
        why: z.string().describe('One sentence for people: why this one, or why none'),
      })
      .describe('Who asked the registry'),
  })
  .meta({ title: 'Output of lynceus test --output json' });

/** What `lynceus verify --output json` prints. */
export const notifyOutput = z
  .object({
    tests: z
      .array(
        z.object({
          service: z.string(),
          recipient: z.string().nullable().describe('null where the service sends by default'),
          sent: z.boolean().describe('Whether the service took the test notice'),
          code: z.string().nullable().describe('Error code; null when it was taken'),
          reason: z.string().nullable().describe('Why it was not; null when it was'),
        }),
      )
      .describe('With --test'),
    images: z
      .array(
        z.object({
          ...owner,
          alias: image.alias,
          image: image.image,
          recipients: z.array(
            z.object({
              service: z.string(),
              recipient: z.string().nullable().describe('null where the service sends by default'),
              kinds: z.array(z.enum(NOTICE_KINDS)).describe('Of which it is notified'),
              byAnnotation: z.boolean().describe('Whether an annotation alone says so'),
            }),
          ),
        }),
      )
      .describe('With --application'),
  })
  .meta({ title: 'Output of lynceus notify --output json' });

export const verifyOutput = z
  .object({
    check: z.string(),
    ...owner,
    commit: z.string().nullable().describe('The newest commit of its files; null when none is known'),
    images: z
      .array(
        z.object({
          alias: image.alias,
          image: image.image,
          tag: z.string().nullable().describe('Its tag in Git; null when it has none'),
        }),
      )
      .describe('What the question could name'),
    questions: z
      .array(z.string())
      .describe('What was asked, for people; empty when a value was missing for it'),
    result: z.enum(['success', 'failure', 'inconclusive']),
    answered: z.boolean().describe('Whether there was an answer that could be judged'),
    detail: z.string().describe('One sentence for people: what was found'),
    at: z.string().describe('The time of the measurement, RFC 3339'),
  })
  .meta({ title: 'Output of lynceus verify --output json' });

/** What `lynceus version --output json` prints. */
export const versionOutput = z
  .object({
    version: z.string(),
    commit: z.string().nullable(),
    buildDate: z.string().nullable(),
    node: z.string(),
    platform: z.string(),
  })
  .meta({ title: 'Output of lynceus version --output json' });

const time = z.string().nullable();

/** What `lynceus pipeline --output json` prints. */
export const pipelineOutput = z
  .object({
    images: z
      .array(
        z.object({
          ...image,
          id: z.string().describe('What `promoteFrom` calls it: namespace, Application and alias'),
          promoteFrom: z
            .array(z.string())
            .describe('The images that it is promoted from; empty where it takes versions from the registry'),
          when: z
            .enum(['written', 'synced', 'healthy', 'verified'])
            .nullable()
            .describe('How far a version must have come there'),
          after: z.number().nullable().describe('For how long it must have been so, in seconds'),
          approval: z
            .enum(['none', 'pull-request', 'command'])
            .nullable()
            .describe('What a person has to do'),
          version: version.describe('Version that is in the file now'),
          stage: z
            .enum(['written', 'synced', 'healthy', 'verified'])
            .nullable()
            .describe('How far it has come; null where that is not known'),
          since: time.describe('Since when, as RFC 3339; null where that is not known'),
          health: z.string().nullable().describe('How the Application is, in small letters'),
          outcome: z
            .enum(['update', 'updated', 'current', 'held', 'skipped', 'failed'])
            .nullable()
            .describe('What would happen now; null where it was not evaluated'),
          code: code.nullable(),
          reason: z.string().nullable().describe('One sentence for people: what it waits for'),
          candidate: version.describe('What would be written, or waits'),
          error: z.string().nullable().describe('Why its version could not be read; null where it could'),
        }),
      )
      .describe('Upstream before downstream'),
    problems: z.array(problem).describe('Images that name an upstream which they cannot have'),
  })
  .meta({ title: 'Output of lynceus pipeline --output json' });

/** What `lynceus hold`, `release`, `set` and `promote` print with `--output json`. */
export const overrideOutput = z
  .object({
    images: z.array(
      z.object({
        ...image,
        from: version,
        to: version,
        outcome: z.enum(['updated', 'update', 'current', 'failed']),
        code: z
          .string()
          .nullable()
          .describe(
            'Why nothing was written, for machines: a code of docs/errors.md or docs/logs.md; null when it was, or nothing was to be done',
          ),
        reason: z.string().describe('One sentence for people'),
        branch: z.string().nullable(),
        commit: z.string().nullable().describe('Commit with the change, once pushed'),
      }),
    ),
  })
  .meta({ title: 'Output of lynceus hold, release, set and promote --output json' });

const pause = z.object({
  by: z.string().describe('Who paused; empty when nobody is named'),
  reason: z.string(),
  since: z.string().nullable().describe('In UTC (RFC 3339); null when it is not known'),
});

/** What `lynceus pause` and `resume` print with `--output json`. */
export const pauseOutput = z
  .object({
    application: z
      .object({ namespace: z.string(), name: z.string() })
      .nullable()
      .describe('The Application that was meant; null for everything'),
    changed: z.boolean().describe('Whether anything is another way than before'),
    result: z.string().describe('One sentence for people'),
    notes: z.array(z.string()).describe('What a person should know beside it'),
    everything: pause.nullable().describe('The pause of everything; null for none'),
    rollbacks: pause.nullable().describe('That of rollbacks by checks alone; null for none'),
  })
  .meta({ title: 'Output of lynceus pause and resume --output json' });

export type PauseOutput = z.infer<typeof pauseOutput>;
export type PipelineOutput = z.infer<typeof pipelineOutput>;
export type OverrideOutput = z.infer<typeof overrideOutput>;
export type PlanOutput = z.infer<typeof planOutput>;
export type LintOutput = z.infer<typeof lintOutput>;
export type ConvertOutput = z.infer<typeof convertOutput>;
export type PermissionsOutput = z.infer<typeof permissionsOutput>;
export type TestOutput = z.infer<typeof testOutput>;
export type VersionOutput = z.infer<typeof versionOutput>;
export type NotifyOutput = z.infer<typeof notifyOutput>;
export type VerifyOutput = z.infer<typeof verifyOutput>;
