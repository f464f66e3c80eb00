import type { PlannedCommit } from '../../core/change.ts';
import type { LynceusError } from '../../errors.ts';
import type { CommitResult } from '../../ports/writer.ts';
import { allFailed } from '../commit-results.ts';

/** How a push of some commits ended; one result for each of them. */
export interface PushedTogether {
  /** `refused`: the remote does not take all of them together. `broken`: nothing can be pushed now. */
  readonly kind: 'done' | 'refused' | 'broken';
  readonly results: readonly CommitResult[];
  /** What those that are not in the branch have failed with, unless it is `done`. */
  readonly error: LynceusError | undefined;
}

/** What became of commits by several pushes. */
export interface PushResults {
  keep(pushed: PushedTogether): void;
  /** Those that are in the branch. */
  accepted(): readonly PlannedCommit[];
  /** Those that the remote refused in the last push of them. */
  openOf(commits: readonly PlannedCommit[]): readonly PlannedCommit[];
  /** The same of all commits. */
  refused(): readonly { readonly commit: PlannedCommit; readonly error: LynceusError }[];
  fail(commit: PlannedCommit, error: LynceusError): void;
  /** Those that have no result yet fail as another one did. */
  failRest(commits: readonly PlannedCommit[]): void;
  /** A commit of several Applications as its parts, which have its result. */
  spread(commit: PlannedCommit): readonly PlannedCommit[];
  resultsOf(commit: PlannedCommit): readonly CommitResult[];
}

export function createPushResults(): PushResults {
  const results = new Map<PlannedCommit, CommitResult>();
  const refusedWith = new Map<PlannedCommit, LynceusError>();
  const spreadOut = new Set<PlannedCommit>();

  function fail(commit: PlannedCommit, error: LynceusError): void {
    for (const result of allFailed([commit], error)) results.set(commit, result);
  }

  return {
    keep({ kind, results: made, error }) {
      for (const result of made) {
        const { commit, ending } = result;
        const isRefused = kind === 'refused' && ending.kind === 'failed' && ending.error === error;
        const before = results.get(commit)?.ending;
        // What an earlier push brought into the branch is there still.
        if (before !== undefined && isInBranch(before) && (isRefused || ending.kind === 'unchanged'))
          continue;
        results.set(commit, result);
        if (isRefused) refusedWith.set(commit, ending.error);
        else refusedWith.delete(commit);
      }
    },
    accepted: () =>
      [...results.values()].filter(({ ending }) => isInBranch(ending)).map(({ commit }) => commit),
    openOf: (commits) => commits.filter((commit) => refusedWith.has(commit)),
    refused: () => [...refusedWith].map(([commit, error]) => ({ commit, error })),
    fail,
    failRest(commits) {
      const failure = [...results.values()].find(({ ending }) => ending.kind === 'failed')?.ending;
      if (failure?.kind !== 'failed') return;
      for (const commit of commits) if (!results.has(commit)) fail(commit, failure.error);
    },
    spread(commit) {
      const { parts = [] } = commit;
      const error = refusedWith.get(commit);
      spreadOut.add(commit);
      results.delete(commit);
      refusedWith.delete(commit);
      if (error === undefined) return parts;
      for (const part of parts) {
        fail(part, error);
        refusedWith.set(part, error);
      }
      return parts;
    },
    resultsOf(commit) {
      const all = spreadOut.has(commit) ? (commit.parts ?? []) : [commit];
      return all.flatMap((one) => results.get(one) ?? []);
    },
  };
}

function isInBranch({ kind }: CommitResult['ending']): boolean {
  return kind === 'pushed' || kind === 'unchanged';
}
