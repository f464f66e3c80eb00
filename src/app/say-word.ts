import type { ChangeSet, ChosenImage, HoldComment, PlannedChange, PlannedFile } from '../core/change.ts';
import { isDigest, isTag } from '../core/image/grammar.ts';
import { formatName } from '../core/image/reference.ts';
import { rolledBack } from '../core/people/rollback.ts';
import { wordMessage, type Spoken, type Word } from '../core/people/word.ts';
import type { ApplicationId, UpdatePolicy } from '../core/policy.ts';
import { versionText, type Presence } from '../core/presence.ts';
import { quoted } from '../core/quoted.ts';
import { fileText, slotKey } from '../core/slot-key.ts';
import { plainReason } from '../edits/index.ts';
import { LynceusError } from '../errors.ts';
import type { CommitResult, HistoryCommit, WriterSession } from '../ports/writer.ts';
import { applyPlan } from './apply-plan.ts';
import type { CycleDependencies } from './dependencies.ts';
import { findSpoken, type WhatIsMeant } from './find-spoken.ts';
import { findTags } from './find-tags.ts';
import { placeKey, readPresent } from './read-present.ts';

/** A person's word, as the command line takes it. */
export interface WordRequest extends Word, WhatIsMeant {
  /** For `set`: tag, or tag@digest. */
  readonly version: string | undefined;
  /** `set`: hold it there as well. */
  readonly hold: boolean;
  /** `set`: also a version that the registry does not list, or that nobody could ask for. */
  readonly force: boolean;
}

/** What became of one image that was spoken of. */
export interface WordResult {
  readonly application: ApplicationId;
  readonly alias: string;
  readonly image: string;
  readonly outcome: 'updated' | 'update' | 'current' | 'failed';
  readonly reason: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly branch: string | undefined;
  readonly commit: string | undefined;
}

export interface SaidWord {
  readonly images: readonly WordResult[];
  readonly diffs: readonly {
    readonly branch: string;
    readonly remote: string;
    readonly message: string;
    readonly diff: string;
  }[];
}

type Parts = Pick<
  CycleDependencies,
  | 'sources'
  | 'selects'
  | 'policyContext'
  | 'logins'
  | 'registry'
  | 'concurrency'
  | 'createMissing'
  | 'writer'
  | 'clock'
>;

/** One image, and what a word does to it. */
interface Deed extends Spoken {
  /** `undefined` when only the commit message speaks of it: a rollback is released, and the file stays. */
  readonly change: PlannedChange | undefined;
}

/**
 * Carries out a person's word with one commit for each branch. Throws `usage-invalid` when it cannot be meant (no such
 * image or version, one that is held already), and what reading throws; what happens at the remote is in the results.
 */
export async function sayWord(request: WordRequest, parts: Parts, signal: AbortSignal): Promise<SaidWord> {
  const version = request.version === undefined ? undefined : parseVersion(request.version);
  const policies = await findSpoken(request, parts, signal);
  if (version !== undefined && !request.force) await checkTag(version, policies, parts, signal);
  const session = parts.writer.open();
  try {
    const onProgress = (): undefined => undefined;
    const present = await readPresent(policies.map(onBase), session, { ...parts, onProgress, signal });
    const deeds: Deed[] = [];
    const silent: WordResult[] = [];
    for (const [policy, now] of present) {
      if (now.kind === 'failed') throw now.error;
      const deed = await deedFor(
        { request, version, policy, path: now.path, presence: now.presence },
        session,
        signal,
      );
      if (deed === undefined) silent.push(nothingHolds(policy, now.presence));
      else deeds.push(deed);
    }
    const sets = setsOf(request, deeds);
    const plan = { changeSets: sets.map(({ set }) => set), applications: [] };
    const options = { applicationWriter: undefined, concurrency: parts.concurrency, onProgress, signal };
    const { commits } = await applyPlan(plan, session, options);
    return {
      images: [
        ...sets.flatMap((one) =>
          one.deeds.map((deed) => resultOf(deed, commits.find(({ set }) => set === one.set)?.result)),
        ),
        ...silent,
      ],
      diffs: commits.flatMap(({ set, result: { ending, commit, diff } }) =>
        ending.kind === 'failed' || ending.kind === 'unchanged'
          ? []
          : [{ branch: ending.branch, remote: set.place.remote, message: commit.message, diff }],
      ),
    };
  } finally {
    await session.close();
  }
}

/** A word is said where it is read: on the base branch, also when updates go to a branch of their own. */
function onBase(policy: UpdatePolicy): UpdatePolicy {
  const { target } = policy;
  if (target.method !== 'git') return policy;
  return { ...policy, target: { ...target, place: { ...target.place, push: undefined } } };
}

interface Question {
  readonly request: WordRequest;
  readonly version: ChosenImage | undefined;
  readonly policy: UpdatePolicy;
  readonly path: string | undefined;
  readonly presence: Presence;
}

