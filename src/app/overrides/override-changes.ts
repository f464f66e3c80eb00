import type { ChangeSet, ChosenImage, HoldComment, PlannedChange } from '../../core/change.ts';
import { suspectedRollbacks } from '../../core/deployment/step-back-in-argo-cd.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { inForce } from '../../core/selection/decision.ts';
import { describeReason } from '../../core/reasons/describe-reason.ts';
import { formatName } from '../../core/image/reference.ts';
import { otherImageAt } from '../../core/selection/other-image.ts';
import {
  overrideMessage,
  type OverriddenImage,
  type Override,
} from '../../core/overrides/override-message.ts';
import { recordedPlaceOf } from '../../core/overrides/find-hold.ts';
import { findWrite, type FoundWrite } from '../../core/verification/find-write.ts';
import { indexHistory } from '../../core/overrides/record-index.ts';
import { findRollback } from '../../core/overrides/rollback.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { contentOf, toPlannedChange } from '../../core/plan/planned-commit.ts';
import { gitTargetOf, type TrackedImage } from '../../core/policy.ts';
import { versionText, type Presence } from '../../core/presence.ts';
import { fileRequestOf, plainReason } from '../../edits/index.ts';
import { LynceusError } from '../../errors.ts';
import type { WriterSession } from '../../ports/writer.ts';

/** One image, and what the override changes for it. */
export interface OverrideChange extends OverriddenImage {
  /** `undefined` when only the commit message records it: a rollback is released, and the file stays. */
  readonly change: PlannedChange | undefined;
  /** After a release, what holds the image all the same, each a sentence; empty for nothing. */
  readonly stillHeldBy: readonly string[];
}

export interface OverrideInput {
  readonly request: Override & { readonly hold: boolean };
  readonly version: ChosenImage | undefined;
  readonly tracked: TrackedImage;
  readonly path: string | undefined;
  readonly presence: Presence;
}

/**
 * The change that an override makes to one image; `undefined` when there is nothing to do. Throws `usage-invalid` when the image is held
 * already, and `key-unsupported` or `key-missing` when there is nothing to hold.
 */
