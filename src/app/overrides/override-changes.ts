import type { ChangeSet, ChosenImage, HoldComment, PlannedChange, PlannedFile } from '../../core/change.ts';
import { applicationKey } from '../../core/identity/application.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { formatName } from '../../core/image/reference.ts';
import {
  overrideMessage,
  type OverriddenImage,
  type Override,
} from '../../core/overrides/override-message.ts';
import { indexHistory } from '../../core/overrides/record-index.ts';
import { findRollback } from '../../core/overrides/rollback.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { versionText, type Presence } from '../../core/presence.ts';
import { fileKey } from '../../core/identity/file.ts';
import { slotKey } from '../../core/identity/slot.ts';
import { plainReason } from '../../edits/index.ts';
import { LynceusError } from '../../errors.ts';
import type { HistoryCommit, WriterSession } from '../../ports/writer.ts';

/** One image, and what the override changes for it. */
export interface OverrideChange extends OverriddenImage {
  /** `undefined` when only the commit message records it: a rollback is released, and the file stays. */
  readonly change: PlannedChange | undefined;
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
  const { request, version, tracked, presence } = input;
  const hold = presence.kind === 'present' ? presence.hold : undefined;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const held: HoldComment = { kind: 'held', reason: plainReason(request.reason) };
  switch (request.kind) {
    case 'hold':
      return withChange(input, now(input), held);
    case 'release':
      if (hold !== undefined) return withChange(input, now(input), { kind: 'released' });
      if (!(await isRolledBack(input, session, signal))) return undefined;
      return { tracked, from: versionText(from), to: undefined, change: undefined };
    case 'set':
      if (hold !== undefined && !request.hold) throw alreadyHeld(tracked, hold);
      return withChange(input, version ?? now(input), request.hold ? held : undefined);
  }
}

/** The version in the file, which stays. */
function now({ tracked, presence }: OverrideInput): ChosenImage {
  const image = presence.kind === 'present' ? presence.image : undefined;
  if (image?.tag !== undefined) return { tag: image.tag, digest: image.digest };
  throw new LynceusError(
    'key-unsupported',
    `the file has no tag of ${nameOf(tracked)} that a comment could hold`,
    {
      hint: 'hold the image with the annotation <alias>.hold',
    },
  );
}

function withChange(
  { tracked, presence }: OverrideInput,
  to: ChosenImage,
  comment: HoldComment | undefined,
): OverrideChange {
  if (presence.kind === 'absent' && !presence.mayCreate)
    throw new LynceusError('key-missing', presence.detail);
  const {
    application,
    alias,
    destination: { slot },
    image,
  } = tracked;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const change = { application, alias, slot, image, from, before: from, to, labels: {} };
  return {
    tracked,
    from: versionText(from),
    to,
    change: comment === undefined ? change : { ...change, comment },
  };
}

/** Whether the record of a release would make a difference. */
async function isRolledBack(
  { tracked, presence, path }: OverrideInput,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<boolean> {
  const {
    destination: { target, slot },
    policy: { strategy },
  } = tracked;
  if (target.method !== 'git') return false;
  const commits: readonly HistoryCommit[] = await session.history(
    target.place,
    path === undefined ? [] : [path],
    signal,
  );
  const history = indexHistory(commits);
  const present = presence.kind === 'present' ? presence.image : undefined;
  const input = { file: fileKey(target.file), key: slotKey(slot), path, strategy, present, history };
  return findRollback({ ...input, rule: 'until-released' }) !== undefined;
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
  const groups = new Map<string, OverrideChange[]>();
  for (const one of overrides) {
    const { target } = one.tracked.destination;
    if (target.method !== 'git') continue;
    groups.set(placeKey(target.place), [...(groups.get(placeKey(target.place)) ?? []), one]);
  }
  return [...groups.values()].map((group) => ({ overrides: group, set: setOf(override, group) }));
}

function setOf(override: Override, overrides: readonly OverrideChange[]): ChangeSet {
  const [target] = overrides.flatMap(({ tracked }) =>
    tracked.destination.target.method === 'git' ? [tracked.destination.target] : [],
  );
  if (target === undefined) throw new Error('an override needs an image that is written to Git');
  const files = new Map<string, PlannedFile>();
  for (const { tracked, change } of overrides) {
    if (tracked.destination.target.method !== 'git' || change === undefined) continue;
    const key = fileKey(tracked.destination.target.file);
    files.set(key, {
      target: tracked.destination.target.file,
      changes: [...(files.get(key)?.changes ?? []), change],
    });
  }
  const message = overrideMessage(override, overrides);
  const applications = [
    ...new Map(
      overrides.map(({ tracked }) => [applicationKey(tracked.application), tracked.application]),
    ).values(),
  ];
  return {
    place: target.place,
    pushBranch: undefined,
    commits: [
      { applications, message, files: [...files.values()], evenIfEmpty: override.kind === 'release' },
    ],
  };
}

function alreadyHeld(tracked: TrackedImage, hold: string): LynceusError {
  return new LynceusError('usage-invalid', `${nameOf(tracked)} is held${hold === '' ? '' : `: ${hold}`}`, {
    hint: 'release it first, or hold the new version as well with --hold',
  });
}

function nameOf({ alias, image }: TrackedImage): string {
  return alias === '' ? formatName(image) : alias;
}