async function deedFor(
  question: Question,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<Deed | undefined> {
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
function now({ policy, presence }: Question): ChosenImage {
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

function withChange({ policy, presence }: Question, to: ChosenImage, comment: HoldComment | undefined): Deed {
  if (presence.kind === 'absent' && !presence.mayCreate)
    throw new LynceusError('key-missing', presence.detail);
  const { application, alias, slot, image } = policy;
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
  { policy, presence, path }: Question,
  session: Pick<WriterSession, 'history'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { target, slot, strategy } = policy;
  if (target.method !== 'git') return false;
  const commits: readonly HistoryCommit[] = await session.history(
    target.place,
    path === undefined ? [] : [path],
    signal,
  );
  const present = presence.kind === 'present' ? presence.image : undefined;
  const question = { file: fileText(target.file), key: slotKey(slot), path, strategy, present, commits };
  return (
    rolledBack({ ...question, rule: 'until-released', candidate: { tag: '', digest: undefined } }) !==
    undefined
  );
}

interface DeedSet {
  readonly set: ChangeSet;
  readonly deeds: readonly Deed[];
}

function setsOf(word: Word, deeds: readonly Deed[]): readonly DeedSet[] {
  const groups = new Map<string, Deed[]>();
  for (const deed of deeds) {
    const { target } = deed.policy;
    if (target.method !== 'git') continue;
    groups.set(placeKey(target.place), [...(groups.get(placeKey(target.place)) ?? []), deed]);
  }
  return [...groups.values()].map((group) => ({ deeds: group, set: setOf(word, group) }));
}

function setOf(word: Word, deeds: readonly Deed[]): ChangeSet {
  const [target] = deeds.flatMap(({ policy }) => (policy.target.method === 'git' ? [policy.target] : []));
  if (target === undefined) throw new Error('a word needs an image that is written to Git');
  const files = new Map<string, PlannedFile>();
  for (const { policy, change } of deeds) {
    if (policy.target.method !== 'git' || change === undefined) continue;
    const key = fileText(policy.target.file);
    files.set(key, { target: policy.target.file, changes: [...(files.get(key)?.changes ?? []), change] });
  }
  const message = wordMessage(word, deeds);
  const applications = [
    ...new Map(deeds.map(({ policy }) => [JSON.stringify(policy.application), policy.application])).values(),
  ];
  return {
    place: target.place,
    pushBranch: undefined,
    commits: [{ applications, message, files: [...files.values()], evenIfEmpty: word.kind === 'release' }],
  };
}

function parseVersion(text: string): ChosenImage {
  const [tag = '', digest, ...rest] = text.split('@');
  if (isTag(tag) && rest.length === 0 && (digest === undefined || isDigest(digest))) return { tag, digest };
  throw new LynceusError('usage-invalid', `expected a tag or tag@digest, found ${quoted(text)}`);
}

/** Nobody means to deploy what is not there. */
// oxlint-disable-next-line max-params -- what is asked, of whom, with what
async function checkTag(
  version: ChosenImage,
  policies: readonly UpdatePolicy[],
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  const found = await findTags(policies, parts, { onProgress: () => undefined, signal });
  for (const one of found.values()) {
    if (one.kind === 'failed') {
      throw new LynceusError(
        'usage-invalid',
        `whether there is a tag ${version.tag} could not be asked: ${one.error.line}`,
        {
          hint: 'write it all the same with --force',
        },
      );
    }
    if (one.listing.tags.includes(version.tag)) continue;
    throw new LynceusError(
      'usage-invalid',
      `the registry lists no tag ${version.tag} of ${one.query.repository.path}`,
      {
        hint: 'correct it, or write it all the same with --force',
      },
    );
  }
}

function resultOf({ policy, from, to, change }: Deed, result: CommitResult | undefined): WordResult {
  const base = { ...identityOf(policy), from, to: versionText(to) ?? from };
  const refusal = result?.refused.find((one) => one.change === change)?.error;
  const ending = result?.ending;
  const none = { branch: undefined, commit: undefined };
  if (refusal !== undefined) return { ...base, ...none, outcome: 'failed', reason: refusal.line };
  switch (ending?.kind) {
    case undefined:
      return { ...base, ...none, outcome: 'failed', reason: 'it was not written' };
    case 'failed':
      return { ...base, ...none, outcome: 'failed', reason: ending.error.line };
    case 'unchanged':
      return {
        ...base,
        ...none,
        outcome: 'current',
        reason: `branch ${ending.branch} already says so`,
        branch: ending.branch,
      };
    case 'shown':
      return { ...base, ...none, outcome: 'update', reason: 'it would be written', branch: ending.branch };
    case 'pushed':
      return {
        ...base,
        outcome: 'updated',
        reason: 'it is written',
        branch: ending.branch,
        commit: ending.sha,
      };
  }
}

function nothingHolds(policy: UpdatePolicy, presence: Presence): WordResult {
  const from = presence.kind === 'present' ? versionText(presence.image) : undefined;
  const isAnnotated = policy.hold !== undefined;
  return {
    ...identityOf(policy),
    outcome: isAnnotated ? 'failed' : 'current',
    reason: isAnnotated ? 'the annotation hold holds it: take that away' : 'nothing holds it',
    from,
    to: from,
    branch: undefined,
    commit: undefined,
  };
}

function identityOf({
  application,
  alias,
  image,
}: UpdatePolicy): Pick<WordResult, 'application' | 'alias' | 'image'> {
  return { application, alias, image: formatName(image) };
}

function alreadyHeld(policy: UpdatePolicy, hold: string): LynceusError {
  return new LynceusError('usage-invalid', `${nameOf(policy)} is held${hold === '' ? '' : `: ${hold}`}`, {
    hint: 'release it first, or hold the new version as well with --hold',
  });
}

function nameOf({ alias, image }: UpdatePolicy): string {
  return alias === '' ? formatName(image) : alias;
}
