import type { Clock } from '../ports/clock.ts';
import { LynceusError } from '../errors.ts';
import { HttpFailure } from './failure.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';
import { DEFAULT_RETRY_RULES, decideRetry, type Attempt, type RetryRules } from './retry.ts';

export interface RetryingOptions {
  readonly clock: Clock;
  readonly rules?: RetryRules;
  /** Methods that may be sent twice; GET and HEAD by default. */
  readonly methods?: readonly HttpRequest['method'][];
  /** Statuses after which any method may be sent again, because nothing was done; none by default. */
  readonly nothingDone?: readonly number[];
}

/** The same `Send` with retries after transient failures. Ends with the last answer or the last failure. */
export function retrying(
  send: Send,
  { clock, rules = DEFAULT_RETRY_RULES, methods = ['GET', 'HEAD'], nothingDone = [] }: RetryingOptions,
): Send {
  return async (request, signal) => {
    const mayRepeat = methods.includes(request.method);
    for (let attemptsMade = 1; ; attemptsMade++) {
      const ending = await attempt(() => send(request, signal));
      const { attempt: last } = ending;
      const repeatable = mayRepeat || (last.kind === 'answer' && nothingDone.includes(last.status));
      const decision = decideRetry({
        attempt: last,
        attemptsMade,
        repeatable,
        rules,
        now: clock.now(),
        random: clock.random(),
      });
      if (decision.kind === 'stop') return ending.result();
      await clock.sleep(decision.delay, signal).catch(() => {
        throw new LynceusError('aborted', 'stopped while waiting to try again');
      });
    }
  };
}

interface AttemptOutcome {
  readonly attempt: Attempt;
  /** Returns or throws the outcome of the attempt. */
  readonly result: () => HttpResponse;
}

async function attempt(run: () => Promise<HttpResponse>): Promise<AttemptOutcome> {
  try {
    const response = await run();
    const { status, headers } = response;
    return {
      attempt: { kind: 'answer', status, retryAfter: headers['retry-after'] },
      result: () => response,
    };
  } catch (error) {
    const transient =
      error instanceof HttpFailure && (error.kind === 'unreachable' || error.kind === 'timeout');
    return {
      attempt: { kind: 'failure', transient },
      result: () => {
        throw error;
      },
    };
  }
}
