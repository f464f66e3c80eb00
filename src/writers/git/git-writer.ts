import type { GitPlace } from '../../core/policy.ts';
import type { EditOptions } from '../../edits/index.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Writer, WriterSession } from '../../ports/writer.ts';
import { allFailed } from '../commit-results.ts';
import { applyChangeSet, leftAlone } from './apply.ts';
import { findBase, findPush, type Head } from '../../core/git/heads.ts';
import type { Connection } from './connection.ts';
import { createConnections, type ConnectionsOptions } from './connections.ts';
import type { Author } from './fast-import.ts';
import type { KnownSignatures } from './signing/verify-signatures.ts';
import type { GitApplyOptions } from './replay-on.ts';
import { foreignBranch, type BranchJudgement } from './branch-judgement.ts';
import { checkFolder, pinsOf } from './remote-guard.ts';
import { keyOfLogin } from './login-key.ts';
import { createRevisionFiles, type RevisionFiles } from './revision-files.ts';
import { createRefusedPushes } from './refused-pushes.ts';
import { createKeyedLock, type KeyedLock } from '../../async/keyed-lock.ts';

export interface GitWriterOptions extends ConnectionsOptions {
  readonly editOptions: EditOptions;
  /** How often a rejected push is replayed and pushed again. */
  readonly pushAttempts: number;
}

export interface GitWriter extends Writer {
  /** Throws `signing-failed` when commits are to be signed and could not be. */
  trySigning(signal: AbortSignal): Promise<void>;
}

/**
 * Reads from and pushes to Git remotes, without a work tree: files are read from and written to a shallow bare
 * clone. One remote is dealt with by one piece of work at a time, whichever session it belongs to.
 */
export function createGitWriter(options: GitWriterOptions): GitWriter {
  checkAuthor(options.author);
  const lock = createKeyedLock();
  const kept = {
    refusals: createRefusedPushes(options.clock),
    unforced: new Set<string>(),
    known: new Map<string, boolean>(),
    revisions: createRevisionFiles(),
  };
  return {
    open: () => openSession({ ...options, ...kept }, lock),
    async trySigning(signal) {
      const connections = createConnections(options, lock, kept.known);
      try {
        await connections.trySigning(signal);
      } finally {
        await connections.close();
      }
    },
  };
}

function openSession(options: SessionOptions, lock: KeyedLock): WriterSession {
  const connections = createConnections(options, lock, options.known);
  return {
    async read(place, requests, signal) {
      return connections.use(place, signal, async (connection) => {
        const head = await obtainBase(place, connection, signal);
        return connection.readerOf(head).read(requests, signal);
      });
    },
    readAt: (place, wanted, signal) =>
      options.revisions.read({ ...wanted, place, signal }, (work) => connections.use(place, signal, work)),
    async readProposal(place, requests, signal) {
      return connections.use(place, signal, async (connection) => {
        const proposal = await judgeProposal(place, { connection, signal });
        if (proposal === undefined) return undefined;
        const { branch, judgement } = proposal;
        if (judgement.kind === 'foreign' && judgement.records.length === 0)
          throw foreignBranch(branch, judgement, { remote: connection.remote.label });
        return connection.readerOf({ branch, sha: judgement.sha }).read(requests, signal);
      });
    },
    async history(place, request, signal) {
      return connections.use(place, signal, async (connection) => {
        const head = await obtainBase(place, connection, signal);
        return connection.history(head, request, signal);
      });
    },
    async loginKey(place, signal) {
      const login = await options.logins.find(place, signal);
      // What may not be connected to shares no connection with what may.
      checkFolder(place, options.guard);
      await pinsOf(place, login, { ...options, signal });
      return keyOfLogin(login);
    },
    async heads(place, signal) {
      return connections.use(place, signal, (connection) => connection.heads(signal));
    },
    async deleteBranch(place, branch, signal) {
      return connections.use(place, signal, (connection) =>
        deleteOwnBranch({ place, branch }, { connection, signal }),
      );
    },
    async leftAlone(set, signal) {
      return connections.use(set.place, signal, (connection) =>
        leftAlone(set, { ...options, connection, signal }),
      );
    },
    async apply(set, signal) {
      try {
        return await connections.use(set.place, signal, (connection) =>
          applyChangeSet(set, { ...options, connection, signal }),
        );
      } catch (thrown) {
        return allFailed(set.commits, asLynceusError(thrown));
      }
    },
    close: () => connections.close(),
  };
}

/** What all sessions share: a later cycle knows what an earlier one found out. */
type SessionOptions = GitWriterOptions &
  Pick<GitApplyOptions, 'refusals' | 'unforced'> & {
    readonly known: KnownSignatures;
    readonly revisions: RevisionFiles;
  };

/** The head of the base branch, once it is here. */
async function obtainBase(place: GitPlace, connection: Connection, signal: AbortSignal): Promise<Head> {
  const heads = await connection.heads(signal);
  return connection.obtain(findBase(heads, place.base, connection.remote), signal);
}

interface JudgedProposal {
  readonly branch: string;
  readonly judgement: BranchJudgement;
}

/** What the push branch is, once it is here; `undefined` when there is none. */
async function judgeProposal(
  place: GitPlace,
  { connection, signal }: ProposalOptions,
): Promise<JudgedProposal | undefined> {
  const heads = await connection.heads(signal);
  const pushed = findPush(heads, place.push);
  const base = await obtainBase(place, connection, signal);
  if (pushed === undefined || pushed.branch === base.branch) return undefined;
  const judgement = await connection.judge(pushed, { base }, signal);
  return { branch: pushed.branch, judgement };
}

/** Takes just the head away that was read; whoever was faster keeps the branch. */
async function deleteOwnBranch(
  { place, branch }: { readonly place: GitPlace; readonly branch: string },
  options: ProposalOptions,
): Promise<boolean> {
  const { connection, signal } = options;
  const proposal = await judgeProposal({ ...place, push: branch }, options);
  if (proposal === undefined) return false;
  const { judgement } = proposal;
  if (judgement.kind === 'foreign') {
    // Nobody thinks that it is ours, so there is nothing to say.
    if (judgement.isInBase) return false;
    throw foreignBranch(branch, judgement, { remote: connection.remote.label });
  }
  const outcome = await connection.remove({ branch, expected: judgement.sha }, signal);
  if (outcome.kind === 'failed' || outcome.kind === 'refused') throw outcome.error;
  return outcome.kind === 'pushed';
}

interface ProposalOptions {
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** What a commit's author line cannot hold (git-fast-import, "author"). */
function checkAuthor({ name, email }: Author): void {
  for (const [key, text] of [['name', name] as const, ['email', email] as const]) {
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    if (!/[<>\u0000-\u001f\u007f]/.test(text) && text.trim() !== '') continue;
    throw new LynceusError(
      'config-invalid',
      `the ${key} of the commit author is empty or holds < > or a line break`,
      {
        hint: `set git.author.${key}`,
      },
    );
  }
}
