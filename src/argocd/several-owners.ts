import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { imageUpdaterText } from '../core/identity/image-updater.ts';
import { formatName } from '../core/image/reference.ts';
import type { ImageUpdaterId, TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { LynceusError } from '../errors.ts';
import { problemOf } from './problems.ts';
import type { PolicyReading, RefusedImage } from './policy-reading.ts';

/** One that lists an image, as text for people. */
const ANNOTATIONS = 'the annotations of the Application';

/**
 * The reading without the images that two claim for one Application: which of them is meant cannot be told, and both would
 * write it in turn. Two of one owner are that owner's two places.
 */
export function refuseSeveralOwners({ images, refused, problems }: PolicyReading): PolicyReading {
  const owners = new Map<string, Set<string>>();
  for (const { repository, updater } of images) {
    const key = imageRepositoryKey(repository);
    owners.set(key, (owners.get(key) ?? new Set()).add(ownerText(updater)));
  }
  const ownersOf = ({ repository }: TrackedImage) => owners.get(imageRepositoryKey(repository)) ?? new Set();
  const clashing = images
    .filter((tracked) => ownersOf(tracked).size > 1)
    .map((tracked) => refuse(tracked, [...ownersOf(tracked)]));
  if (clashing.length === 0) return { images, refused, problems };
  return {
    images: images.filter((tracked) => ownersOf(tracked).size === 1),
    refused: [...refused, ...clashing],
    problems: [...problems, ...clashing.flatMap((one) => one.problems)],
  };
}

function ownerText(updater: ImageUpdaterId | undefined): string {
  return updater === undefined ? ANNOTATIONS : imageUpdaterText(updater);
}

function refuse(tracked: TrackedImage, owners: readonly string[]): RefusedImage {
  const { application, alias, updater } = tracked;
  const image = formatName(tracked.image);
  const error = new LynceusError(
    'several-owners',
    `expected one owner of ${image} in one Application, found ${owners.toSorted().join(' and ')}`,
    { hint: 'remove the image from all but one of them; until then none of them writes it' },
  );
  const problem: Problem = problemOf(
    { application, alias, key: 'images', value: image, ...(updater === undefined ? {} : { updater }) },
    error,
  );
  return { application, ...(updater === undefined ? {} : { updater }), alias, image, problems: [problem] };
}