export async function overrideChangeFor(
  input: OverrideInput,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<OverrideChange | undefined> {
  const { request, version, tracked, path, presence } = input;
  const hold = presence.kind === 'present' ? presence.hold : undefined;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const held: HoldComment = { kind: 'held', reason: plainReason(request.reason) };
  switch (request.kind) {
    case 'hold':
      return withChange(input, now(input), held);
    case 'release':
      if (hold !== undefined && !isHeldAbove(presence))
        return withChange(input, now(input), { kind: 'released' });
      if (!(await isHeldByHistory(input, session, signal))) return undefined;
      return {
        tracked,
        path,
        from: versionText(from),
        to: undefined,
        change: undefined,
        stillHeldBy: holdersOf(tracked, presence),
      };
    case 'set':
      if (hold !== undefined && !request.hold) throw alreadyHeld(input, hold);
      return withChange(input, version ?? now(input), request.hold ? held : undefined);
    case 'promote':
      return withChange(input, version ?? now(input), undefined);
  }
}

/** Whether the comment that holds it holds more than it, so that it is not ours to take away. */
function isHeldAbove(presence: Presence): boolean {
  return presence.kind === 'present' && presence.holdAbove?.alone === true;
}

/** The version in the file, which stays. */
function now({ tracked, presence }: OverrideInput): ChosenImage {
  const image = presence.kind === 'present' ? presence.image : undefined;
  if (image?.tag !== undefined) return { tag: image.tag, digest: image.digest };
  if (image?.digest !== undefined) return { tag: '', digest: image.digest };
  throw new LynceusError(
    'key-unsupported',
    `the file has no tag and no digest of ${nameOf(tracked)} that a comment could hold`,
    {
      hint: 'hold the image with the annotation <alias>.hold',
    },
  );
}

function withChange(
  { tracked, path, presence, request }: OverrideInput,
  to: ChosenImage,
  comment: HoldComment | undefined,
): OverrideChange {
  if (presence.kind === 'absent' && !presence.mayCreate)
    throw new LynceusError('key-missing', presence.detail);
  const other = otherImageAt(tracked, inForce(presence, tracked.observed));
  if (other !== undefined)
    throw new LynceusError('key-unsupported', describeReason({ code: 'other-image', facts: other }));
  const from = presence.kind === 'present' ? presence.image : undefined;
  const update = { tracked, from, before: from, to, labels: {} };
  return {
    tracked,
    path,
    from: versionText(from),
    to,
    change: toPlannedChange(comment === undefined ? update : { ...update, comment }),
    stillHeldBy: request.kind === 'release' ? holdersOf(tracked, presence) : [],
  };
}

const SHORT_SHA = 7;

/** What holds an image that a release does not take away. */
export function holdersOf(
  { policy, observed }: Pick<TrackedImage, 'policy' | 'observed'>,
  presence: Presence,
): readonly string[] {
  const steps = suspectedRollbacks(observed.deployment, observed.deployedSource);
  const older = steps.find(({ between }) => between.length > 0);
  const above = presence.kind === 'present' ? presence.holdAbove : undefined;
  return [
    ...(policy.hold === undefined ? [] : ['the annotation hold holds it: remove the annotation']),
    ...(above === undefined
      ? []
      : [
          `the comment on line ${above.line}, at ${above.key}, holds it and all else below ${above.key}: take the comment away`,
        ]),
    ...(older === undefined || policy.rollback === 'never-hold'
      ? []
      : [
          `the Application was rolled back in Argo CD to ${older.revision.slice(0, SHORT_SHA)}, which holds it where that says another version: sync the Application`,
        ]),
  ];
}

/** Whether the record of a release would make a difference. */
async function isHeldByHistory(
  { tracked, presence, path }: OverrideInput,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<boolean> {
  const target = gitTargetOf(tracked);
  if (target === undefined) return false;
  const { strategy } = tracked.policy;
  const paths = path === undefined ? fileRequestOf(target.file).candidates : [path];
  const commits = await session.history(target.place, { paths, reach: 'far' }, signal);
  // That a commit is about another image of this name does no harm: a release is for one place.
  const place = recordedPlaceOf(tracked, { path, history: indexHistory(commits), isNameUnique: true });
  const present = presence.kind === 'present' ? presence.image : undefined;
  if (place === undefined) return false;
  const isBack = findRollback({ ...place, strategy, present, rule: 'until-released' }) !== undefined;
  return isBack || mayHaveFailed(tracked, findWrite(place, present));
}

/** How the write ended may be known elsewhere alone; a release of what is not held does no harm. */
function mayHaveFailed({ policy }: TrackedImage, found: FoundWrite | undefined): boolean {
  return policy.verify !== undefined && found !== undefined && !found.isReleased && found.kind === 'update';
}

export interface OverrideSet {
  readonly set: ChangeSet;
  readonly overrides: readonly OverrideChange[];
}

/** One commit for each branch. */
export function overrideSetsOf(
  override: Override,
  overrides: readonly OverrideChange[],
): readonly OverrideSet[] {
  const inGit = overrides.flatMap((one) => {
    const place = gitTargetOf(one.tracked)?.place;
    return place === undefined ? [] : [{ one, place }];
  });
  return [...groupBy(inGit, ({ place }) => placeKey(place)).values()].flatMap((group) => {
    const place = group[0]?.place;
    if (place === undefined) return [];
    const inSet = group.map(({ one }) => one);
    const commit = {
      ...contentOf(inSet),
      message: overrideMessage(override, inSet),
      evenIfEmpty: override.kind === 'release',
    };
    return [{ overrides: inSet, set: { place, pushBranch: undefined, commits: [commit] } }];
  });
}

function alreadyHeld({ tracked, presence }: OverrideInput, hold: string): LynceusError {
  const holders = isHeldAbove(presence) ? holdersOf(tracked, presence) : [];
  const release = holders.length === 0 ? 'release it first' : holders.join('; ');
  return new LynceusError('usage-invalid', `${nameOf(tracked)} is held${hold === '' ? '' : `: ${hold}`}`, {
    hint: `${release}, or hold the new version as well with --hold`,
  });
}

function nameOf({ alias, image }: TrackedImage): string {
  return alias === '' ? formatName(image) : alias;
}
