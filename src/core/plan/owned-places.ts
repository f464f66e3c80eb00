import type { ImageUpdate } from '../change.ts';
import { applicationKey } from '../identity/application.ts';
import { branchKey } from '../identity/branch.ts';
import { editedFileKey } from '../identity/file.ts';
import { joinKey } from '../identity/key.ts';
import { gitTargetOf, type TrackedImage } from '../policy.ts';
import type { FailureReason } from '../reasons/reason.ts';
import { claiming, claimsOf, type Claim, type ClaimingImage } from './conflicts.ts';
import { groupBy } from './group-by.ts';

/**
 * Updates of places that are another Application's own, each with the reason: the Application whose source has the file
 * decides what its keys have, and one that only may write there does not. It need not want another version: as long
 * as it is not known what it wants, nothing of others is written at its keys.
 *
 * The branch that is pushed makes no difference, for a request that is merged ends in the same file. A key above an owned
 * one, or below it, is owned as well.
 */
export function findOwnedPlaces(
  updates: readonly ImageUpdate[],
  owners: readonly ClaimingImage[],
): ReadonlyMap<ImageUpdate, FailureReason> {
  const granted = updates.filter(({ tracked }) => tracked.claim === 'granted');
  const own = owners.filter(({ tracked }) => tracked.claim === 'own');
  if (granted.length === 0 || own.length === 0) return new Map();
  const owned = groupBy(
    own.flatMap((image) => claimsOf(image).map((claim) => ({ claim, image }))),
    ({ image }) => placeOfFile(image),
  );
  const kinds = groupBy(own, ({ tracked, path }) => placeOfPath(tracked, path));
  return new Map(
    granted.flatMap((update) => {
      const ownedHere = owned.get(placeOfFile(update)) ?? [];
      const [found] = claimsOf(claiming(update)).flatMap((claim) =>
        ownedHere.filter((other) => isOwned(claim, other.claim)),
      );
      const owner = found?.claim.tracked ?? otherKindOwner(update, kinds);
      return owner === undefined ? [] : [[update, ownedBy(owner, found?.claim)] as const];
    }),
  );
}

/** Whether a claim is for what another Application owns, unless both want the same. */
function isOwned(claim: Claim, other: Claim): boolean {
  if (applicationKey(claim.tracked.application) === applicationKey(other.tracked.application)) return false;
  if (claim.key === other.key) return other.value === undefined || claim.value !== other.value;
  const isDefault = claim.isDefault === true || other.isDefault === true;
  return !isDefault && (isAbove(claim.key, other.key) || isAbove(other.key, claim.key));
}

/** Both as `keyPathKey` spells them. */
function isAbove(key: string, other: string): boolean {
  return other.startsWith(`${key}.`) || other.startsWith(`${key}[`);
}

/** A kustomization or override file has no keys of its own to compare, so that nobody else edits it as a values file. */
function otherKindOwner(
  { tracked, path }: ImageUpdate,
  owners: ReadonlyMap<string, readonly ClaimingImage[]>,
): TrackedImage | undefined {
  if (path === undefined || gitTargetOf(tracked)?.file.kind !== 'helm-values') return undefined;
  const found = owners.get(placeOfPath(tracked, path))?.find((owner) => {
    const kind = gitTargetOf(owner.tracked)?.file.kind;
    return kind === 'kustomization' || kind === 'override';
  });
  return found?.tracked;
}

function placeOfFile({ tracked, path }: Pick<ClaimingImage, 'tracked' | 'path'>): string {
  const target = gitTargetOf(tracked);
  if (target === undefined) return joinKey('application', applicationKey(tracked.application));
  return joinKey('file', branchKey(target.place, target.place.base), editedFileKey(target.file, path));
}

function placeOfPath(tracked: TrackedImage, path: string | undefined): string {
  const target = gitTargetOf(tracked);
  return target === undefined || path === undefined
    ? ''
    : joinKey(branchKey(target.place, target.place.base), path);
}

function ownedBy({ application, alias }: TrackedImage, claim: Claim | undefined): FailureReason {
  const facts = { kind: 'owned-place', owner: { application, alias, value: claim?.value } } as const;
  return { code: 'conflicting-changes', facts };
}
