import type { TemplateLimits } from '../../core/plan/template/meter.ts';
import type { GitRemote } from '../../core/git/remote.ts';
import type { MergeMethod, PullRequestHosts } from '../../ports/pull-request-host.ts';
import type { RequestMemory } from './request-memory.ts';

/** The settings for requests to one remote. */
export interface RequestSettings {
  readonly labels: readonly string[];
  /** Template of the title; absent: the first line of the commit message, and the version. */
  readonly title?: string | undefined;
  /** What a title may cost; absent means the defaults. */
  readonly templateLimits?: TemplateLimits;
  readonly reviewers: readonly string[];
  readonly autoMerge: MergeMethod | undefined;
  readonly draft: boolean;
  /** Whether our branches are deleted when their request has ended. */
  readonly deleteBranch: boolean;
}

/** The hosts and settings of pull requests. */
export interface PullRequestServices {
  readonly hosts: PullRequestHosts;
  readonly settingsOf: (remote: GitRemote) => RequestSettings;
  /** Whether requests to a remote are configured, be it that they are not enabled. */
  readonly covers?: (remote: GitRemote) => boolean;
  readonly memory: RequestMemory;
}
