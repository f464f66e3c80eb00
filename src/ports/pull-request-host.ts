import type { GitPlace } from '../core/policy.ts';
import type { RequestLacks } from '../core/pull-requests/marker.ts';
import type { PullRequest } from '../core/pull-requests/request.ts';

export type { PullRequest };

export interface PullRequestDraft {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** As the host names people (and `team/NAME` teams, where it has them). */
  readonly reviewers: readonly string[];
  readonly draft: boolean;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** How a request is to be merged. */
export interface Merging {
  readonly method: MergeMethod;
  /** Message of the commit of a squash; `undefined` for what the host makes of it. */
  readonly squash: string | undefined;
  /** It may be set to merge with another message already, which is replaced. */
  readonly again: boolean;
}

/** What a host can do beyond the least. What it cannot do is left out of a request, with a sentence why. */
export type HostAbility = 'labels' | 'reviewers' | 'auto-merge' | 'draft';

/**
 * `as-before`: it was to be merged already, which some hosts do not show with a request. `refused`: why the host does not,
 * in its own words.
 */
export type AutoMergeResult =
  { readonly kind: 'enabled' | 'as-before' } | { readonly kind: 'refused'; readonly reason: string };

export interface CreatedRequest {
  readonly request: PullRequest;
  /** What the draft asks for and the host did not do, one sentence each: labels, reviewers. */
  readonly shortcomings: readonly string[];
  /** What of it another attempt may add; absent when there is nothing. */
  readonly lacks?: RequestLacks;
}

export type Added = Omit<CreatedRequest, 'request'>;

/**
 * The pull requests of one project. Every call throws `LynceusError`: `host-denied` (login, rights, no such project),
 * `host-rate-limited`, `host-unreachable`, `host-failed`. Lists are complete or the call throws. Requests from forks are
 * in none of them: anybody can write one.
 */
export interface PullRequestHost {
  /** What people call it in messages: `github.com/acme/deploy`. */
  readonly label: string;
  readonly abilities: ReadonlySet<HostAbility>;
  /** Longest title and body, in characters. */
  readonly limits: { readonly title: number; readonly body: number };
  /** Open requests into a branch. */
  listOpen(base: string, signal: AbortSignal): Promise<readonly PullRequest[]>;
  /** Merged and closed requests from one branch into another: the newest 20 at least, newest first. */
  listEnded(head: string, base: string, signal: AbortSignal): Promise<readonly PullRequest[]>;
  /** Opens a request. When there is an open one from this branch into this base already, gives that one as it is. */
  create(draft: PullRequestDraft, signal: AbortSignal): Promise<CreatedRequest>;
  /** Tries once more to add what `create` could not. */
  add(number: number, wanted: RequestLacks, signal: AbortSignal): Promise<Added>;
  update(
    number: number,
    text: { readonly title: string; readonly body: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Writes the comment, and closes the request with this body without merging it. */
  close(
    number: number,
    text: { readonly body: string; readonly comment: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Lets the host merge it when everything is ready. */
  enableAutoMerge(number: number, merging: Merging, signal: AbortSignal): Promise<AutoMergeResult>;
}

/** Finds the host of a remote. Throws `config-invalid` when its kind is unknown, and what `GitLogins` throws. */
export interface PullRequestHosts {
  find(place: GitPlace, signal: AbortSignal): Promise<PullRequestHost>;
  /** Ends idle connections. */
  close(): void;
}
