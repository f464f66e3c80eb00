import { formatName, repositoryOf } from '../core/image/reference.ts';
import type { ApplicationId, TrackedImage, WriteTarget } from '../core/policy.ts';
import { claimOf } from '../core/permissions/judge-write.ts';
import type { Requester } from '../core/permissions/requester.ts';
import type { Problem } from '../core/problem.ts';
import { LynceusError } from '../errors.ts';
import { aliasInKeys, annotationName } from './annotations.ts';
import { exceededAnnotations, exceededImages, exceededRemotes } from './application-bounds.ts';
import type { ExceededBound } from './application-bounds.ts';
import type { Application, ApplicationSource } from './application.ts';
import { declaredImage } from './declared-image.ts';
import { parseImageList } from './image-list.ts';
import type { ImageListItem } from './image-list.ts';
import { readSlot } from './image-slot.ts';
import { liveness, runningImages } from './live-images.ts';
import { homeOf, mayNameSecretsIn } from './policy-input.ts';
import type { PolicyContext, PolicyInput } from './policy-input.ts';
import { createProblemList, shown } from './problems.ts';
import type { ProblemList } from './problems.ts';
import { readAnnotations } from './read-annotations.ts';
import { readImagePolicy } from './read-image.ts';
import { readRequester } from './read-requester.ts';
import { markSharedNames } from './shared-names.ts';
import { hasOwnTarget, readWriteBack } from './write-back.ts';
import type { WriteBack } from './write-back.ts';

export type { PolicyContext } from './policy-input.ts';

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
  readonly images: readonly TrackedImage[];
  readonly refused: readonly RefusedImage[];
  /** Each problem once, also those of refused images. */
  readonly problems: readonly Problem[];
}

/**
 * Translates the annotations of one Application. Every image of its list ends in `images` or in `refused`; without
 * `image-list` there are none. Nothing is guessed: what cannot be read is a problem, and the image (or every image, when
 * it is not clear which one it belongs to) is left alone.
 */
export function readPolicies(application: Application, context: PolicyContext): PolicyReading {
  const key = annotationName('image-list');
  const value = Object.hasOwn(application.annotations, key) ? application.annotations[key] : undefined;
  if (value === undefined) return { images: [], refused: [], problems: [] };
  const id: ApplicationId = { namespace: application.namespace, name: application.name };
  const problems = createProblemList(id, undefined);
  const large = exceededAnnotations(application);
  const items = large === undefined ? problems.attempt({ key, value }, parseImageList) : undefined;
  const tooMuch = large ?? exceededImages(items?.length ?? 0, context);
  if (tooMuch !== undefined) return nothingOf(id, tooMuch);
  if (items === undefined) return { images: [], refused: [], problems: problems.all };
  const annotations = readAnnotations(
    application,
    items.map(({ alias }) => alias),
  );
  const input: PolicyInput = { application, context, annotations, problems };
  const common = createProblemList(id, undefined);
  const isCommon = ({ alias }: ImageListItem) => !hasOwnTarget(input, alias);
  const writeBack = items.some(isCommon)
    ? readWriteBack({ ...input, alias: '', problems: common })
    : undefined;
  for (const one of annotations.unknown) if (one.alias === undefined) problems.add(one, one.error);
  const taken = countAliases(items);
  const requester = readRequester(application, context);
  const readings = items.map((item) =>
    readItem({
      item,
      id,
      input,
      common: isCommon(item) ? { writeBack, problems: common.all } : undefined,
      taken,
      requester,
    }),
  );
  const images = withDeclared(readings.flatMap(({ policy }) => (policy === undefined ? [] : [policy])));
  const tooMany = exceededRemotes(images, context);
  if (tooMany !== undefined) return nothingOf(id, tooMany);
  return {
    images,
    refused: readings.flatMap(({ refused }) => (refused === undefined ? [] : [refused])),
    problems: [...common.all, ...problems.all, ...readings.flatMap((reading) => reading.problems)],
  };
}

/** An Application beyond a bound has one problem, and no image: a result for each would be as many. */
function nothingOf(id: ApplicationId, { error, ...found }: ExceededBound): PolicyReading {
  const problems = createProblemList(id, undefined);
  problems.add(found, error);
  return { images: [], refused: [], problems: problems.all };
}

interface ItemInput {
  readonly item: ImageListItem;
  readonly id: ApplicationId;
  readonly input: PolicyInput;
  /** The target of images without their own annotations for it; `undefined` for an image that has them. */
  readonly common: CommonWriteBack | undefined;
  /** How many images share an alias, by the alias as annotation keys spell it. */
  readonly taken: ReadonlyMap<string, number>;
  readonly requester: Requester;
}

