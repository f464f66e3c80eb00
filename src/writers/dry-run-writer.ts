import type { ChangeSet } from '../core/change.ts';
import type { EditOptions } from '../edits/index.ts';
import { asLynceusError } from '../errors.ts';
import type { CommitResult, FileState, Writer, WriterSession } from '../ports/writer.ts';
import { allFailed, resultsOf } from './commit-results.ts';
import { replayCommits, requestsOf, statesByTarget, type ReplayedCommit } from './replay.ts';

export interface DryRunOptions {
  readonly editOptions: EditOptions;
}

/** A writer that reads like the inner one and then only shows what it would push. */
export function createDryRunWriter(inner: Writer, options: DryRunOptions): Writer {
  return {
    open() {
      const session = inner.open();
      return {
        read: (place, requests, signal) => session.read(place, requests, signal),
        readAt: (place, wanted, signal) => session.readAt(place, wanted, signal),
        readProposal: (place, requests, signal) => session.readProposal(place, requests, signal),
        history: (place, request, signal) => session.history(place, request, signal),
        loginKey: (place, signal) => session.loginKey(place, signal),
        heads: (place, signal) => session.heads(place, signal),
        deleteBranch: () => Promise.resolve(false),
        leftAlone: (set, signal) => session.leftAlone(set, signal),
        apply: (set, signal) => show(set, session, { ...options, signal }),
        close: () => session.close(),
      };
    },
  };
}

async function show(
  set: ChangeSet,
  session: WriterSession,
  { editOptions, signal }: DryRunOptions & { readonly signal: AbortSignal },
): Promise<readonly CommitResult[]> {
  const branch = set.pushBranch ?? set.place.base;
  const requests = requestsOf(set.commits);
  try {
    const place = { ...set.place, push: set.pushBranch };
    const wanted = [...requests.values()];
    const states = await session.read(place, wanted, signal);
    const left = await session.leftAlone(set, signal);
    if (left !== undefined) return left;
    // A branch that is not ours and may be written nevertheless proposes nothing.
    const proposed = await session.readProposal(place, wanted, signal).catch(nothingIfForeign);
    const replayed = replayCommits(set.commits, { editOptions, stateOf: statesByTarget(requests, states) });
    const isThere = proposed !== undefined && replayed.every((one) => holdsAll(one, proposed));
    return resultsOf(replayed, branch, () => ({ kind: isThere ? 'unchanged' : 'shown', branch }));
  } catch (thrown) {
    return allFailed(set.commits, asLynceusError(thrown));
  }
}

function nothingIfForeign(thrown: unknown): undefined {
  const error = asLynceusError(thrown);
  if (error.code !== 'branch-foreign') throw error;
}

/** Whether the push branch holds all that a commit would write. */
function holdsAll({ files }: ReplayedCommit, proposed: readonly FileState[]): boolean {
  const texts = new Map(proposed.map((state) => [state.kind === 'text' ? state.path : '', state] as const));
  return files.every(({ path, after }) => {
    const state = texts.get(path);
    return state?.kind === 'text' && state.text === after;
  });
}
