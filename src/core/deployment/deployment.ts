/**
 * What Argo CD says of an Application: what it compared, what it deployed, and how that is. Only its status, so advice: a
 * revision says nothing of an image before the file at that revision was read. Revisions are foreign text, `''` where one is not
 * known. Times are milliseconds since 1970.
 */
export interface Deployment {
  readonly sync: {
    readonly status: 'synced' | 'out-of-sync' | 'unknown';
    /** Commits that were compared, one for each source (a packaged chart has a version); empty when none was. */
    readonly revisions: readonly string[];
    /** The sources in the spec are others than those that were compared: Argo CD has not seen a change yet. */
    readonly isStale?: true;
  };
  readonly health: {
    readonly status: ApplicationHealth;
    /** Since when; `undefined` when that is not said. */
    readonly since: number | undefined;
  };
  /** The last sync; absent when there was none. */
  readonly operation?: {
    readonly phase: 'running' | 'terminating' | 'failed' | 'error' | 'succeeded';
    /** What is or was to be synced, one for each source. */
    readonly revisions: readonly string[];
    readonly finishedAt: number | undefined;
  };
  /** What was deployed, oldest first; Argo CD keeps the last ten unless told otherwise. */
  readonly history: readonly DeployedRevisions[];
  /** Whether Argo CD syncs by itself: else a person decides when. */
  readonly isAutomated: boolean;
}

/** As Argo CD names them, and `unknown` for what has none. */
export type ApplicationHealth = 'healthy' | 'progressing' | 'degraded' | 'suspended' | 'missing' | 'unknown';

export interface DeployedRevisions {
  /** One for each source. */
  readonly revisions: readonly string[];
  readonly deployedAt: number;
}
