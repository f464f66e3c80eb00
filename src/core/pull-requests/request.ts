/** One pull request (GitLab: merge request) whose branch is in the same project as its base. */
export interface PullRequest {
  /** The number people see: `#7`, `!7`. */
  readonly number: number;
  /** Page for people; never holds a secret. */
  readonly url: string;
  readonly state: 'open' | 'merged' | /** Ended without being merged. */ 'closed';
  /** Names of branches, without `refs/heads/`. */
  readonly head: string;
  readonly base: string;
  readonly title: string;
  /** As the host keeps it; `''` when there is none. */
  readonly body: string;
  /** It was opened by the account that we log in with; where a host does not say who that is, by anybody. */
  readonly isOurs: boolean;
  /** Who merged or closed it, as people are named there; `undefined` when it is open or the host does not have it. */
  readonly endedBy: string | undefined;
  /** The commit that it became, or the beginning of its hash; `undefined` when it is not merged or the host does not have it. */
  readonly mergedAs?: string | undefined;
  /** Whether it merges by itself when everything is ready. */
  readonly autoMerge: boolean;
}
