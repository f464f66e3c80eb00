import { applicationKey } from '../identity/application.ts';
import { imageKey } from '../identity/image.ts';
import { joinKey } from '../identity/key.ts';
import { groupBy } from '../plan/group-by.ts';
import type { TrackedImage } from '../policy.ts';
import { plainName } from './peer-commit.ts';

export type IsNameUnique = (tracked: TrackedImage) => boolean;

/** Whether an Application has one image of a name only: a commit that names no place is about that one. */
export function uniqueNames(images: readonly TrackedImage[]): IsNameUnique {
  const nameKey = ({ application, image }: TrackedImage) =>
    joinKey(applicationKey(application), plainName(image.name));
  const groups = groupBy(images, nameKey);
  return (tracked) => new Set(groups.get(nameKey(tracked))?.map(imageKey)).size === 1;
}
