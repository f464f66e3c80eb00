import type * as z from 'zod';
import type { PullRequest } from '../core/pull-requests/request.ts';
import type { AutoMergeResult, HostAbility, Merging, PullRequestDraft } from '../ports/pull-request-host.ts';
import type { ApiCall, ApiQuery } from './host-api.ts';
import type { Paging } from './paging.ts';
import type { ApiAnswer } from './refusal.ts';
import type { FoundReviewers } from './reviewers.ts';

/** What a call does, for messages, and what ends it. */
export interface CallContext {
  readonly what: string;
  readonly signal: AbortSignal;
}

/** One change of a pull request; `PUT` or `PATCH` to the request itself unless it names another method or path. */
export interface Change {
  readonly method?: 'POST';
  /** Path below that of the request: `/decline`. */
  readonly below?: string;
  readonly query?: ApiQuery;
  readonly body?: unknown;
}

/**
 * A change, or how it is made of the request as it is now: then the request is read first. `refused` is the answer that
 * made us try again.
 */
export type ChangeStep<Row> = Change | ((now: Row, refused?: ApiAnswer) => Change);

/** A request as a host answers it. */
export type HostRequest = Omit<PullRequest, 'isOurs'>;

/** A call, and where the account is in its answer. A token may lack the right to ask. */
export interface AccountCall extends Pick<ApiCall, 'method' | 'path' | 'query' | 'body'> {
  readonly accountIn: (answer: ApiAnswer) => string | undefined;
}

/** Where the requests of one branch are listed. */
export interface BranchQuery {
  /** `undefined`: from any branch. */
  readonly head: string | undefined;
  readonly base: string;
}

/**
 * What one kind of host has of its own; `createHost` does the rest. `Row` is a pull request as the API answers it. Lists
 * may hold more than was asked for: what is from a fork or of other branches is left out.
 */
export interface HostDialect<Row> {
  /** `pull request` unless set. */
  readonly noun?: 'merge request';
  /** What is before the number of a request; `#` unless set. */
  readonly sign?: '!';
  readonly abilities: readonly HostAbility[];
  /** Longest title and body, in characters. */
  readonly limits: { readonly title: number; readonly body: number };
  /** Path of the list of requests; that of one is below it. */
  readonly path: string;
  /** Part of every call. */
  readonly query?: ApiQuery;

  readonly row: z.ZodType<Row>;
  readonly toRequest: (row: Row) => HostRequest;
  /** The account that opened it; `undefined` when the host does not say. */
  readonly openedBy: (row: Row) => string | undefined;
  /** How the host is asked for the account that we log in with, by the same name; the first answer counts. */
  readonly account: readonly AccountCall[];
  /** Whether the branch is in the project itself: a fork may have one of the same name. */
  readonly isFromHere: (row: Row) => boolean;
  readonly paging?: Paging;
  readonly openQuery: (branches: BranchQuery) => ApiQuery;
  /** Newest first, with what is open where it cannot be left out. */
  readonly endedQuery: (branches: BranchQuery & { readonly head: string }) => ApiQuery;
  /** After so many rows no further page of ended requests is read. */
  readonly mostEndedRows?: number;
  /** The same row with what lists leave out. */
  readonly complete?: (row: Row, signal: AbortSignal) => Promise<Row>;
  /** Who ended the request, where rows do not hold it. It costs a call, so only the newest is asked for. */
  readonly endedBy?: (row: Row, signal: AbortSignal) => Promise<string | undefined>;

  /** To open a second request of the same branches writes over the first, instead of being refused. */
  readonly overwrites?: boolean;
  /** The status of an answer when there is a request already, or when the draft cannot be opened as it is. */
  readonly refusedStatus: number;
  /** Ids of reviewers. Without it, names are ids. */
  readonly findReviewers?: (names: readonly string[], signal: AbortSignal) => Promise<FoundReviewers>;
  /** `reviewers` are ids; those of the draft are names. */
  readonly draftBody: (draft: PullRequestDraft, reviewers: readonly string[]) => unknown;
  /**
   * Whether a draft may have been refused for its labels or reviewers: then it is opened without them, and they are added
   * once it is open. True for `NAME_REFUSED` at least. Absent where they are no part of the draft.
   */
  readonly refusesAdditions?: (answer: ApiAnswer) => boolean;
  /** How labels and reviewers are added once it is open. */
  readonly additions: Additions;

  readonly changeMethod: 'PUT' | 'PATCH';
  /** The answer to a change that is worth another attempt. */
  readonly retryChange?: { readonly status: number; readonly when: (answer: ApiAnswer) => boolean };
  readonly rewrite: (text: { readonly title: string; readonly body: string }) => ChangeStep<Row>;
  /** In this order. */
  readonly close: (body: string) => readonly ChangeStep<Row>[];
  readonly comment: (number: number, text: string) => Pick<ApiCall, 'path' | 'body'>;
  readonly enableAutoMerge: (
    number: number,
    merging: Merging,
    context: CallContext,
  ) => Promise<AutoMergeResult>;
}

/**
 * Each adds all of the names, or ids of reviewers, to what is there. The answer is a success, or one of `NAME_REFUSED`; any
 * other failure is thrown. What was added before may be asked for again.
 */
export interface Additions {
  /** Absent at a host without labels. */
  readonly labels?: Adding;
  readonly reviewers: Adding;
}

type Adding = (number: number, names: readonly string[], signal: AbortSignal) => Promise<ApiAnswer>;
