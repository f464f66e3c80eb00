import { isCommitHash } from '../git/branch-name.ts';
import type { Deployment } from './deployment.ts';

/** A commit that Argo CD was told to run after others, so that it may be older than they are. */
export interface SuspectedRollback {
  readonly revision: string;
  /** Milliseconds since 1970; `undefined` where that sync has not succeeded. */
  readonly deployedAt: number | undefined;
  /** Other commits that were deployed before it. */
  readonly before: readonly string[];
  /** Commits that were deployed between this one and an earlier time of the same; empty where it was deployed once. */
  readonly between: readonly string[];
}

/**
 * How an Application may have been rolled back in Argo CD (`argocd app rollback`, or a sync to an older commit), by its status
 * alone: a person syncs it, it is not synced, and what runs was deployed after another commit. A rollback is an entry of the
 * history like any other sync, and what is compared stays the head of the branch. So it also fits an Application that is merely
 * behind its branch, and `isSteppedBack` decides with the history of the branch. Argo CD refuses a rollback while it syncs by itself.
 * There are two where the last sync has not succeeded: it is not in the history, and shows all the same what somebody wants.
 */
export function suspectedRollbacks(
  deployment: Deployment | undefined,
  sourceIndex: number | undefined,
): readonly SuspectedRollback[] {
  if (deployment === undefined || sourceIndex === undefined) return [];
  const { sync, operation, history, isAutomated } = deployment;
  if (isAutomated || sync.status === 'synced') return [];
  const deployed = history.map(({ revisions, deployedAt }) => ({
    revision: revisions[sourceIndex] ?? '',
    deployedAt,
  }));
  const compared = sync.revisions[sourceIndex] ?? '';
  const under =
    operation === undefined || operation.phase === 'succeeded'
      ? []
      : suspected(
          [...deployed, { revision: operation.revisions[sourceIndex] ?? '', deployedAt: undefined }],
          compared,
        );
  return [...suspected(deployed, compared), ...under];
}

interface DeployedCommit {
  readonly revision: string;
  readonly deployedAt: number | undefined;
}

function suspected(deployed: readonly DeployedCommit[], compared: string): readonly SuspectedRollback[] {
  const last = deployed.at(-1);
  if (last === undefined || !isCommitHash(last.revision) || last.revision === compared) return [];
  const earlier = deployed.slice(0, -1).map(({ revision }) => revision);
  const before = [...new Set(earlier)].filter(
    (revision) => isCommitHash(revision) && revision !== last.revision,
  );
  if (before.length === 0) return [];
  const first = earlier.indexOf(last.revision);
  const between = first < 0 ? [] : before.filter((revision) => earlier.indexOf(revision, first) >= 0);
  return [{ ...last, before, between }];
}

/** How much of the history of the branch is needed to tell. */
export type StepBackAnswer = 'yes' | 'no' | 'more-history';

/**
 * Whether the commit that runs is older than one that was deployed before it. `commits` are hashes of the branch, newest first, and
 * `isAll` is whether there are no more to be had. A commit that is not among them is older, or of a branch that was replaced: then it
 * counts as a rollback only where the same commit was deployed before, and another one of this branch since.
 */
export function isSteppedBack(
  { revision, before, between }: SuspectedRollback,
  commits: readonly string[],
  isAll: boolean,
): StepBackAnswer {
  const places = new Map(commits.map((sha, place) => [sha, place]));
  const place = places.get(revision);
  const isNewer = (other: string) => (places.get(other) ?? Infinity) < (place ?? Infinity);
  if (place !== undefined) return before.some(isNewer) ? 'yes' : 'no';
  if (between.some(isNewer)) return 'yes';
  return isAll || !before.some(isNewer) ? 'no' : 'more-history';
}