interface CommonWriteBack {
  readonly writeBack: WriteBack | undefined;
  readonly problems: readonly Problem[];
}

/** A policy and the source that it was read from. */
interface SourcedImage {
  readonly tracked: TrackedImage;
  readonly source: ApplicationSource;
}

interface ItemReading {
  readonly policy: SourcedImage | undefined;
  readonly refused: RefusedImage | undefined;
  /** Those of this image alone. */
  readonly problems: readonly Problem[];
}

function readItem(itemInput: ItemInput): ItemReading {
  const { item, id, input, common } = itemInput;
  const problems = createProblemList(id, item.alias);
  const writeBack = common ? common.writeBack : readWriteBack({ ...input, alias: item.alias, problems });
  const policy = readPolicy({ ...itemInput, writeBack }, problems);
  const all = [...(common?.problems ?? []), ...input.problems.all, ...problems.all];
  if (policy !== undefined && all.length === 0) return { policy, refused: undefined, problems: [] };
  const image = item.kind === 'image' ? formatName(item.image) : shown(item.text);
  return {
    policy: undefined,
    refused: { application: id, alias: item.alias, image, problems: all },
    problems: problems.all,
  };
}

function readPolicy(
  { item, id, input, writeBack, taken, requester }: ItemInput & { readonly writeBack: WriteBack | undefined },
  problems: ProblemList,
): SourcedImage | undefined {
  const { application, context, annotations } = input;
  const { alias, text } = item;
  const found = { key: annotationName('image-list'), value: text };
  if (item.kind === 'unreadable') problems.add(found, item.error);
  if ((taken.get(aliasInKeys(alias)) ?? 0) > 1) problems.add(found, sharedAlias(alias));
  for (const one of annotations.unknown) if (one.alias === alias) problems.add(one, one.error);
  if (item.kind === 'unreadable') return undefined;
  const { image, constraint } = item;
  const { defaultRegistry } = context;
  const repository = repositoryOf(image, defaultRegistry);
  const policy = readImagePolicy({
    alias,
    constraint,
    text,
    namespace: homeOf(application, context),
    defaults: {
      rollback: context.defaultRollback ?? 'resume-on-newer',
      allowDowngrade: context.defaultAllowDowngrade ?? false,
    },
    repository,
    environmentLogins: context.environmentLogins ?? [],
    mayNameSecretsIn: (namespace) => mayNameSecretsIn(namespace, application, context),
    annotations,
    problems,
  });
  const slot =
    writeBack &&
    readSlot({
      alias,
      image,
      owners: ownersOf(application, context),
      family: writeBack.family,
      strategy: policy.strategy.kind,
      annotations,
      problems,
    });
  if (writeBack === undefined || slot === undefined) return undefined;
  const running = runningImages(application.liveImages, defaultRegistry);
  const live = liveness(running, { image, slot, defaultRegistry });
  const tracked = {
    application: id,
    alias,
    image,
    repository,
    policy,
    observed: { live, declared: undefined, ...(running === undefined ? {} : { running }) },
    destination: { slot, target: writeBack.target },
    requester,
    claim: claimOf(writeBack.target, requester),
    ...(writeBack.layers === undefined ? {} : { layers: writeBack.layers }),
  };
  return { tracked, source: writeBack.source };
}

/** What is declared depends on the whole list: a name key that several images share declares none of them. */
function withDeclared(read: readonly SourcedImage[]): readonly TrackedImage[] {
  return markSharedNames(read.map(({ tracked }) => tracked)).map((tracked, index) => {
    const source = read[index]?.source;
    if (source === undefined || !holdsImages(tracked.destination.target)) return tracked;
    const declared = declaredImage(tracked.destination.slot, source);
    return { ...tracked, observed: { ...tracked.observed, declared } };
  });
}

/** Whether the Application's own lists are written, so that they also declare the image that is in force. */
function holdsImages(target: WriteTarget): boolean {
  return target.method === 'application' || target.file.kind === 'override';
}

/** Outside of Argo CD's namespace the namespace is part of the name, as in the names of override files. */
function ownersOf(application: ApplicationId, context: PolicyContext): readonly string[] {
  const home = homeOf(application, context);
  const full = `${home}/${application.name}`;
  return home === context.argocdNamespace ? [application.name, full] : [full];
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
