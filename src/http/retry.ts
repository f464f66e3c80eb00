import { backoff } from '../async/backoff.ts';

/** How patient a client is. Times are milliseconds. */
export interface RetryRules {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Wait before the second attempt; doubled each time. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** A server that asks for a longer wait is not waited for. */
  readonly longestRetryAfter: number;
}

export const DEFAULT_RETRY_RULES: RetryRules = {
  attempts: 4,
  firstDelay: 500,
  longestDelay: 10_000,
  longestRetryAfter: 30_000,
};

/** How an attempt ended. */
export type Attempt =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter: string | undefined }
  /** No answer; `transient`: whether another attempt may succeed. */
  | { readonly kind: 'failure'; readonly transient: boolean };

export type RetryDecision = { readonly kind: 'stop' } | { readonly kind: 'again'; readonly delay: number };

export interface RetryInput {
  readonly attempt: Attempt;
  /** 1 after the first attempt. */
  readonly attemptsMade: number;
  /** Whether sending it twice does no harm. */
  readonly repeatable: boolean;
  readonly rules: RetryRules;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
}

const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Whether and when to try again: after exponential backoff, and never before the server's `Retry-After`. A 404 is final;
 * a `Retry-After` beyond `longestRetryAfter` is not waited for.
 */
export function decideRetry({
  attempt,
  attemptsMade,
  repeatable,
  rules,
  now,
  random,
}: RetryInput): RetryDecision {
  if (!repeatable || attemptsMade >= rules.attempts || !isTransient(attempt)) return { kind: 'stop' };
  const own = backoff(rules.firstDelay, rules.longestDelay)(attemptsMade, random);
  const asked = attempt.kind === 'answer' ? parseRetryAfter(attempt.retryAfter, now) : undefined;
  if (asked === undefined) return { kind: 'again', delay: own };
  if (asked > rules.longestRetryAfter) return { kind: 'stop' };
  return { kind: 'again', delay: Math.max(asked, own) };
}

/**
 * Milliseconds to wait by a `Retry-After` header: seconds or an HTTP date (RFC 9110, section 10.2.3).
 * `undefined` when there is none or it cannot be read; a date in the past is 0.
 */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (/^\d{1,10}$/.test(trimmed)) return Number(trimmed) * 1000;
  // Date.parse also takes things like `1.5`; every HTTP date begins with the name of a day.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(trimmed)) return undefined;
  const date = Date.parse(trimmed);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function isTransient(attempt: Attempt): boolean {
  return attempt.kind === 'answer' ? TRANSIENT_STATUS.has(attempt.status) : attempt.transient;
}
