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

/** An image and where its keys were found. */
export type ClaimingImage = Pick<UnchangedImage, 'tracked' | 'path' | 'foundAt'> & {
  /** The version that it is to have; `undefined` when that is not known. */
  readonly version: string | undefined;
};

/** The value that one image requires at one key of its file. */
export interface Claim {
  readonly key: string;
  /** `undefined` when it is not known. */
  readonly value: string | undefined;
  readonly tracked: TrackedImage;
  /** A default, which the file may not have. */
  readonly isDefault?: true;
}

/** A claim at its place, and the update that it comes from; `undefined` when the image is not written. */
interface PlacedClaim extends Claim {
  readonly place: string;
  readonly update: ImageUpdate | undefined;
}

/**
 * Updates that require different values at the same place, each with the reason. None of them is written: whichever came
 * last would win, and the next cycle would undo it. An image that has its version already conflicts too, because its own
 * update would restore it. Images of two names may share a key for the tag while both have the same tag.
 *
 * Between an Application whose own place it is and one that only may write there is no conflict: see `findOwnedPlaces`.
 */
export function findConflicts(
  updates: readonly ImageUpdate[],
  unchanged: readonly UnchangedImage[],
): ReadonlyMap<ImageUpdate, FailureReason> {
  const claims = [
    ...unchanged.flatMap((image) => placedClaimsOf({ ...image, version: image.keeps }, undefined)),
    ...updates.flatMap((update) => placedClaimsOf(claiming(update), update)),
  ];
  const conflicts = new Map<ImageUpdate, FailureReason>();
  for (const all of groupBy(claims, ({ place }) => place).values()) {
    const own = all.filter(({ tracked }) => tracked.claim === 'own');
    const group = own.length === 0 ? all : own;
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

/** What an update claims. */
export function claiming(update: ImageUpdate): ClaimingImage {
  const { tracked, path, foundAt, to } = update;
  return { tracked, path, foundAt, version: versionText(to) };
}

type KnownClaim = PlacedClaim & { readonly value: string };

/** A value that is not known is in conflict with none. */
function placedClaimsOf(image: ClaimingImage, update: ImageUpdate | undefined): readonly KnownClaim[] {
  const file = targetKey(image.tracked, image.path);
  return claimsOf(image).flatMap(({ value, ...claim }) =>
    value === undefined ? [] : [{ ...claim, value, place: joinKey(file, claim.key), update }],
  );
}

/** What an image requires at each of its keys, as `keyPathKey` or `slotKey` spells them. */
export function claimsOf({ tracked, foundAt, version }: ClaimingImage): readonly Claim[] {
  const keyOf = (one: string): string => keyPathKey(foundAt?.get(one) ?? one);
  const name = formatRepository(tracked.repository);
  const whole = version === undefined ? undefined : `${name} ${version}`;
  const claim = (key: string, value: string | undefined): Claim => ({ key, value, tracked });
  return placesOf(tracked.destination.slot).flatMap((slot) => claimsOfPlace(slot));

  function claimsOfPlace(slot: ImageSlot): readonly Claim[] {
    switch (slot.kind) {
      case 'helm-parts': {
        const { name: key, registry, tag, digest } = slot;
        const ofName = {
          ...claim(keyOf(key.path), name),
          ...(key.explicit ? {} : { isDefault: true as const }),
        };
        return [
          ...(key.shared === true ? [] : [ofName]),
          ...(registry === undefined ? [] : [claim(keyOf(registry.path), tracked.repository.registry)]),
          claim(keyOf(tag.path), version),
          ...(digest === undefined ? [] : [claim(keyOf(digest.path), version)]),
        ];
      }
      case 'helm-spec':
        return [claim(keyOf(slot.spec.path), whole)];
      case 'kustomize':
      case 'plugin':
      case 'markers':
        return [claim(slotKey(slot), whole)];
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
