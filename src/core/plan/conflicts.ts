import type { WantedChange } from '../change.ts';
import { applicationKey, applicationText } from '../identity/application.ts';
import { branchKey } from '../identity/branch.ts';
import { fileKey } from '../identity/file.ts';
import { joinKey } from '../identity/key.ts';
import { formatRepository } from '../image/reference.ts';
import type { TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import { keyPathKey, slotKey } from '../identity/slot.ts';
import { groupBy } from './group-by.ts';

/** An image that is looked at and not to be written. */
export interface UnchangedImage {
  readonly tracked: TrackedImage;
  /** The version that is to stay, `1.2.3` or `1.2.3@sha256:…`; `undefined` when nobody knows. */
  readonly keeps: string | undefined;
}

export interface Conflict {
  readonly wanted: WantedChange;
  readonly message: string;
}

/** What one image wants to stand at one place. */
interface Claim {
  readonly place: string;
  readonly value: string;
  readonly tracked: TrackedImage;
  /** `undefined` when the image is not to be written. */
  readonly wanted: WantedChange | undefined;
}

/**
 * Images that want different things at one and the same place. None of them is written: whichever came last would win,
 * and the next cycle would undo it. So it is when one of them has what it wants already: it would want it back.
 * Two that want the same are no conflict. Counter-example: images of two names share a key for the tag, and both have
 * the same tag.
 */
export function findConflicts(
  wanted: readonly WantedChange[],
  unchanged: readonly UnchangedImage[] = [],
): readonly Conflict[] {
  const claims = [
    ...unchanged.flatMap(({ tracked, keeps }) => claimsOf(tracked, keeps, undefined)),
    ...wanted.flatMap((one) => claimsOf(one.tracked, versionText(one.to), one)),
  ];
  const messages = new Map<WantedChange, string>();
  for (const group of groupBy(claims, ({ place }) => place).values()) {
    if (new Set(group.map(({ value }) => value)).size < 2) continue;
    const who = group.map(({ tracked, value }) => `${ownerOf(tracked)} wants ${value}`).join(', ');
    const message = `several images want different versions at the same place, so none is written: ${who}`;
    for (const claim of group) if (claim.wanted !== undefined) messages.set(claim.wanted, message);
  }
  return wanted.flatMap((one) => {
    const message = messages.get(one);
    return message === undefined ? [] : [{ wanted: one, message }];
  });
}

function claimsOf(
  tracked: TrackedImage,
  version: string | undefined,
  wanted: WantedChange | undefined,
): readonly Claim[] {
  const file = targetKey(tracked);
  const name = formatRepository(tracked.repository);
  const claim = (key: string, value: string): Claim => ({ place: `${file} ${key}`, value, tracked, wanted });
  const { slot } = tracked.destination;
  switch (slot.kind) {
    case 'helm-parts': {
      const { name: nameKey } = slot;
      const ofName = nameKey.shared === true ? [] : [claim(keyPathKey(nameKey.path), name)];
      return version === undefined ? ofName : [...ofName, claim(slotKey(slot), version)];
    }
    case 'helm-spec':
    case 'kustomize':
    case 'plugin':
    case 'markers':
      return version === undefined ? [] : [claim(slotKey(slot), `${name} ${version}`)];
  }
}

/** One file of one branch: equal for two policies exactly when they write the same file. */
export function targetKey({ application, destination: { target } }: TrackedImage): string {
  if (target.method !== 'git') return joinKey('application', applicationKey(application));
  const { place, file } = target;
  return joinKey('file', branchKey(place, place.base), place.push, fileKey(file));
}

function ownerOf({ application, alias }: TrackedImage): string {
  const name = applicationText(application);
  return alias === '' ? name : `${name} (${alias})`;
}
