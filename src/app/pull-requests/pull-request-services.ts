import type { GitRemote } from '../../core/git/remote.ts';
import type { MergeMethod, PullRequestHosts } from '../../ports/pull-request-host.ts';

/** How requests to one remote are made. */
export interface RequestSettings {
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly autoMerge: MergeMethod | undefined;
  readonly draft: boolean;
  /** Whether our branches go when their request has ended. */
  readonly deleteBranch: boolean;
}

/** All that pull requests need. */
export interface PullRequestServices {
  readonly hosts: PullRequestHosts;
  readonly settingsOf: (remote: GitRemote) => RequestSettings;
}
