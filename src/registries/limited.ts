import type { Send } from '../http/message.ts';
import type { Clock } from '../ports/clock.ts';
import type { Budget } from './budget.ts';
import { pauseAfter } from './rate-limit.ts';

export interface LimitedOptions {
  readonly budget: Budget;
  readonly clock: Pick<Clock, 'now'>;
  /** Path of the image repository that it is for; `''` when it is for none. */
  readonly path?: string | undefined;
}

/**
 * The same `Send`, within the budget. An answer that asks for a pause stops everybody who asks for the same path, and once others
 * confirm it everybody who asks this registry. When it asks for a pause again and again, nobody waits for it: then it
 * throws `registry-rate-limited`.
 */
export function limited(send: Send, { budget, clock, path = '' }: LimitedOptions): Send {
  return (request, signal) =>
    budget.inTurn(path, signal, async () => {
      const response = await send(request, signal);
      const pause = pauseAfter(response, clock.now());
      if (pause === undefined) {
        if (response.status < 500) budget.resume(path);
        return response;
      }
      budget.pause(pause, path);
      const refusal = pause.reason === 'quota' ? undefined : budget.refusal(path);
      if (refusal !== undefined) throw refusal;
      return response;
    });
}
