import type { ImageUpdate } from '../change.ts';
import { applicationKey } from '../identity/application.ts';
import { branchKey } from '../identity/branch.ts';
import { editedFileKey } from '../identity/file.ts';
import { joinKey } from '../identity/key.ts';
import { formatRepository } from '../image/reference.ts';
import type { ImageSlot, TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { FoundKeys } from '../key-path.ts';
import { placesOf } from '../several-keys.ts';
import type { FailureReason } from '../reasons/reason.ts';
import { keyPathKey, slotKey } from '../identity/slot.ts';
import { groupBy } from './group-by.ts';

/** An image that was evaluated and is not written. */
export interface UnchangedImage {
  readonly tracked: TrackedImage;
  /** Where its file was read, links followed; absent when it was not there. */
  readonly path?: string | undefined;
  /** See `ImageUpdate`. */
  readonly foundAt?: FoundKeys | undefined;
  /** The version that stays, `1.2.3` or `1.2.3@sha256:…`; `undefined` when it is not known. */
  readonly keeps: string | undefined;
}

/** The value that one image requires at one place. */
interface Claim {
  readonly place: string;
  readonly value: string;
  readonly tracked: TrackedImage;
  /** `undefined` when the image is not written. */
  readonly update: ImageUpdate | undefined;
}

/**
 * Updates that require different values at the same place, each with the reason. None of them is written: whichever came
 * last would win, and the next cycle would undo it. An image that has its version already conflicts too, because its own
 * update would restore it. Images of two names may share a key for the tag while both have the same tag.
 */
export function findConflicts(
  updates: readonly ImageUpdate[],
  unchanged: readonly UnchangedImage[],
): ReadonlyMap<ImageUpdate, FailureReason> {
  const claims = [
    ...unchanged.flatMap((image) => claimsOf(image, image.keeps, undefined)),
    ...updates.flatMap((update) => claimsOf(update, versionText(update.to), update)),
  ];
  const conflicts = new Map<ImageUpdate, FailureReason>();
  for (const group of groupBy(claims, ({ place }) => place).values()) {
    if (new Set(group.map(({ value }) => value)).size < 2) continue;
    const reason: FailureReason = {
      code: 'conflicting-changes',
      facts: {
        kind: 'conflicting-versions',
        claims: group.map(({ tracked: { application, alias }, value }) => ({ application, alias, value })),
      },
    };
    for (const { update } of group) if (update !== undefined) conflicts.set(update, reason);
  }
  return conflicts;
}

function claimsOf(
  { tracked, path, foundAt }: Pick<UnchangedImage, 'tracked' | 'path' | 'foundAt'>,
  version: string | undefined,
  update: ImageUpdate | undefined,
): readonly Claim[] {
  const file = targetKey(tracked, path);
  const keyOf = (one: string): string => keyPathKey(foundAt?.get(one) ?? one);
  const name = formatRepository(tracked.repository);
  const claim = (key: string, value: string): Claim => ({
    place: joinKey(file, key),
    value,
    tracked,
    update,
  });
  return placesOf(tracked.destination.slot).flatMap((slot) => claimsOfPlace(slot));

  function claimsOfPlace(slot: ImageSlot): readonly Claim[] {
    switch (slot.kind) {
      case 'helm-parts': {
        const { registry } = slot;
        const ofName = slot.name.shared === true ? [] : [claim(keyOf(slot.name.path), name)];
        if (registry !== undefined) ofName.push(claim(keyOf(registry.path), tracked.repository.registry));
        if (version === undefined) return ofName;
        const { digest } = slot;
        const ofDigest = digest === undefined ? [] : [claim(keyOf(digest.path), version)];
        return [...ofName, claim(keyOf(slot.tag.path), version), ...ofDigest];
      }
      case 'helm-spec':
        return version === undefined ? [] : [claim(keyOf(slot.spec.path), `${name} ${version}`)];
      case 'kustomize':
      case 'plugin':
      case 'markers':
        return version === undefined ? [] : [claim(slotKey(slot), `${name} ${version}`)];
    }
  }
}

/**
 * One file of one branch: equal for two images exactly when they are written to the same file. `path` is where it was read,
 * links followed; without it two paths to one file by a symbolic link are two files.
 */
export function targetKey({ application, destination: { target } }: TrackedImage, path?: string): string {
  if (target.method !== 'git') return joinKey('application', applicationKey(application));
  const { place, file } = target;
  return joinKey('file', branchKey(place, place.base), place.push, editedFileKey(file, path));
}
