import { createDeadline, type Deadline } from '../async/deadline.ts';
import type { Asker } from '../async/fair-queue.ts';
import { createFairSlots } from '../async/fair-slots.ts';
import type { GitPlace } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import type { CommitResult, WriterSession } from '../ports/writer.ts';
import { LENT_SLOT, lateRemote, pacesFor, type CycleLimits, type KeptPaces } from './cycle-limits.ts';

/** Who may deal with Git remotes when, and for how long, in one cycle. */
export interface GitTurns {
  /** The same session for those who ask, each remote within its time. */
  session(inner: WriterSession, asker: Asker): WriterSession;
}

export interface GitTurnsOptions {
  /** How many remotes are dealt with at the same time. */
  readonly concurrency: number;
  readonly limits: CycleLimits;
  readonly paces: KeptPaces;
}

/** Listing branches is a small process, and where a remote that does not answer is found out. */
const MOST_LISTINGS_LENT = 4;

/** One queue for the first question to a remote, and one for the transfers. */
export function createGitTurns({ concurrency, limits, paces }: GitTurnsOptions): GitTurns {
  const slots = { concurrency, share: limits.namespaceShare, lend: LENT_SLOT };
  const listings = createFairSlots({
    ...slots,
    mostLent: MOST_LISTINGS_LENT,
    paces: pacesFor(paces, 'git listings'),
  });
  const transfers = createFairSlots({ ...slots, paces: pacesFor(paces, 'git transfers') });
  const times = new Map<string, Deadline>();

  function timeOf({ remote }: GitPlace): Deadline {
    const known = times.get(remote.key) ?? createDeadline(limits.remoteTime);
    times.set(remote.key, known);
    return known;
  }

  return {
    session(inner, asker) {
      return boundedSession(inner, (place, { what, signal, isListing = false }, work) => {
        const late = () => lateRemote(place.remote.label, what, limits);
        const queue = isListing ? listings : transfers;
        return queue.run(asker, signal, () => timeOf(place).run({ signal, late }, work));
      });
    },
  };
}

type Within = <T>(
  place: GitPlace,
  waiting: { readonly what: string; readonly signal: AbortSignal; readonly isListing?: boolean },
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

function boundedSession(inner: WriterSession, within: Within): WriterSession {
  return {
    read: (place, requests, signal) =>
      within(place, { what: 'read files', signal }, (own) => inner.read(place, requests, own)),
    readAt: (place, wanted, signal) =>
      within(place, { what: 'read files', signal }, (own) => inner.readAt(place, wanted, own)),
    readProposal: (place, requests, signal) =>
      within(place, { what: 'read the push branch', signal }, (own) =>
        inner.readProposal(place, requests, own),
      ),
    history: (place, request, signal) =>
      within(place, { what: 'read the history', signal }, (own) => inner.history(place, request, own)),
    loginKey: (place, signal) =>
      within(place, { what: 'log in', signal, isListing: true }, (own) => inner.loginKey(place, own)),
    heads: (place, signal) =>
      within(place, { what: 'list the branches', signal, isListing: true }, (own) => inner.heads(place, own)),
    deleteBranch: (place, branch, signal) =>
      within(place, { what: 'delete a branch', signal }, (own) => inner.deleteBranch(place, branch, own)),
    leftAlone: (set, signal) =>
      within(set.place, { what: 'read the push branch', signal }, (own) => inner.leftAlone(set, own)),
    apply: (set, signal) =>
      within(set.place, { what: 'push', signal }, async (own) => {
        const results = await inner.apply(set, own);
        // What was stopped is a result there; whoever stopped it knows why.
        if (own.aborted && results.some(isStopped)) throw stopped();
        return results;
      }),
    close: () => inner.close(),
  };
}

function isStopped({ ending }: CommitResult): boolean {
  return ending.kind === 'failed' && ending.error.code === 'aborted';
}

function stopped(): LynceusError {
  return new LynceusError('aborted', 'stopped before everything was written');
}
