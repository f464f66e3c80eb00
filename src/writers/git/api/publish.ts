import { LynceusError } from '../../../errors.ts';
import { objectField, objectList, textField, type JsonObject } from '../../../http/json.ts';
import { tidyMessage, type ImportedCommit } from '../fast-import.ts';
import type { PushOutcome } from '../push-outcome.ts';
import type { Ask } from './graphql.ts';
import type { ApiReply } from './explain.ts';

/** What is to be on a branch. */
export interface Publication {
  readonly commits: readonly ImportedCommit[];
  /** The same commits as they were made in the clone, which have the trees that these are to have. */
  readonly shas: readonly string[];
  /** Commit that the first one continues. */
  readonly parent: string;
  readonly branch: string;
  /** The remote's head of the branch; `undefined` for a new branch. */
  readonly expected: string | undefined;
}

/** How it ended, and the commits of it that are in the branch, in order. */
export interface Published {
  readonly outcome: PushOutcome;
  readonly shas: readonly string[];
}

export interface PublishContext {
  readonly ask: Ask;
  /** `acme/deploy`. */
  readonly repository: string;
  /** Hash of the tree of a commit in the clone. */
  readonly treeOf: (sha: string) => Promise<string>;
  /** Asks the remote for the head of a branch. */
  readonly headNow: (branch: string) => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/** Makes one commit on a branch that is at `expectedHeadOid` (docs.github.com, "createCommitOnBranch"). */
const CREATE_COMMIT = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

/** Moves branches, all or none; `beforeOid` is a lease, and forty zeros stand for no branch ("updateRefs"). */
const UPDATE_REFS = `mutation($input: UpdateRefsInput!) {
  updateRefs(input: $input) { clientMutationId }
}`;

const REPOSITORY_ID = `query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { id }
}`;

/** The newest commits of a branch, as far as is needed to know one again. */
const NEWEST_COMMITS = `query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) {
      target { ... on Commit { history(first: 20) { nodes { oid tree { oid } parents(first: 2) { nodes { oid } } } } } }
    }
  }
}`;

const NO_COMMIT = '0'.repeat(40);

/**
 * Makes the commits through GitHub's API: on the branch itself where they continue it, and otherwise on a branch of
 * their own whose place the branch takes at once, under a lease, so that nobody sees half of it.
 */
export async function publish(publication: Publication, context: PublishContext): Promise<Published> {
  return publication.expected === publication.parent
    ? await publishOn(publication, context)
    : await publishApart(publication, context);
}

/** One commit after the other, each only on top of the one before. */
async function publishOn(
  { commits, shas: drafts, parent, branch }: Publication,
  context: PublishContext,
): Promise<Published> {
  const shas: string[] = [];
  for (const [index, commit] of commits.entries()) {
    const on = { branch, parent: shas.at(-1) ?? parent };
    const made = await makeCommit(commit, { ...on, draft: drafts[index] ?? '' }, context);
    if (typeof made !== 'string') return { outcome: made, shas };
    shas.push(made);
  }
  return { outcome: { kind: 'pushed' }, shas };
}

async function publishApart(publication: Publication, context: PublishContext): Promise<Published> {
  const { branch, parent, expected = NO_COMMIT, shas: drafts } = publication;
  // The hash of a commit that was made a moment ago is nobody else's name for a branch.
  const scratch = `lynceus-tmp-${drafts.at(-1)?.slice(0, 16) ?? ''}`;
  const begun = await moveRefs([{ branch: scratch, from: NO_COMMIT, to: parent }], context);
  if (begun.kind !== 'data') return none(asOutcome(begun));
  const { outcome, shas } = await publishOn({ ...publication, branch: scratch }, context);
  const head = shas.at(-1);
  if (outcome.kind !== 'pushed' || head === undefined) {
    await drop(scratch, head ?? parent, context);
    return none(outcome);
  }
  const moved = await moveRefs(
    [
      { branch, from: expected, to: head },
      { branch: scratch, from: head, to: NO_COMMIT },
    ],
    context,
  );
  if (moved.kind === 'data') return { outcome, shas };
  const judged = await judge(moved, { branch, expected: publication.expected, head }, context);
  if (judged.kind === 'pushed') return { outcome: judged, shas };
  await drop(scratch, head, context);
  return none(judged);
}

interface On {
  readonly branch: string;
  readonly parent: string;
  readonly draft: string;
}

/** The hash of the commit, or why there is none. */
async function makeCommit(
  { message, files }: ImportedCommit,
  on: On,
  context: PublishContext,
): Promise<string | PushOutcome> {
  const [headline = '', ...rest] = tidyMessage(message).trimEnd().split('\n');
  const input = {
    branch: { repositoryNameWithOwner: context.repository, branchName: on.branch },
    expectedHeadOid: on.parent,
    message: { headline, body: rest.join('\n').trim() },
    fileChanges: {
      additions: files.map(({ path, text }) => ({ path, contents: Buffer.from(text).toString('base64') })),
    },
  };
  const { ask, signal } = context;
  const reply = await ask(
    { document: CREATE_COMMIT, variables: { input }, what: `commit to ${on.branch}` },
    signal,
  );
  if (reply.kind === 'data') {
    const sha = textField(objectField(objectField(reply.data, 'createCommitOnBranch'), 'commit'), 'oid');
    return sha === '' ? { kind: 'failed', error: noCommit(on.branch) } : sha;
  }
  if (reply.kind === 'unclear') {
    const arrived = await findArrived(on, context);
    if (arrived !== undefined) return arrived;
  }
  return await judge(reply, { branch: on.branch, expected: on.parent }, context);
}

/** The commit that was asked for, when it was made although its answer did not come. */
async function findArrived(
  { branch, parent, draft }: On,
  context: PublishContext,
): Promise<string | undefined> {
  const { ask, signal } = context;
  const variables = { ...placeOf(context), ref: `refs/heads/${branch}` };
  const reply = await ask(
    { document: NEWEST_COMMITS, variables, what: `read the commits of ${branch}` },
    signal,
  );
  if (reply.kind !== 'data') return undefined;
  const target = objectField(objectField(objectField(reply.data, 'repository'), 'ref'), 'target');
  const commits = objectList(objectField(target, 'history')['nodes']) ?? [];
  const tree = await context.treeOf(draft);
  const ours = commits.find((commit) => {
    const parents = objectList(objectField(commit, 'parents')['nodes']) ?? [];
    const isNext = parents.length === 1 && parents.every((one) => textField(one, 'oid') === parent);
    return isNext && textField(objectField(commit, 'tree'), 'oid') === tree;
  });
  return ours && textField(ours, 'oid');
}

interface Move {
  readonly branch: string;
  readonly from: string;
  readonly to: string;
}

async function moveRefs(moves: readonly Move[], context: PublishContext): Promise<ApiReply> {
  const { ask, signal } = context;
  const what = `move the branch ${moves[0]?.branch ?? ''}`;
  const found = await ask({ document: REPOSITORY_ID, variables: placeOf(context), what }, signal);
  if (found.kind !== 'data') return found;
  const repositoryId = textField(objectField(found.data, 'repository'), 'id');
  const refUpdates = moves.map(({ branch, from, to }) => ({
    name: `refs/heads/${branch}`,
    beforeOid: from,
    afterOid: to,
    force: true,
  }));
  return await ask(
    { document: UPDATE_REFS, variables: { input: { repositoryId, refUpdates } }, what },
    signal,
  );
}

/** A branch that is left over harms nobody, so that it cannot be removed changes nothing. What others put on it stays. */
async function drop(scratch: string, at: string, context: PublishContext): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  await moveRefs([{ branch: scratch, from: at, to: NO_COMMIT }], { ...context, signal });
}

