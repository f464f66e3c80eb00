import type { PromotionStage } from '../promotion/promotion-policy.ts';
import type { ApplicationHealth, Deployment } from './deployment.ts';

/** How far Argo CD has come with a version that was written. Times are milliseconds since 1970. */
export interface VersionState {
  readonly stage: Exclude<PromotionStage, 'verified'>;
  /** Of the Application, whatever it runs: of this version only from `synced` on. */
  readonly health: ApplicationHealth;
  /** Since when without interruption the version is in its stage; `undefined` where Argo CD does not say. */
  readonly since: number | undefined;
}

/** A version that was written to a file. */
export interface VersionInFile {
  /** As `versionText` spells it. */
  readonly version: string;
  /** Which of the revisions is of the branch that has the file; `undefined` when none is, and nothing is known then. */
  readonly sourceIndex: number | undefined;
  /** What the file says at a revision that `revisionsToRead` names; `undefined` when that is not known, or it says nothing. */
  readonly versionAt: (revision: string) => string | undefined;
  /** When it was committed; a version is not older than that, whatever was deployed without a sync of its own. */
  readonly writtenAt?: number;
}

/**
 * The stage of a version by what Argo CD says. `synced`: Argo CD has compared the Application with a commit at which the file says this
 * version, found it the same, and the last sync of it succeeded. A sync that failed and was for another version does not count;
 * while one is under way, nothing is synced. `healthy`: synced, and the Application is Healthy; since the later of the change of
 * health and the last deployment. All else, and what is not known, is `written`: that is no failure, and waits.
 *
 * A revision alone decides nothing: in a remote of many Applications it is mostly a commit of another one.
 */
export function versionState(
  deployment: Deployment | undefined,
  { version, sourceIndex, versionAt, writtenAt }: VersionInFile,
): VersionState {
  const saidAt = (revisions: readonly string[]): string | undefined => {
    const revision = sourceIndex === undefined ? '' : (revisions[sourceIndex] ?? '');
    return revision === '' ? undefined : versionAt(revision);
  };
  if (deployment === undefined) return UNSEEN;
  const isCompared = saidAt(deployment.sync.revisions) === version;
  const isOfOther = (revisions: readonly string[]) => (saidAt(revisions) ?? version) !== version;
  return stateOf(deployment, { isCompared, isOfOther, writtenAt });
}

/**
 * The same for a version that was written to the Application in the cluster and is in its spec now: what is compared is the spec,
 * once Argo CD has seen it. Which spec a sync that failed was for is not known, so no version counts as synced after one.
 */
export function declaredState(deployment: Deployment | undefined, writtenAt?: number): VersionState {
  if (deployment === undefined) return UNSEEN;
  return stateOf(deployment, { isCompared: true, isOfOther: () => false, writtenAt });
}

/** The revisions at which the file must be read for `versionState`. */
export function revisionsToRead(deployment: Deployment, sourceIndex: number | undefined): readonly string[] {
  if (sourceIndex === undefined || deployment.sync.status !== 'synced') return [];
  const { sync, operation } = deployment;
  const revisions = [
    sync.revisions[sourceIndex] ?? '',
    operation === undefined || operation.phase === 'succeeded'
      ? ''
      : (operation.revisions[sourceIndex] ?? ''),
  ];
  return [...new Set(revisions)].filter((revision) => revision !== '');
}

const UNSEEN: VersionState = { stage: 'written', health: 'unknown', since: undefined };

interface Compared {
  /** Whether what was compared has the version. */
  readonly isCompared: boolean;
  /** Whether a sync is known to be for another version. */
  readonly isOfOther: (revisions: readonly string[]) => boolean;
  readonly writtenAt: number | undefined;
}

function stateOf(deployment: Deployment, { isCompared, isOfOther, writtenAt }: Compared): VersionState {
  const { sync, health, operation, history } = deployment;
  const isSame = isCompared && sync.status === 'synced' && sync.isStale !== true;
  if (!isSame || !hasSucceeded(operation, isOfOther))
    return { stage: 'written', health: health.status, since: writtenAt };
  const deployedAt = latest([writtenAt, ...history.map((entry) => entry.deployedAt)]);
  if (health.status !== 'healthy') return { stage: 'synced', health: health.status, since: deployedAt };
  const since = health.since === undefined ? undefined : latest([health.since, deployedAt]);
  return { stage: 'healthy', health: health.status, since };
}

/** Without a sync there was nothing to do: Argo CD found what it wanted. */
function hasSucceeded(operation: Deployment['operation'], isOfOther: Compared['isOfOther']): boolean {
  switch (operation?.phase) {
    case undefined:
    case 'succeeded':
      return true;
    case 'running':
    case 'terminating':
      return false;
    case 'failed':
    case 'error':
      return isOfOther(operation.revisions);
  }
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
