import type { Plan } from '../../core/plan/plan.ts';
import type { GitPlace } from '../../core/policy.ts';
import type { Log } from '../../ports/log.ts';
import type { PullRequestHost } from '../../ports/pull-request-host.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { Written } from '../apply-plan.ts';
import type { Evaluation } from '../decide-images.ts';
import type { HostTurns } from './host-turns.ts';
import type { HostViews } from './ask-hosts.ts';
import type { PullRequestServices, RequestSettings } from './pull-request-services.ts';

export interface ProposeInput {
  readonly evaluations: readonly Evaluation[];
  readonly views: HostViews;
  readonly plan: Plan;
  readonly written: Written;
  readonly session: WriterSession;
}

export interface ProposeOptions {
  readonly pullRequests: PullRequestServices;
  /** Report what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly log: Log;
  /** Shared with whoever else asks the same hosts. */
  readonly hosts: HostTurns;
  readonly signal: AbortSignal;
}

/** What it takes to change the requests of one place. */
export interface RequestWork extends ProposeOptions {
  readonly host: PullRequestHost;
  readonly session: WriterSession;
  readonly place: GitPlace;
}

export function settingsOf({
  pullRequests,
  place,
}: Pick<RequestWork, 'pullRequests' | 'place'>): RequestSettings {
  return pullRequests.settingsOf(place.remote);
}
