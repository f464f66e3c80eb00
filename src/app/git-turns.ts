import { createDeadline, type Deadline } from '../async/deadline.ts';
import { createFairSlots, type Asker, type FairSlots } from '../async/fair-slots.ts';
import type { GitPlace } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import type { CommitResult, WriterSession } from '../ports/writer.ts';
import { LENT_SLOT, lateRemote, type CycleLimits } from './cycle-limits.ts';

/** Who may deal with Git remotes when, and for how long, in one cycle. */
export interface GitTurns {
  /** The same session for those who ask, each remote within its time. */
  session(inner: WriterSession, asker: Asker): WriterSession;
}

export interface GitTurnsOptions {
  /** How many remotes are dealt with at the same time. */
  readonly concurrency: number;
  readonly limits: CycleLimits;
  /** Remotes that had no time left in an earlier cycle, by their keys: kept from one cycle to the next. */
  readonly slow: Set<string>;
}

/** Remotes that were late before wait among themselves, so that they keep nobody else waiting twice. */
export function createGitTurns({ concurrency, limits, slow }: GitTurnsOptions): GitTurns {
  const share = limits.namespaceShare;
  const usual = createFairSlots({ concurrency, share, lend: LENT_SLOT });
  const apart = createFairSlots({ concurrency: Math.ceil(concurrency / 2), share, lend: LENT_SLOT });
  const times = new Map<string, RemoteTime>();

  function timeOf(place: GitPlace): RemoteTime {
    const { key } = place.remote;
    const known = times.get(key);
    if (known !== undefined) return known;
    const time = createDeadline(limits.remoteTime);
    const queue = slow.delete(key) ? apart : usual;
    time.signal.addEventListener('abort', () => slow.add(key), { once: true });
    times.set(key, { time, queue });
    return { time, queue };
  }

  return {
    session(inner, asker) {
      function within<T>(
        place: GitPlace,
        { what, signal }: { readonly what: string; readonly signal: AbortSignal },
        work: (signal: AbortSignal) => Promise<T>,
      ): Promise<T> {
        const { time, queue } = timeOf(place);
        const late = () => lateRemote(place.remote.label, what, limits);
        return queue.run(asker, signal, () => time.run({ signal, late }, work));
      }
      return boundedSession(inner, within);
    },
  };
}

interface RemoteTime {
  readonly time: Deadline;
  readonly queue: FairSlots;
}

type Within = <T>(
  place: GitPlace,
  waiting: { readonly what: string; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

function boundedSession(inner: WriterSession, within: Within): WriterSession {
  return {
    read: (place, requests, signal) =>
      within(place, { what: 'read files', signal }, (own) => inner.read(place, requests, own)),
    readProposal: (place, requests, signal) =>
      within(place, { what: 'read the push branch', signal }, (own) =>
        inner.readProposal(place, requests, own),
      ),
    history: (place, request, signal) =>
      within(place, { what: 'read the history', signal }, (own) => inner.history(place, request, own)),
    loginKey: (place, signal) =>
      within(place, { what: 'log in', signal }, (own) => inner.loginKey(place, own)),
    heads: (place, signal) =>
      within(place, { what: 'list the branches', signal }, (own) => inner.heads(place, own)),
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