interface Whereabouts {
  readonly branch: string;
  /** Where it is when nothing was done. */
  readonly expected: string | undefined;
  /** Where it is when all was done, if that is known. */
  readonly head?: string;
}

/** What a reply that is no success means, once it is known where the branch is. */
async function judge(
  reply: Exclude<ApiReply, { kind: 'data' }>,
  { branch, expected, head }: Whereabouts,
  context: PublishContext,
): Promise<PushOutcome> {
  const outcome = asOutcome(reply);
  if (outcome.kind === 'pushed' || outcome.kind === 'rejected') return outcome;
  if (outcome.error.code === 'aborted') return outcome;
  const now = await context.headNow(branch).catch(() => expected);
  if (head !== undefined && now === head) return { kind: 'pushed' };
  return now === expected ? outcome : { kind: 'rejected', reason: outcome.error.message };
}

function asOutcome(reply: Exclude<ApiReply, { kind: 'data' }>): PushOutcome {
  if (reply.kind === 'stale') return { kind: 'rejected', reason: reply.reason };
  if (reply.kind === 'refused' && reply.byRule === true) return { kind: 'refused', error: reply.error };
  return { kind: 'failed', error: reply.error };
}

function none(outcome: PushOutcome): Published {
  return { outcome, shas: [] };
}

function placeOf({ repository }: PublishContext): JsonObject {
  const [owner = '', name = ''] = repository.split('/');
  return { owner, name };
}

function noCommit(branch: string): LynceusError {
  return new LynceusError('host-failed', `GitHub's API names no commit that it made on ${branch}`);
}
