import { formatName, repositoryOf } from '../core/image/reference.ts';
import type { ApplicationId, UpdatePolicy } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { LynceusError } from '../errors.ts';
import { aliasInKeys, annotationName } from './annotations.ts';
import type { Application } from './application.ts';
import { declaredImage } from './declared-image.ts';
import { parseImageList } from './image-list.ts';
import type { ImageListItem } from './image-list.ts';
import { readSlot } from './image-slot.ts';
import { liveness } from './live-images.ts';
import { homeOf, mayNameSecretsIn } from './policy-question.ts';
import type { PolicyContext, PolicyQuestion } from './policy-question.ts';
import { createProblemList, shown } from './problems.ts';
import type { ProblemList } from './problems.ts';
import { readAnnotations } from './read-annotations.ts';
import { readImageWish } from './read-image.ts';
import { markSharedNames } from './shared-names.ts';
import { readWriteBack } from './write-back.ts';
import type { WriteBack } from './write-back.ts';

export type { PolicyContext } from './policy-question.ts';

/** An image that is left alone because of its problems. */
export interface RefusedImage {
  readonly application: ApplicationId;
  readonly alias: string;
  /** Registry and name as written, or the text of the item when it could not be read. */
  readonly image: string;
  /** At least one; those of the whole Application first. */
  readonly problems: readonly Problem[];
}

export interface PolicyReading {
  readonly policies: readonly UpdatePolicy[];
  readonly refused: readonly RefusedImage[];
  /** Each problem once, also those of refused images. */
  readonly problems: readonly Problem[];
}

/**
 * Translates the annotations of one Application. Every image of its list ends in `policies` or in `refused`; without
 * `image-list` there is nothing at all. Nothing is guessed: what cannot be understood is a problem, and the image
 * (or, when nobody can tell which one is meant, every image) is left alone.
 */
export function readPolicies(application: Application, context: PolicyContext): PolicyReading {
  const key = annotationName('image-list');
  const value = Object.hasOwn(application.annotations, key) ? application.annotations[key] : undefined;
  if (value === undefined) return { policies: [], refused: [], problems: [] };
  const id: ApplicationId = { namespace: application.namespace, name: application.name };
  const problems = createProblemList(id, undefined);
  const items = problems.attempt({ key, value }, parseImageList);
  if (items === undefined) return { policies: [], refused: [], problems: problems.all };
  const annotations = readAnnotations(
    application,
    items.map(({ alias }) => alias),
  );
  const question: PolicyQuestion = { application, context, annotations, problems };
  const writeBack = readWriteBack(question);
  for (const one of annotations.unknown) if (one.alias === undefined) problems.add(one, one.error);
  const taken = countAliases(items);
  const readings = items.map((item) => readItem({ item, id, question, writeBack, taken }));
  const policies = readings.flatMap(({ policy }) => (policy === undefined ? [] : [policy]));
  return {
    policies:
      writeBack === undefined ? [] : markSharedNames(policies).map((one) => withDeclared(one, writeBack)),
    refused: readings.flatMap(({ refused }) => (refused === undefined ? [] : [refused])),
    problems: [...problems.all, ...readings.flatMap((reading) => reading.problems)],
  };
}

interface ItemQuestion {
  readonly item: ImageListItem;
  readonly id: ApplicationId;
  readonly question: PolicyQuestion;
  readonly writeBack: WriteBack | undefined;
  /** How many images share an alias, by the alias as annotation keys spell it. */
  readonly taken: ReadonlyMap<string, number>;
}

interface ItemReading {
  readonly policy: UpdatePolicy | undefined;
  readonly refused: RefusedImage | undefined;
  /** Those of this image alone. */
  readonly problems: readonly Problem[];
}

function readItem(asked: ItemQuestion): ItemReading {
  const { item, id, question } = asked;
  const problems = createProblemList(id, item.alias);
  const policy = readPolicy(asked, problems);
  const all = [...question.problems.all, ...problems.all];
  if (policy !== undefined && all.length === 0) return { policy, refused: undefined, problems: [] };
  const image = item.kind === 'image' ? formatName(item.image) : shown(item.text);
  return {
    policy: undefined,
    refused: { application: id, alias: item.alias, image, problems: all },
    problems: problems.all,
  };
}

function readPolicy(
  { item, id, question, writeBack, taken }: ItemQuestion,
  problems: ProblemList,
): UpdatePolicy | undefined {
  const { application, context, annotations } = question;
  const { alias, text } = item;
  const found = { key: annotationName('image-list'), value: text };
  if (item.kind === 'unreadable') problems.add(found, item.error);
  if ((taken.get(aliasInKeys(alias)) ?? 0) > 1) problems.add(found, sharedAlias(alias));
  for (const one of annotations.unknown) if (one.alias === alias) problems.add(one, one.error);
  if (item.kind === 'unreadable') return undefined;
  const { image, constraint } = item;
  const wish = readImageWish({
    alias,
    constraint,
    text,
    namespace: homeOf(application, context),
    defaults: {
      rollback: context.defaultRollback ?? 'resume-on-newer',
      allowDowngrade: context.defaultAllowDowngrade ?? false,
    },
    mayNameSecretsIn: (namespace) => mayNameSecretsIn(namespace, application, context),
    annotations,
    problems,
  });
  const slot = writeBack && readSlot({ alias, image, family: writeBack.family, annotations, problems });
  if (writeBack === undefined || slot === undefined) return undefined;
  return {
    application: id,
    alias,
    image,
    repository: repositoryOf(image, context.defaultRegistry),
    ...wish,
    live: liveness(application.liveImages, { image, slot, defaultRegistry: context.defaultRegistry }),
    declared: undefined,
    slot,
    target: writeBack.target,
  };
}

/** What is declared depends on the whole list: a name that several images would have says nothing of any of them. */
function withDeclared(policy: UpdatePolicy, writeBack: WriteBack): UpdatePolicy {
  return holdsImages(writeBack)
    ? { ...policy, declared: declaredImage(policy.slot, writeBack.source) }
    : policy;
}

/** Whether the Application's own lists are what is written, so that they also say what holds now. */
function holdsImages({ target }: WriteBack): boolean {
  return target.method === 'application' || target.file.kind === 'override';
}

function countAliases(items: readonly ImageListItem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { alias } of items) {
    if (alias !== '') counts.set(aliasInKeys(alias), (counts.get(aliasInKeys(alias)) ?? 0) + 1);
  }
  return counts;
}

function sharedAlias(alias: string): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    `expected every alias once, found ${alias} on several images`,
    {
      hint:
        alias.includes('/') || alias.includes('_')
          ? 'in annotation keys "/" is written "_", so a/b and a_b are the same'
          : 'give each image an alias of its own',
    },
  );
}
