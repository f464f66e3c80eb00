import { asLynceusError, LynceusError } from '../errors.ts';
import { HttpFailure } from '../http/failure.ts';
import { DEFAULT_RETRY_RULES, decideRetry, type Attempt } from '../http/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credentials } from './credentials.ts';
import { openExchange, readAnswer, readBeginning, type Exchange, type OpenAnswer } from './exchange.ts';
import { statusError, type Asked } from './status-error.ts';

export interface SenderOptions {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Milliseconds. */
  readonly timeouts: { readonly response: number; readonly idle: number; readonly watchIdle: number };
}

interface Sending {
  readonly asked: Asked;
  readonly exchange: Exchange;
  readonly maxBytes: number;
}

export interface Sender {
  /** The body of a successful answer. */
  send(sending: Sending, signal: AbortSignal): Promise<Buffer>;
  /** One attempt; the caller reads and closes it. */
  openWatch(sending: Omit<Sending, 'maxBytes'>, signal: AbortSignal): Promise<OpenAnswer>;
}

/** What is said with a status that is no success. */
const LARGEST_REFUSAL = 64 * 1024;

/** Sends requests with the login of the moment, patiently, and turns what is no success into a `LynceusError`. */
export function createSender(options: SenderOptions): Sender {
  const { clock, timeouts } = options;
  return {
    async send(sending, signal) {
      for (let attemptsMade = 1; ; attemptsMade++) {
        const ending = await attempt(options, sending, signal);
        if ('body' in ending) return ending.body;
        const decision = decideRetry({
          attempt: ending.attempt,
          attemptsMade,
          repeatable: isRepeatable(sending.exchange, ending.attempt),
          rules: DEFAULT_RETRY_RULES,
          now: clock.now(),
          random: clock.random(),
        });
        if (decision.kind === 'stop') throw ending.error;
        await clock.sleep(decision.delay, signal).catch(() => {
          throw new LynceusError('aborted', 'stopped while waiting to ask the API server again');
        });
      }
    },
    async openWatch({ asked, exchange }, signal) {
      const opening = { exchange, shared: false, idleTimeout: timeouts.watchIdle };
      const answer = await open(options, opening, signal);
      if (answer.status === 200) return answer;
      throw statusError(asked, answer.status, await readBeginning(answer, LARGEST_REFUSAL));
    },
  };
}

interface Opening {
  readonly exchange: Exchange;
  readonly shared: boolean;
  readonly idleTimeout: number;
}

async function open(
  { credentials, userAgent, timeouts }: SenderOptions,
  { exchange, shared, idleTimeout }: Opening,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  for (let again = false; ; again = true) {
    const admission = await credentials.admit({ shared });
    const answer = await openExchange(exchange, {
      server: credentials.server,
      admission,
      userAgent,
      signal,
      responseTimeout: timeouts.response,
      idleTimeout,
    });
    if (answer.status !== 401 || again) return answer;
    // A token may have been exchanged since it was read. Whoever is turned away has changed nothing.
    answer.close();
    await credentials.reload();
  }
}

type Ending =
  | { readonly attempt: Attempt; readonly body: Buffer }
  | { readonly attempt: Attempt; readonly error: LynceusError };

async function attempt(options: SenderOptions, sending: Sending, signal: AbortSignal): Promise<Ending> {
  const { asked, exchange, maxBytes } = sending;
  // A request that must not be sent twice never meets a kept connection that the server is just closing.
  const opening = { exchange, shared: exchange.method === 'GET', idleTimeout: options.timeouts.idle };
  try {
    const answer = await open(options, opening, signal);
    const { status, retryAfter } = answer;
    const outcome = { kind: 'answer', status, retryAfter } as const;
    if (status >= 200 && status < 300) return { attempt: outcome, body: await readAnswer(answer, maxBytes) };
    const body = await readBeginning(answer, LARGEST_REFUSAL);
    return { attempt: outcome, error: statusError(asked, status, body) };
  } catch (error) {
    const transient =
      error instanceof HttpFailure && (error.kind === 'unreachable' || error.kind === 'timeout');
    return { attempt: { kind: 'failure', transient }, error: asLynceusError(error) };
  }
}

/** A write that was turned away because there were too many was not carried out. */
function isRepeatable({ method }: Exchange, ended: Attempt): boolean {
  return method === 'GET' || (ended.kind === 'answer' && ended.status === 429);
}
