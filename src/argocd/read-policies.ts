import type { ApplicationId, TrackedImage, WriteTarget } from '../core/policy.ts';
import { aliasInKeys, annotationName } from './annotations.ts';
import { exceededAnnotations, exceededImages, exceededRemotes } from './application-bounds.ts';
import type { ExceededBound } from './application-bounds.ts';
import type { Application } from './application.ts';
import { declaredImage } from './declared-image.ts';
import { parseImageList, readListedImage } from './image-list.ts';
import type { ImageListItem } from './image-list.ts';
import type { PolicyContext, PolicyInput } from './policy-input.ts';
import type { PolicyOwner } from './policy-owners.ts';
import type { PolicyReading } from './policy-reading.ts';
import { createProblemList } from './problems.ts';
import type { ProblemList } from './problems.ts';
import { readAnnotations } from './read-annotations.ts';
import { readItem, type SourcedImage } from './read-item.ts';
import { readRequester } from './read-requester.ts';
import { readUpdater } from './read-updater.ts';
import { refuseSeveralOwners } from './several-owners.ts';
import { markSharedNames } from './shared-names.ts';
import { hasOwnTarget, readWriteBack } from './write-back.ts';

export type { PolicyContext } from './policy-input.ts';

const BY_ANNOTATIONS: readonly PolicyOwner[] = [{ by: 'annotations' }];

/**
 * Translates what is wanted for one Application, by whoever counts for it. Every image of a list ends in `images` or in
 * `refused`; without a list there are none. Nothing is guessed: what cannot be read is a problem, and the image (or every image, when
 * it is not clear which one it belongs to) is left alone. An image that has two owners is refused, and both are named.
 */
export function readPolicies(
  application: Application,
  context: PolicyContext,
  owners: readonly PolicyOwner[] = BY_ANNOTATIONS,
): PolicyReading {
  const readings = owners.map((owner) => readOwned(application, context, owner));
  const id = idOf(application);
  const count = readings.reduce((sum, { images, refused }) => sum + images.length + refused.length, 0);
  const images = readings.flatMap((reading) => reading.images);
  const tooMuch = exceededImages(count, context) ?? exceededRemotes(images, context);
  if (tooMuch !== undefined) return nothingOf(id, tooMuch);
  const [reading] = readings;
  if (reading !== undefined && readings.length === 1) return reading;
  return refuseSeveralOwners({
    images,
    refused: readings.flatMap(({ refused }) => refused),
    problems: readings.flatMap(({ problems }) => problems),
  });
}

function readOwned(application: Application, context: PolicyContext, owner: PolicyOwner): PolicyReading {
  const id = idOf(application);
  const problems = createProblemList(id, undefined);
  const large = exceededAnnotations(application);
  if (large !== undefined) return nothingOf(id, large);
  const items = listOf(application, owner, problems);
  if (items === undefined) return { images: [], refused: [], problems: problems.all };
  const tooMuch = exceededImages(items.length, context);
  if (tooMuch !== undefined) return nothingOf(id, tooMuch);
  const settings =
    owner.by === 'fields'
      ? readUpdater(owner.updater, owner.ref, application)
      : readAnnotations(
          application,
          items.map(({ alias }) => alias),
        );
  const input: PolicyInput = { application, context, settings, problems };
  const common = createProblemList(id, undefined);
  const isCommon = ({ alias }: ImageListItem) => !hasOwnTarget(input, alias);
  const writeBack = items.some(isCommon)
    ? readWriteBack({ ...input, alias: '', problems: common })
    : undefined;
  for (const one of settings.unknown) if (one.alias === undefined) problems.add(one, one.error);
  const taken = countAliases(items);
  const requester = readRequester(application, context);
  const readings = items.map((item) =>
    readItem({
      item,
      id,
      owner,
      input,
      common: isCommon(item) ? { writeBack, problems: common.all } : undefined,
      taken,
      requester,
    }),
  );
  return {
    images: withDeclared(readings.flatMap(({ policy }) => (policy === undefined ? [] : [policy]))),
    refused: readings.flatMap(({ refused }) => (refused === undefined ? [] : [refused])),
    problems: [...common.all, ...problems.all, ...readings.flatMap((reading) => reading.problems)],
  };
}

function idOf({ namespace, name }: Application): ApplicationId {
  return { namespace, name };
}

/** The images of an owner; `undefined` without a list, or after a problem was added for it. */
function listOf(
  { annotations }: Application,
  owner: PolicyOwner,
  problems: ProblemList,
): readonly ImageListItem[] | undefined {
  if (owner.by === 'fields')
    return owner.ref.images.map(({ alias, imageName }) => readListedImage(alias, imageName));
  const key = annotationName('image-list');
  const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
  return value === undefined ? undefined : problems.attempt({ key, value }, parseImageList);
}

/** An Application beyond a bound has one problem, and no image: a result for each would be as many. */
function nothingOf(id: ApplicationId, { error, ...found }: ExceededBound): PolicyReading {
  const problems = createProblemList(id, undefined);
  problems.add(found, error);
  return { images: [], refused: [], problems: problems.all };
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

function countAliases(items: readonly ImageListItem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { alias } of items) {
    if (alias !== '') counts.set(aliasInKeys(alias), (counts.get(aliasInKeys(alias)) ?? 0) + 1);
  }
  return counts;
}
