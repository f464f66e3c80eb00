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

/** One image, and what a word does to it. */
export interface OverrideChange extends OverriddenImage {
  /** `undefined` when only the commit message speaks of it: a rollback is released, and the file stays. */
  readonly change: PlannedChange | undefined;
}

export interface OverrideInput {
  readonly request: Override & { readonly hold: boolean };
  readonly version: ChosenImage | undefined;
  readonly policy: TrackedImage;
  readonly path: string | undefined;
  readonly presence: Presence;
}

/**
 * What a word does to one image; `undefined` when there is nothing to do. Throws `usage-invalid` when the image is held
 * already, and `key-unsupported` or `key-missing` when there is nothing to hold.
 */
export async function overrideChangeFor(
  question: OverrideInput,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<OverrideChange | undefined> {
  const { request, version, policy, presence } = question;
  const hold = presence.kind === 'present' ? presence.hold : undefined;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const held: HoldComment = { kind: 'held', reason: plainReason(request.reason) };
  switch (request.kind) {
    case 'hold':
      return withChange(question, now(question), held);
    case 'release':
      if (hold !== undefined) return withChange(question, now(question), { kind: 'released' });
      if (!(await isRolledBack(question, session, signal))) return undefined;
      return { policy, from: versionText(from), to: undefined, change: undefined };
    case 'set':
      if (hold !== undefined && !request.hold) throw alreadyHeld(policy, hold);
      return withChange(question, version ?? now(question), request.hold ? held : undefined);
  }
}

/** The version that is there, which stays. */
function now({ policy, presence }: OverrideInput): ChosenImage {
  const image = presence.kind === 'present' ? presence.image : undefined;
  if (image?.tag !== undefined) return { tag: image.tag, digest: image.digest };
  throw new LynceusError(
    'key-unsupported',
    `the file says no tag of ${nameOf(policy)} that a comment could hold`,
    {
      hint: 'hold the image with the annotation <alias>.hold',
    },
  );
}

function withChange(
  { policy, presence }: OverrideInput,
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
  } = policy;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const change = { application, alias, slot, image, from, before: from, to, labels: {} };
  return {
    policy,
    from: versionText(from),
    to,
    change: comment === undefined ? change : { ...change, comment },
  };
}

/** Whether the record of a release would make a difference. */
async function isRolledBack(
  { policy, presence, path }: OverrideInput,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<boolean> {
  const {
    destination: { target, slot },
    policy: { strategy },
  } = policy;
  if (target.method !== 'git') return false;
  const commits: readonly HistoryCommit[] = await session.history(
    target.place,
    path === undefined ? [] : [path],
    signal,
  );
  const history = indexHistory(commits);
  const present = presence.kind === 'present' ? presence.image : undefined;
  const question = { file: fileKey(target.file), key: slotKey(slot), path, strategy, present, history };
  return findRollback({ ...question, rule: 'until-released' }) !== undefined;
}

export interface OverrideSet {
  readonly set: ChangeSet;
  readonly deeds: readonly OverrideChange[];
}

/** One commit for each branch. */
export function overrideSetsOf(word: Override, deeds: readonly OverrideChange[]): readonly OverrideSet[] {
  const groups = new Map<string, OverrideChange[]>();
  for (const deed of deeds) {
    const {
      destination: { target },
    } = deed.policy;
    if (target.method !== 'git') continue;
    groups.set(placeKey(target.place), [...(groups.get(placeKey(target.place)) ?? []), deed]);
  }
  return [...groups.values()].map((group) => ({ deeds: group, set: setOf(word, group) }));
}

function setOf(word: Override, deeds: readonly OverrideChange[]): ChangeSet {
  const [target] = deeds.flatMap(({ policy }) =>
    policy.destination.target.method === 'git' ? [policy.destination.target] : [],
  );
  if (target === undefined) throw new Error('a word needs an image that is written to Git');
  const files = new Map<string, PlannedFile>();
  for (const { policy, change } of deeds) {
    if (policy.destination.target.method !== 'git' || change === undefined) continue;
    const key = fileKey(policy.destination.target.file);
    files.set(key, {
      target: policy.destination.target.file,
      changes: [...(files.get(key)?.changes ?? []), change],
    });
  }
  const message = overrideMessage(word, deeds);
  const applications = [
    ...new Map(deeds.map(({ policy }) => [applicationKey(policy.application), policy.application])).values(),
  ];
  return {
    place: target.place,
    pushBranch: undefined,
    commits: [{ applications, message, files: [...files.values()], evenIfEmpty: word.kind === 'release' }],
  };
}

function alreadyHeld(policy: TrackedImage, hold: string): LynceusError {
  return new LynceusError('usage-invalid', `${nameOf(policy)} is held${hold === '' ? '' : `: ${hold}`}`, {
    hint: 'release it first, or hold the new version as well with --hold',
  });
}

function nameOf({ alias, image }: TrackedImage): string {
  return alias === '' ? formatName(image) : alias;
}
